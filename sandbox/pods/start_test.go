package pods_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/pods"
)

// A pod is run once it is on a node; others are KWOK's.
func TestStartsWhenScheduled(t *testing.T) {
	w := newWorld(t)
	other := pod("", container(func(c *corev1.Container) { c.Image = "nginx" }))
	other.Name, other.UID = "web", "uid-2"
	w.add(other)
	w.add(pod("exec sleep 60", func(p *corev1.Pod) { p.Spec.NodeName = "" }))
	w.change(func(p *corev1.Pod) { p.Labels = map[string]string{"still": "waiting"} })
	if n := len(w.run.Processes()); n != 0 {
		t.Fatalf("%d processes before a node is there", n)
	}
	w.change(func(p *corev1.Pod) { p.Spec.NodeName = "node-1" })
	w.running()
	w.eventually("ready, without a probe", w.ready)
	p := w.pod()
	if p.Status.Phase != corev1.PodRunning || p.Status.PodIP == "" || p.Status.StartTime == nil || w.status().RestartCount != 0 {
		t.Errorf("status %+v, want a running pod with an address", p.Status)
	}
	if age := time.Since(p.Status.StartTime.Time); age > time.Minute {
		t.Errorf("started %s ago, want when it came to its node", age)
	}
	if got := w.run.Processes(); len(got) != 1 || got[0].Name != "dev/kube-system/ca-1" {
		t.Errorf("processes %+v, want the one", got)
	}
	if _, err := w.run.Log(t.Context(), "kube-system", "web", pods.LogOptions{}); err != pods.ErrOther {
		t.Errorf("log of another's pod: %v, want ErrOther", err)
	}
}

const printed = `printf '%s\n' "$@"; echo --; env; exec sleep 60`

// tokens gives a pod its own token and one for Pod Identity.
func tokens(seconds int64) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		own, life := int64(3607), seconds
		p.Spec.Volumes = []corev1.Volume{
			{Name: "api", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: &own, Path: "token"}},
				{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}}},
				{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{
					Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"},
				}}}},
			}}}},
			{Name: "aws", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
				{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: "pods.eks.amazonaws.com", ExpirationSeconds: &life, Path: "token"}},
			}}}},
			{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		}
		p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{
			{Name: "tmp", MountPath: "/var/run"}, {Name: "api", MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}, {Name: "aws", MountPath: "/aws"},
		}
	}
}

// The command line and the variables are the container's own, with what stands here for its files and its node's network.
func TestCommandAndEnvironment(t *testing.T) {
	w := newWorld(t)
	w.add(pod(printed, tokens(86400), container(func(c *corev1.Container) {
		c.Args = []string{"--v=2", "--namespace=$(NAMESPACE)", "--literal=$$(NAMESPACE)", "--unknown=$(NOBODY)", "--address=:8085"}
		c.Env = append(c.Env,
			corev1.EnvVar{Name: "NAMESPACE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.namespace"}}},
			corev1.EnvVar{Name: "LEASE", Value: "$(NAMESPACE)/lease"},
			corev1.EnvVar{Name: "TOKEN", Value: "/aws/token"}, corev1.EnvVar{Name: "SCRATCH", Value: "/var/run"},
			corev1.EnvVar{Name: "OWN", Value: "/var/run/secrets/kubernetes.io/serviceaccount/token"},
			corev1.EnvVar{Name: "AGENT", Value: "http://169.254.170.23/v1/credentials"})
	})))
	w.says("--\n")
	w.says("OWN=")
	text, err := w.log(pods.LogOptions{Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	args, env, _ := strings.Cut(text, "--\n")
	volumes := filepath.Join(w.folder(), "volumes")
	if want := "--v=2\n--namespace=kube-system\n--literal=$(NAMESPACE)\n--unknown=$(NOBODY)\n--address=:8085\n--kubeconfig=" +
		filepath.Join(w.folder(), "kubeconfig") + "\n--cloud-config="; !strings.HasPrefix(args, want) {
		t.Errorf("arguments:\n%s\nwant them to begin with\n%s", args, want)
	}
	if !strings.Contains(args, "\n--address=127.0.0.1:") {
		t.Errorf("arguments %s, want an address of its own at the end", args)
	}
	for _, want := range []string{
		"NAMESPACE=kube-system", "LEASE=kube-system/lease", "TOKEN=" + volumes + "/aws/token", "SCRATCH=" + volumes + "/tmp",
		"OWN=" + volumes + "/api/token", "AGENT=http://127.0.0.1:3/agent/node-1/v1/credentials", "AWS_EC2_METADATA_DISABLED=true", "HOSTNAME=ca-1",
	} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("variables lack %s:\n%s", want, env)
		}
	}
	for file, want := range map[string]string{
		"kubeconfig": "tokenFile: " + volumes + "/api/token", "volumes/api/namespace": "kube-system", "volumes/api/ca.crt": "authority",
		"cloud.conf": "Service=autoscaling\nRegion=us-west-2\nURL=http://127.0.0.1:2",
	} {
		if got, err := os.ReadFile(filepath.Join(w.folder(), file)); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %v, %q; want %q in it", file, err, got, want)
		}
	}
}

