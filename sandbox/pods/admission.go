package pods

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	admission "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PullDelay is the annotation that says how long a pod's image takes to be pulled; Go's form, such as 5s.
const PullDelay = "sandbox.paddock/pull-delay"

// FromImage is the annotation of pods that are run as processes because their image's repository is registered. It is decided when
// the pod is created, and for good.
const FromImage = "sandbox.paddock/process"

// What EKS puts into pods whose service account is associated with a role.
const (
	identityVolume   = "eks-pod-identity-token"
	identityMount    = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
	identityAudience = "pods.eks.amazonaws.com"
	identityLife     = 86400 // s

	credentialsURI   = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	credentialsToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
)

// Asked is what an admission needs to know of the moment.
type Asked struct {
	Associated func(namespace, account string) bool // with a role, by Pod Identity
	Registered func(image string) bool              // the image's repository is one that processes are run for
	Pull       time.Duration                        // that the image takes to be pulled; 0 = none
}

// Admit answers what EKS's webhook does to a pod that is created: it gives those of an associated service account the means to
// ask for its credentials. Who runs the pod and a pull delay are stamped on as well.
func Admit(review *admission.AdmissionReview, asked Asked) *admission.AdmissionReview {
	out := &admission.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Response: &admission.AdmissionResponse{Allowed: true},
	}
	if review.Request == nil {
		return out
	}
	out.Response.UID = review.Request.UID
	var p corev1.Pod
	if err := json.Unmarshal(review.Request.Object.Raw, &p); err != nil {
		return out // the apiserver has checked it: there is nothing to add to what it says
	}
	stamps := map[string]string{}
	if asked.Pull > 0 {
		stamps[PullDelay] = asked.Pull.String()
	}
	registered := func(c corev1.Container) bool { return programOf(c.Image) == nil && asked.Registered(c.Image) }
	if slices.ContainsFunc(p.Spec.Containers, registered) {
		stamps[FromImage] = "image"
	}
	patch := annotate(&p, stamps)
	account := p.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	if asked.Associated(review.Request.Namespace, account) {
		patch = append(patch, identify(&p)...)
	}
	if len(patch) == 0 {
		return out
	}
	raw, err := json.Marshal(patch)
	if err != nil {
		panic(err) // plain values always render
	}
	how := admission.PatchTypeJSONPatch
	out.Response.Patch, out.Response.PatchType = raw, &how
	return out
}

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// annotate leaves alone what a pod brings itself.
func annotate(p *corev1.Pod, stamps map[string]string) []operation {
	all := maps.Clone(stamps)
	maps.Copy(all, p.Annotations)
	if len(all) == len(p.Annotations) {
		return nil
	}
	return []operation{{"add", "/metadata/annotations", all}}
}

// identify leaves alone what is there already: settings of a container's own, and what a pod was copied with.
func identify(p *corev1.Pod) (patch []operation) {
	if !slices.ContainsFunc(p.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == identityVolume }) {
		patch = append(patch, operation{"add", "/spec/volumes", append(p.Spec.Volumes, tokenVolume())})
	}
	for i, c := range p.Spec.InitContainers {
		patch = append(patch, identifyContainer(fmt.Sprintf("/spec/initContainers/%d", i), c)...)
	}
	for i, c := range p.Spec.Containers {
		patch = append(patch, identifyContainer(fmt.Sprintf("/spec/containers/%d", i), c)...)
	}
	return patch
}

func tokenVolume() corev1.Volume {
	life := int64(identityLife)
	return corev1.Volume{Name: identityVolume, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Audience: identityAudience, ExpirationSeconds: &life, Path: identityVolume,
		}}}},
	}}
}

func identifyContainer(path string, c corev1.Container) (patch []operation) {
	if !slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == identityVolume }) {
		mounts := append(c.VolumeMounts, corev1.VolumeMount{Name: identityVolume, MountPath: identityMount, ReadOnly: true})
		patch = append(patch, operation{"add", path + "/volumeMounts", mounts})
	}
	if !slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == credentialsURI || e.Name == credentialsToken }) {
		env := append(c.Env,
			corev1.EnvVar{Name: credentialsURI, Value: agentAddress + "/v1/credentials"},
			corev1.EnvVar{Name: credentialsToken, Value: identityMount + "/" + identityVolume})
		patch = append(patch, operation{"add", path + "/env", env})
	}
	return patch
}
