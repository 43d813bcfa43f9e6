package pods_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"paddock/sandbox/pods"
)

// The program in the place of the autoscaler is a shell that does what the pod's variable SCRIPT says. Where something must
// listen, that is this test's own binary.
const (
	program = "#!/bin/sh\neval \"$SCRIPT\"\n"
	listen  = `echo up; exec "$TEST_BINARY" "$@"`
)

func TestMain(m *testing.M) {
	if os.Getenv("TEST_BINARY") != "" {
		serve()
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "32") // they wait for the clock, not for the processor
	os.Exit(m.Run())
}

// serve answers every path well that has no file of its name in the folder, until SIGTERM.
func serve() {
	args := os.Args
	if host := os.Getenv("HOST"); host != "" {
		args = append(args, "--address="+host+":"+os.Getenv("PORT"))
	}
	for _, arg := range args {
		if address, ok := strings.CutPrefix(arg, "--address="); ok {
			go func() {
				_ = http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := os.Stat(strings.TrimPrefix(r.URL.Path, "/")); err == nil {
						w.WriteHeader(http.StatusServiceUnavailable)
					}
				}))
			}()
		}
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	<-told
	os.Exit(0)
}

var (
	eventResource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

	podResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	podKind     = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
)

// world is a cluster that holds pods and nothing else, and a runner in it.
type world struct {
	t    *testing.T
	kube *fake.FakeDynamicClient
	cfg  pods.Config
	run  *pods.Runner

	mu     sync.Mutex
	asked  []*unstructured.Unstructured // for tokens
	failed int                          // tokens yet to be refused
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, kube: fake.NewSimpleDynamicClient(scheme)}
	w.kube.PrependReactor("patch", "pods", w.patch)
	w.kube.PrependReactor("create", "serviceaccounts", w.token)
	dir := t.TempDir()
	w.write(filepath.Join(dir, "bin", "cluster-autoscaler"), program)
	w.write(filepath.Join(dir, "ca.crt"), "authority")
	w.cfg = pods.Config{
		Cluster: "dev", Kube: w.kube, Dir: filepath.Join(dir, "pods"), Bin: filepath.Join(dir, "bin"), Server: "https://127.0.0.1:1",
		CA: filepath.Join(dir, "ca.crt"), Region: "us-west-2", AWS: "http://127.0.0.1:2",
		Agent:  func(node string) string { return "http://127.0.0.1:3/agent/" + node },
		Images: w.registry(dir), Proxy: "127.0.0.1:4", Volumes: filepath.Join(dir, "claimed"),
		Pull: pods.Pauses{First: time.Second, Last: 2 * time.Second, Told: 300 * time.Millisecond},
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) write(path, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	w.t.Helper()
	w.run = pods.New(w.cfg)
	if err := w.run.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stop() {
	if err := w.run.Stop(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// patch does as the apiserver does, which the fake cannot for lack of types.
func (w *world) patch(action clienttesting.Action) (bool, runtime.Object, error) {
	p := action.(clienttesting.PatchAction)
	old, err := w.kube.Tracker().Get(podResource, p.GetNamespace(), p.GetName())
	if err != nil {
		return true, nil, err
	}
	raw, err := json.Marshal(old)
	if err != nil {
		return true, nil, err
	}
	raw, err = strategicpatch.StrategicMergePatch(raw, p.GetPatch(), corev1.Pod{})
	if err != nil {
		return true, nil, err
	}
	now := &unstructured.Unstructured{}
	if err := json.Unmarshal(raw, &now.Object); err != nil {
		return true, nil, err
	}
	return true, now, w.kube.Tracker().Update(podResource, now, p.GetNamespace())
}

func (w *world) token(action clienttesting.Action) (bool, runtime.Object, error) {
	req := action.(clienttesting.CreateAction).GetObject().(*unstructured.Unstructured).DeepCopy()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed > 0 {
		w.failed--
		return true, nil, fmt.Errorf("the apiserver is away")
	}
	w.asked = append(w.asked, req)
	_ = unstructured.SetNestedField(req.Object, fmt.Sprintf("token-%d", len(w.asked)), "status", "token")
	return true, req, nil
}

func (w *world) requests() []*unstructured.Unstructured {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// pod is one of the autoscaler's, on a node, that does what the script says.
func pod(script string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "ca-1", Namespace: "kube-system", UID: "uid-1", CreationTimestamp: metav1.NewTime(time.Now().Add(-time.Hour))},
		Spec: corev1.PodSpec{NodeName: "node-1", ServiceAccountName: "autoscaler", Containers: []corev1.Container{{
			Name: "autoscaler", Image: "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.2", Command: []string{"./cluster-autoscaler"},
			Env: []corev1.EnvVar{{Name: "SCRIPT", Value: strings.ReplaceAll(script, "$$", "$$$$")}},
		}}},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	for _, f := range change {
		f(p)
	}
	return p
}

func container(f func(*corev1.Container)) func(*corev1.Pod) {
	return func(p *corev1.Pod) { f(&p.Spec.Containers[0]) }
}

func (w *world) add(p *corev1.Pod) {
	w.t.Helper()
	if _, err := w.kube.Resource(podResource).Namespace(p.Namespace).Create(context.Background(), generic(w.t, p), metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

// change is what somebody else does to a pod.
func (w *world) change(f func(*corev1.Pod)) {
	w.t.Helper()
	p := w.pod()
	f(p)
	if err := w.kube.Tracker().Update(podResource, generic(w.t, p), p.Namespace); err != nil {
		w.t.Fatal(err)
	}
}

func deleted(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: time.Now()} }

func generic(t *testing.T, p *corev1.Pod) *unstructured.Unstructured {
	t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(p)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: m}
	u.SetGroupVersionKind(podKind)
	return u
}
