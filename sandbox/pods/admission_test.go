package pods_test

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admission "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/sandbox/pods"
)

// admitted is what becomes of a pod that is created; changed is whether there was a patch.
func admitted(t *testing.T, p *corev1.Pod, associated bool, pull time.Duration) (now *corev1.Pod, changed bool) {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	review := &admission.AdmissionReview{Request: &admission.AdmissionRequest{UID: "asked", Namespace: "kube-system", Object: runtime.RawExtension{Raw: raw}}}
	asked := ""
	answer := pods.Admit(review, pods.Asked{
		Associated: func(namespace, account string) bool {
			asked = namespace + "/" + account
			return associated
		},
		Registered: func(image string) bool { return strings.Contains(image, "backend") },
		Pull:       pull,
	}).Response
	if !answer.Allowed || answer.UID != "asked" {
		t.Errorf("answer %+v, want the same UID, allowed", answer)
	}
	if want := "kube-system/" + cmp.Or(p.Spec.ServiceAccountName, "default"); asked != want {
		t.Errorf("asked for %s, want %s", asked, want)
	}
	if answer.Patch == nil {
		return p, false
	}
	if *answer.PatchType != admission.PatchTypeJSONPatch {
		t.Errorf("patch type %s", *answer.PatchType)
	}
	patch, err := jsonpatch.DecodePatch(answer.Patch)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = patch.Apply(raw); err != nil {
		t.Fatalf("patch %s: %v", answer.Patch, err)
	}
	now = &corev1.Pod{}
	if err := json.Unmarshal(raw, now); err != nil {
		t.Fatal(err)
	}
	return now, true
}

func bare() *corev1.Pod {
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "one"}}}}
}

func full() *corev1.Pod {
	p := bare()
	p.Annotations = map[string]string{"keep": "me"}
	p.Spec.ServiceAccountName = "autoscaler"
	p.Spec.Volumes = []corev1.Volume{{Name: "tmp"}}
	p.Spec.InitContainers = []corev1.Container{{Name: "first"}}
	p.Spec.Containers = append(p.Spec.Containers, corev1.Container{
		Name: "two", Env: []corev1.EnvVar{{Name: "A", Value: "b"}}, VolumeMounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
	})
	return p
}

// A pod of an associated account can ask for its credentials in each of its containers, and keeps what it has.
func TestAdmitAssociated(t *testing.T) {
	const mount = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
	for name, make := range map[string]func() *corev1.Pod{"bare": bare, "full": full} {
		t.Run(name, func(t *testing.T) {
			was := make()
			p, _ := admitted(t, was, true, 5*time.Second)
			v := p.Spec.Volumes[len(p.Spec.Volumes)-1]
			if len(p.Spec.Volumes) != len(was.Spec.Volumes)+1 || v.Name != "eks-pod-identity-token" || v.Projected == nil || len(v.Projected.Sources) != 1 {
				t.Fatalf("volumes %+v", p.Spec.Volumes)
			}
			s := v.Projected.Sources[0].ServiceAccountToken
			if s.Audience != "pods.eks.amazonaws.com" || *s.ExpirationSeconds != 86400 || s.Path != "eks-pod-identity-token" {
				t.Errorf("token %+v", s)
			}
			had := append(was.Spec.InitContainers, was.Spec.Containers...)
			for i, c := range append(p.Spec.InitContainers, p.Spec.Containers...) {
				env := append(had[i].Env, corev1.EnvVar{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: "http://169.254.170.23/v1/credentials"},
					corev1.EnvVar{Name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Value: mount + "/eks-pod-identity-token"})
				mounts := append(had[i].VolumeMounts, corev1.VolumeMount{Name: "eks-pod-identity-token", MountPath: mount, ReadOnly: true})
				if !reflect.DeepEqual(c.Env, env) || !reflect.DeepEqual(c.VolumeMounts, mounts) {
					t.Errorf("container %s: %+v, %+v", c.Name, c.Env, c.VolumeMounts)
				}
			}
			if p.Annotations[pods.PullDelay] != "5s" || p.Annotations["keep"] != was.Annotations["keep"] {
				t.Errorf("annotations %v", p.Annotations)
			}
		})
	}
}

// What a container says itself stands, as with EKS's webhook; a pod that was made from an admitted one is not given all twice.
func TestAdmitLeavesSettings(t *testing.T) {
	p := bare()
	p.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: "http://own"}}
	got, _ := admitted(t, p, true, 0)
	if env := got.Spec.Containers[0].Env; len(env) != 1 || env[0].Value != "http://own" {
		t.Errorf("variables %v, want the container's own", env)
	}
	once, _ := admitted(t, full(), true, time.Second)
	if twice, changed := admitted(t, once, true, time.Second); changed {
		t.Errorf("changed again: %+v", twice.Spec.Volumes)
	}
}

func TestAdmitOthers(t *testing.T) {
	if _, changed := admitted(t, full(), false, 0); changed {
		t.Error("a patch for a pod that there is nothing to do for")
	}
	was := full()
	got, _ := admitted(t, was, false, 1500*time.Millisecond)
	if got.Annotations[pods.PullDelay] != "1.5s" || got.Annotations["keep"] != "me" || !reflect.DeepEqual(got.Spec, was.Spec) {
		t.Errorf("got %+v, want the delay and nothing else", got)
	}
	was.Annotations[pods.PullDelay] = "1m"
	if _, changed := admitted(t, was, false, time.Second); changed {
		t.Error("a delay of the pod's own was replaced")
	}
}

// Who runs a pod is decided when it is created: a process for every image of a registered repository, whatever its tag.
func TestAdmitRegistered(t *testing.T) {
	for image, want := range map[string]string{"backend:v1": "image", "nginx": "", "backend/cluster-autoscaler:v1": ""} {
		p := bare()
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "two", Image: image})
		got, _ := admitted(t, p, false, 0)
		if got.Annotations[pods.FromImage] != want {
			t.Errorf("%s: annotations %v, want %q", image, got.Annotations, want)
		}
	}
}

// What is no pod is let through: the apiserver has its own word on it.
func TestAdmitNonsense(t *testing.T) {
	never := pods.Asked{Pull: time.Second, Associated: func(string, string) bool { t.Error("asked"); return false }}
	for name, r := range map[string]*admission.AdmissionRequest{"none": nil, "no pod": {UID: "u", Object: runtime.RawExtension{Raw: []byte("[]")}}} {
		if a := pods.Admit(&admission.AdmissionReview{Request: r}, never).Response; !a.Allowed || a.Patch != nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
