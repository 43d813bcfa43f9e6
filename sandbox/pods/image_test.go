package pods_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/images"
	"paddock/sandbox/pods"
)

const (
	account    = "123456789012"
	repository = account + ".dkr.ecr.us-west-2.amazonaws.com/paddock/backend/backend"
)

// registry holds one image, :v1, which does what the variable SCRIPT says.
func (w *world) registry(dir string) *images.Store {
	w.t.Helper()
	store, err := images.Open(filepath.Join(dir, "images.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(filepath.Join(dir, "app", "own"), "here")
	w.write(filepath.Join(dir, "app", "bin", "tool"), "#!/bin/sh\necho tool \"$@\"; exec sleep 60\n")
	w.push(store, ":v1", filepath.Join(dir, "app"))
	return store
}

func (w *world) push(store *images.Store, tag, dir string) {
	w.t.Helper()
	image := images.Image{Ref: repository + tag, Dir: dir, Command: []string{"/bin/sh", "-c", `eval "$SCRIPT"`, "app"}}
	if err := store.Add(account, image); err != nil {
		w.t.Fatal(err)
	}
}

// service is a pod of that image, as it is once it was admitted.
func service(script string, change ...func(*corev1.Pod)) *corev1.Pod {
	return pod(script, append([]func(*corev1.Pod){func(p *corev1.Pod) {
		p.Annotations = map[string]string{pods.FromImage: "image"}
		c := &p.Spec.Containers[0]
		c.Image, c.Command, c.Name = repository+":v1", nil, "backend"
	}}, change...)...)
}

// server is a pod that listens as a service does.
func server(t *testing.T, change func(*corev1.Container)) *corev1.Pod {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return service(`cd "$HOME" && exec "$TEST_BINARY"`, container(func(c *corev1.Container) {
		c.Env = append(c.Env, corev1.EnvVar{Name: "TEST_BINARY", Value: self}, corev1.EnvVar{Name: "PORT", Value: "8085"})
		c.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8085}}
		change(c)
	}))
}

func (w *world) endpoint() string {
	w.t.Helper()
	address, ok := w.run.Endpoint("uid-1")
	if !ok {
		w.t.Fatal("the pod has no address")
	}
	return address
}

// A pod of a registered image runs what is registered, in its folder, and is told its address and the way to Services.
func TestImage(t *testing.T) {
	w := newWorld(t)
	w.add(service(`cat own; echo; echo "args $*"; env; exec sleep 60`, container(func(c *corev1.Container) {
		c.Args = []string{"--data=/data/x", "$(PORT)"}
		c.Env = append(c.Env, corev1.EnvVar{Name: "PORT", Value: "8080"}, corev1.EnvVar{Name: "HOST", Value: "0.0.0.0"},
			corev1.EnvVar{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}})
		c.VolumeMounts = []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}, {Name: "data", MountPath: "/data"}}
	}), func(p *corev1.Pod) {
		empty := corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
		p.Spec.Volumes = []corev1.Volume{{Name: "tmp", VolumeSource: empty}, {Name: "data", VolumeSource: empty}}
	}))
	w.says("TMPDIR=")
	w.says("\nPWD=")
	address := w.endpoint()
	if ip := net.ParseIP(address).To4(); ip == nil || ip[0] != 127 || ip[1] < 20 || ip[1] > 23 {
		t.Errorf("address %s, want one of 127.20.0.0/14", address)
	}
	text, err := w.log(pods.LogOptions{Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	proxy := "http://kube-system:uid-1@127.0.0.1:4"
	for _, want := range []string{
		"here\nargs --data=" + filepath.Join(w.folder(), "volumes/data/x") + " 8080\n", "\nHOST=" + address + "\n", "\nIP=" + w.pod().Status.PodIP + "\n",
		"\nHTTP_PROXY=" + proxy + "\n", "\nhttp_proxy=" + proxy + "\n", "\nNO_PROXY=localhost,127.0.0.1," + address + ",127.0.0.0/8\n",
		"\nTMPDIR=" + filepath.Join(w.folder(), "volumes/tmp") + "\n", "\nPATH=/bin:/usr/local/bin:/usr/bin:/bin\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "HOST=0.0.0.0") {
		t.Error("the container's own HOST stands: it would listen for all pods")
	}
	if got := w.events("Pulled"); len(got) != 1 || !strings.HasPrefix(got[0], `Successfully pulled image "`+repository+`:v1"`) {
		t.Errorf("pulled: %v", got)
	}
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	if _, ok := w.run.Endpoint("uid-1"); ok {
		t.Error("the address is still there")
	}
}

// A command of the container's own takes the place of the image's; it is looked for in the image's folder.
func TestImageWithCommand(t *testing.T) {
	for name, row := range map[string]struct{ command, says, fails string }{
		"relative":  {"./bin/tool", "tool a b\n", ""},
		"on PATH":   {"printf", "a", ""},
		"absolute":  {"/bin/echo", "a b\n", ""},
		"not there": {"nothing", "", `exec: "nothing": executable file not found in $PATH`},
		"no file":   {"/app/nothing", "", "no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(service("", container(func(c *corev1.Container) { c.Command, c.Args = []string{row.command}, []string{"a", "b"} })))
			if row.fails == "" {
				w.says(row.says)
				return
			}
			w.eventually("a reason", func() bool { return w.status().State.Waiting != nil })
			if s := w.status().State.Waiting; s.Reason != "RunContainerError" || !strings.Contains(s.Message, row.fails) {
				t.Errorf("waits for %+v, want %q", s, row.fails)
			}
		})
	}
}

