package mesh_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic/fake"

	"paddock/sandbox/mesh"
)

var (
	services = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	slices   = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
)

// world is a cluster of Services and their endpoints, and a mesh in it.
type world struct {
	t     *testing.T
	kube  *fake.FakeDynamicClient
	mesh  *mesh.Mesh
	proxy *httptest.Server
	at    map[types.UID]string // where pods listen
	pods  map[types.UID]*corev1.Pod
}

func newWorld(t *testing.T) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), discovery.AddToScheme(scheme), networkingv1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, kube: fake.NewSimpleDynamicClient(scheme), at: map[types.UID]string{}, pods: map[types.UID]*corev1.Pod{}}
	w.mesh = mesh.New(mesh.Config{
		Kube: w.kube, Endpoint: func(uid types.UID) (string, bool) { at, ok := w.at[uid]; return at, ok },
		Pod: func(uid types.UID) *corev1.Pod {
			if _, runs := w.at[uid]; runs && w.pods[uid] == nil {
				return &corev1.Pod{}
			}
			return w.pods[uid]
		},
	})
	if err := w.mesh.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.proxy = httptest.NewServer(w.mesh)
	t.Cleanup(func() {
		w.proxy.Close()
		if err := w.mesh.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) put(of schema.GroupVersionResource, obj metav1.Object) {
	w.t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		w.t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: m}
	_ = w.kube.Tracker().Delete(of, obj.GetNamespace(), obj.GetName())
	if err := w.kube.Tracker().Create(of, u, obj.GetNamespace()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) service(namespace, name string) {
	w.put(services, &corev1.Service{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{ClusterIP: "172.20.0.9", Ports: []corev1.ServicePort{
			{Name: "http", Port: 80, TargetPort: intstr.FromString("web")}, {Name: "admin", Port: 9000}, {Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP},
		}},
	})
}

// pod is one behind a Service, in a condition.
type pod struct {
	uid                         types.UID
	ready, serving, terminating bool
}

func ready(uid types.UID) pod { return pod{uid, true, true, false} }

func (w *world) endpoints(namespace, service, slice string, port int32, pods ...pod) {
	s := &discovery.EndpointSlice{
		TypeMeta:   metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: slice, Labels: map[string]string{"kubernetes.io/service-name": service}},
		Ports:      []discovery.EndpointPort{{Name: new("http"), Port: new(port)}, {Name: new("admin"), Port: new(port + 1)}},
	}
	for _, p := range pods {
		s.Endpoints = append(s.Endpoints, discovery.Endpoint{
			Addresses: []string{"100.127.0.1"}, TargetRef: &corev1.ObjectReference{Kind: "Pod", UID: p.uid},
			Conditions: discovery.EndpointConditions{Ready: new(p.ready), Serving: new(p.serving), Terminating: new(p.terminating)},
		})
	}
	w.put(slices, s)
}

// outside is the address of a caller that is no pod.
var outside = netip.MustParseAddr("10.0.0.7")

// picks is where the next requests from outside go, or why they cannot.
func (w *world) picks(namespace, service string, port intstr.IntOrString, n int) string {
	var all []string
	for range n {
		at, err := w.mesh.Pick(outside, namespace, service, port)
		if err != nil {
			return err.Error()
		}
		all = append(all, at)
	}
	return strings.Join(all, " ")
}

func (w *world) eventually(namespace, service string, port intstr.IntOrString, n int, want string) {
	w.t.Helper()
	got := ""
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if got = w.picks(namespace, service, port, n); got == want {
			return
		}
	}
	w.t.Errorf("%s/%s:%s leads to %s, want %s", namespace, service, port.String(), got, want)
}

func labelled(namespace, name, app string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": app}}}
}

// ask sends a request through the proxy as the pod of that uid, if any.
func (w *world) ask(namespace, uid, to string) (code int, text string) {
	w.t.Helper()
	through, err := url.Parse(w.proxy.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	if namespace != "" {
		through.User = url.UserPassword(namespace, uid)
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through), DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, to, strings.NewReader("sent"))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "1.2.3.4")
	resp, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// backend answers with what it was asked.
func (w *world) backend(uid types.UID) int32 {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(rw, "%s %s host=%s for=%s proxy=%q body=%s", r.Method, r.URL, r.Host, r.Header.Get("X-Forwarded-For"), r.Header.Get("Proxy-Authorization"), body)
	}))
	w.t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	w.at[uid] = "127.0.0.1"
	w.pods[uid] = labelled("red", "web-1", "web")
	return intstr.Parse(port).IntVal
}
