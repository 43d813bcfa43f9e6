package pods_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/sandbox/images"
	"paddock/sandbox/pods"
)

const (
	account    = "123456789012"
	repository = account + ".dkr.ecr.us-west-2.amazonaws.com/paddock/backend/backend"
)

// imageWorld is a world on a machine that has the addresses for pods of images.
func imageWorld(t *testing.T) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.20.0.1:0")
	if err != nil {
		t.Skipf("no loopback addresses beside 127.0.0.1 here: %v", err)
	}
	l.Close()
	return newWorld(t)
}

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
	w := imageWorld(t)
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
	w.eventually("an address in the pod's status", func() bool { return w.pod().Status.PodIP != "" }) // told after the start
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
			w := imageWorld(t)
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
	w := imageWorld(t)
	ref, began := repository+":v2", time.Now()
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
	w.eventually("another try", func() bool { return w.happened("Pulling") == 2 })
	if took := time.Since(began); took < time.Second {
		t.Errorf("asked again after %s, want the pause to be kept", took)
	}
	w.push(w.cfg.Images, ":v2", t.TempDir())
	w.says("up")
	w.eventually("ready", w.ready)
}

// Variables come from Secrets and ConfigMaps; one that is missing is told, and waited for.
func TestVariablesFromElsewhere(t *testing.T) {
	w := imageWorld(t)
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