// A tag that nobody has pushed is told in a kubelet's words, with pauses, and found once it is there.
func TestUnknownTag(t *testing.T) {
	w := newWorld(t)
	ref := repository + ":v2"
	w.add(service("echo up; exec sleep 60", container(func(c *corev1.Container) { c.Image = ref })))
	missing := `rpc error: code = NotFound desc = failed to pull and unpack image "` + ref + `": failed to resolve reference "` + ref + `": ` + ref + ": not found"
	waits := func(reason, message string) {
		t.Helper()
		w.eventually(reason, func() bool { s := w.status().State.Waiting; return s != nil && s.Reason == reason })
		if s := w.status(); s.State.Waiting.Message != message || s.RestartCount != 0 || w.pod().Status.Phase != corev1.PodPending {
			t.Errorf("status %+v, want %q", s, message)
		}
	}
	waits("ErrImagePull", missing)
	waits("ImagePullBackOff", `Back-off pulling image "`+ref+`": ErrImagePull: `+missing)
	if got := w.events("Failed"); len(got) != 3 || got[0] != `Failed to pull image "`+ref+`": `+missing || got[1] != "Error: ErrImagePull" || got[2] != "Error: ImagePullBackOff" {
		t.Errorf("failed: %q", got)
	}
	if got := w.events("BackOff"); len(got) != 1 || got[0] != `Back-off pulling image "`+ref+`"` {
		t.Errorf("back-off: %q", got)
	}
	w.push(w.cfg.Images, ":v2", t.TempDir())
	began := time.Now()
	w.says("up")
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("found after %s, want the pause to be kept", took)
	}
	w.eventually("ready", w.ready)
}

// Variables come from Secrets and ConfigMaps; one that is missing is told, and waited for.
func TestVariablesFromElsewhere(t *testing.T) {
	w := newWorld(t)
	put := func(kind, resource, name string, data map[string]any) {
		t.Helper()
		p := generic(t, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "kube-system"}})
		p.Object = map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name, "namespace": "kube-system"}, "data": data}
		gvr := schema.GroupVersionResource{Version: "v1", Resource: resource}
		if _, err := w.kube.Resource(gvr).Namespace("kube-system").Create(context.Background(), p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("ConfigMap", "configmaps", "settings", map[string]any{"level": "debug"})
	from := func(s corev1.EnvVarSource) *corev1.EnvVarSource { return &s }
	local := func(name string) corev1.LocalObjectReference { return corev1.LocalObjectReference{Name: name} }
	w.add(service(`echo "$LEVEL $URL $NEXT ${MAYBE-none} ${ALSO-none}"; exec sleep 60`, container(func(c *corev1.Container) {
		c.Env = append(c.Env,
			corev1.EnvVar{Name: "LEVEL", ValueFrom: from(corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("settings"), Key: "level"}})},
			corev1.EnvVar{Name: "URL", ValueFrom: from(corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("db"), Key: "url"}})},
			corev1.EnvVar{Name: "NEXT", Value: "$(URL)/x"},
			corev1.EnvVar{Name: "MAYBE", ValueFrom: from(corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: local("no"), Key: "k", Optional: new(true)}})},
			corev1.EnvVar{Name: "ALSO", ValueFrom: from(corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: local("settings"), Key: "k", Optional: new(true)}})})
	})))
	waits := func(message string) {
		t.Helper()
		w.eventually(message, func() bool {
			s := w.status().State.Waiting
			return s != nil && s.Reason == "CreateContainerConfigError" && strings.Contains(s.Message, message)
		})
	}
	waits(`secret "db" not found`)
	put("Secret", "secrets", "db", map[string]any{"uri": "cGc6Ly9kYg=="})
	waits("couldn't find key url in Secret kube-system/db")
	secret := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	if err := w.kube.Tracker().Delete(secret, "kube-system", "db"); err != nil {
		t.Fatal(err)
	}
	put("Secret", "secrets", "db", map[string]any{"url": "cGc6Ly9kYg=="})
	w.says("debug pg://db pg://db/x none none\n")
}