// Without a command of its own a container runs its image's.
func TestImagesOwnCommand(t *testing.T) {
	w := newWorld(t)
	w.add(pod(printed, container(func(c *corev1.Container) { c.Command, c.Args = nil, []string{"--v=4"} })))
	w.says("--v=4\n--kubeconfig=")
}

// What is not modelled is refused before anything runs, with the reason in the pod's status.
func TestRefusals(t *testing.T) {
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	volume := func(v corev1.VolumeSource) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: v}} }
	}
	rows := map[string]struct {
		change func(*corev1.Pod)
		want   string
	}{
		"two containers": {func(p *corev1.Pod) { p.Spec.Containers = append(p.Spec.Containers, p.Spec.Containers[0]) }, "has one container and no init containers"},
		"init":           {func(p *corev1.Pod) { p.Spec.InitContainers = p.Spec.Containers }, "has one container and no init containers"},
		"never again":    {func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever }, "restartPolicy Never is not modelled"},
		"exec probe":     {container(func(c *corev1.Container) { c.LivenessProbe = &corev1.Probe{} }), "only probes by httpGet"},
		"https probe":    {container(func(c *corev1.Container) { c.ReadinessProbe = probe("/x"); c.ReadinessProbe.HTTPGet.Scheme = "HTTPS" }), "only probes by httpGet"},
		"named port": {container(func(c *corev1.Container) {
			c.StartupProbe = probe("/x")
			c.StartupProbe.HTTPGet.Port = intstr.FromString("web")
		}), "probe: port web is none of the container's"},
		"hook": {container(func(c *corev1.Container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{}}}
		}), "only preStop's sleep is modelled"},
		"folder":   {container(func(c *corev1.Container) { c.WorkingDir = "/app" }), "workingDir is not modelled"},
		"sub path": {container(func(c *corev1.Container) { c.VolumeMounts = []corev1.VolumeMount{{SubPath: "a", MountPath: "/b"}} }), "mount /b: subPath is not modelled"},
		"envFrom":  {container(func(c *corev1.Container) { c.EnvFrom = []corev1.EnvFromSource{{}} }), "container autoscaler: envFrom is not modelled"},
		"label": {container(func(c *corev1.Container) {
			c.Env = []corev1.EnvVar{{Name: "A", ValueFrom: field("metadata.labels['a']")}}
		}),
			"container autoscaler: env A: this valueFrom is not modelled"},
		"host path":  {volume(corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}), "volume v: its kind is not modelled"},
		"config map": {volume(corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{ConfigMap: &corev1.ConfigMapProjection{}}}}}), "volume v: this projection is not modelled"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(pod("exec sleep 60", row.change))
			w.eventually("a reason", func() bool { return w.status().State.Waiting != nil })
			waiting, p := w.status().State.Waiting, w.pod()
			if waiting.Reason != "CreateContainerConfigError" || !strings.Contains(waiting.Message, row.want) {
				t.Errorf("waits for %+v, want %q", waiting, row.want)
			}
			if p.Status.Phase != corev1.PodPending || w.ready() || w.status().RestartCount != 0 {
				t.Errorf("status %+v, want a pending pod", p.Status)
			}
			w.change(deleted)
			w.eventually("a pod that goes", func() bool { return !w.exists() })
		})
	}
}