// Probes are asked at the port that they name, of the pod's address: that of the start first, and the others after it.
func TestProbesOfAnImage(t *testing.T) {
	w := newWorld(t)
	w.write(filepath.Join(w.folder(), "start"), "")
	w.add(server(t, func(c *corev1.Container) {
		c.StartupProbe, c.ReadinessProbe, c.LivenessProbe = probe("/start"), probe("/ready"), probe("/live")
		c.StartupProbe.FailureThreshold = 30
		c.ReadinessProbe.HTTPGet.Port = intstr.FromString("http")
	}))
	w.running()
	w.eventually("a failed start", func() bool {
		got := w.events("Unhealthy")
		return len(got) > 0 && got[len(got)-1] == "Startup probe failed: HTTP probe failed with statuscode: 503"
	})
	if s := w.status(); *s.Started || s.Ready {
		t.Errorf("status %+v, want one that has not started", s)
	}
	if err := os.Remove(filepath.Join(w.folder(), "start")); err != nil {
		t.Fatal(err)
	}
	w.eventually("ready", w.ready)
	if s := w.status(); !*s.Started || s.RestartCount != 0 {
		t.Errorf("status %+v, want the first run, started", s)
	}
	resp, err := http.Get("http://" + w.endpoint() + ":8085/any")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	conn, err := w.run.Dial(t.Context(), "kube-system", "ca-1", 8085)
	if err != nil || !w.run.Forwards("kube-system", "ca-1") {
		t.Fatalf("forward: %v", err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /any HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(text), "HTTP/1.0 200") {
		t.Errorf("forwarded: %q, %v", text, err)
	}
	if _, err := w.run.Dial(t.Context(), "kube-system", "ca-1", 1); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("a port that nobody listens on: %v", err)
	}
}

// A start that takes longer than its probe allows is tried again.
func TestStartupProbeGivesUp(t *testing.T) {
	w := newWorld(t)
	w.add(service("exec sleep 60", container(func(c *corev1.Container) { c.StartupProbe = probe("/x"); c.StartupProbe.FailureThreshold = 2 })))
	began := time.Now()
	w.eventually("a restart", func() bool { return w.status().RestartCount == 1 })
	if took := time.Since(began); took < time.Second {
		t.Errorf("after %s, want two periods of its probe", took)
	}
	if got := w.events("Killing"); len(got) != 1 || got[0] != "Container backend failed startup probe, will be restarted" {
		t.Errorf("killed: %v", got)
	}
	if got := w.events("Unhealthy"); len(got) != 1 || !strings.HasPrefix(got[0], `Startup probe failed: Get "http://127.2`) || !strings.HasSuffix(got[0], ":8085: connect: connection refused") {
		t.Errorf("unhealthy: %v", got)
	}
}

// Before SIGTERM a pod waits for as long as it asks for; its process serves meanwhile. The whole cloud does not wait.
func TestPreStop(t *testing.T) {
	sleeps := func(seconds int64) func(*corev1.Pod) {
		return container(func(c *corev1.Container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: seconds}}}
		})
	}
	t.Run("within the grace", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.02; done`, sleeps(1)))
		w.says("up")
		began := time.Now()
		w.change(deleted)
		time.Sleep(500 * time.Millisecond)
		if text, err := w.log(pods.LogOptions{Tail: -1}); err != nil || text != "up\n" {
			t.Errorf("log %q, %v; want it not to be told yet", text, err)
		}
		w.eventually("no pod", func() bool { return !w.exists() })
		if took := time.Since(began); took < time.Second || took > 4*time.Second {
			t.Errorf("took %s, want the second that it asks for", took)
		}
	})
	t.Run("longer than the grace", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`echo up; exec sleep 60`, sleeps(30), func(p *corev1.Pod) { p.Spec.TerminationGracePeriodSeconds = new(int64(1)) }))
		w.says("up")
		w.change(deleted)
		w.eventually("no pod", func() bool { return !w.exists() })
	})
	t.Run("down", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done`, sleeps(30)))
		w.says("up")
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("took %s, want no wait", took)
		}
	})
}

// What a claim keeps outlives the pod.
func TestClaim(t *testing.T) {
	w := newWorld(t)
	claim := &corev1.PersistentVolumeClaim{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "kube-system"},
		Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pvc-1"},
	}
	store := func() {
		t.Helper()
		m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(claim)
		if err != nil {
			t.Fatal(err)
		}
		u := generic(t, pod(""))
		u.Object = m
		resource := schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
		_ = w.kube.Tracker().Delete(resource, "kube-system", "data")
		if err := w.kube.Tracker().Create(resource, u, "kube-system"); err != nil {
			t.Fatal(err)
		}
	}
	store()
	claimed := func(script string) *corev1.Pod {
		return service(script, container(func(c *corev1.Container) {
			c.Env = append(c.Env, corev1.EnvVar{Name: "DATA", Value: "/data"})
			c.VolumeMounts = []corev1.VolumeMount{{Name: "d", MountPath: "/data"}}
		}), func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "d", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
			}}}
		})
	}
	w.add(claimed(`echo kept > "$DATA/file"; echo up; exec sleep 60`))
	w.eventually("told that it waits", func() bool { return len(w.events("FailedMount")) > 0 })
	if got := w.events("FailedMount")[0]; got != `MountVolume.SetUp failed for volume "d": persistentvolumeclaim "data" is not bound` {
		t.Errorf("waits: %s", got)
	}
	claim.Status.Phase = corev1.ClaimBound
	store()
	w.says("up")
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	w.eventually("no folder", func() bool { _, err := os.Stat(w.folder()); return os.IsNotExist(err) })
	second := claimed(`cat "$DATA/file"; exec sleep 60`)
	second.UID = "uid-2"
	w.add(second)
	w.says("kept")
}
