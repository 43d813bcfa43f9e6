package mesh_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
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
}

func newWorld(t *testing.T) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), discovery.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, kube: fake.NewSimpleDynamicClient(scheme), at: map[types.UID]string{}}
	w.mesh = mesh.New(mesh.Config{Kube: w.kube, Endpoint: func(uid types.UID) (string, bool) { at, ok := w.at[uid]; return at, ok }})
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

// picks is where the next requests go, or why they cannot.
func (w *world) picks(namespace, service string, port intstr.IntOrString, n int) string {
	var all []string
	for range n {
		at, err := w.mesh.Pick(namespace, service, port)
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

// A Service leads to its ready pods in turn, as its endpoints change.
func TestPick(t *testing.T) {
	w := newWorld(t)
	w.at = map[types.UID]string{"a": "127.20.0.1", "b": "127.20.0.2", "c": "127.20.0.3"}
	eighty, named := intstr.FromInt32(80), intstr.FromString("admin")
	w.eventually("red", "web", eighty, 1, "lookup web.red.svc.cluster.local: no such host")
	w.endpoints("red", "web", "web-1", 8080, ready("a"))
	w.eventually("red", "web", eighty, 1, "lookup web.red.svc.cluster.local: no such host")
	w.service("red", "web")
	w.eventually("red", "web", eighty, 2, "127.20.0.1:8080 127.20.0.1:8080")
	w.eventually("red", "web", named, 1, "127.20.0.1:8081")
	w.eventually("red", "web", intstr.FromInt32(81), 1, "service red/web: port 81: no such port")
	w.eventually("red", "web", intstr.FromInt32(53), 1, "service red/web: port 53: no such port")
	w.eventually("blue", "web", eighty, 1, "lookup web.blue.svc.cluster.local: no such host")
	w.endpoints("red", "web", "web-2", 8080, ready("b"), pod{"c", false, false, false})
	w.eventually("red", "web", eighty, 3, "127.20.0.1:8080 127.20.0.2:8080 127.20.0.1:8080")
	w.endpoints("red", "web", "web-1", 8080, pod{"a", false, true, true}) // it ends
	w.eventually("red", "web", eighty, 2, "127.20.0.2:8080 127.20.0.2:8080")
	if err := w.kube.Tracker().Delete(slices, "red", "web-2"); err != nil {
		t.Fatal(err)
	}
	w.eventually("red", "web", eighty, 1, "127.20.0.1:8080") // better than nobody
	w.endpoints("red", "web", "web-1", 8080, pod{"a", false, false, true})
	w.eventually("red", "web", eighty, 1, "service red/web: no pod is ready: dial tcp 172.20.0.9:80: connect: connection refused")
	w.endpoints("red", "web", "web-1", 8080, ready("kwok"))
	w.eventually("red", "web", eighty, 1, "service red/web: its pods are simulated: nothing runs in them")
	if err := w.kube.Tracker().Delete(services, "red", "web"); err != nil {
		t.Fatal(err)
	}
	w.eventually("red", "web", eighty, 1, "lookup web.red.svc.cluster.local: no such host")
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
	return intstr.Parse(port).IntVal
}

// Requests go to Services by every name that the cluster's DNS knows them by; everything else is told why not.
func TestProxy(t *testing.T) {
	w := newWorld(t)
	port := w.backend("a")
	w.service("red", "web")
	w.service("red", "idle")
	w.service("red", "played")
	w.endpoints("red", "web", "web-1", port, ready("a"))
	w.endpoints("red", "played", "played-1", port, ready("kwok"))
	w.eventually("red", "web", intstr.FromInt32(80), 1, fmt.Sprintf("127.0.0.1:%d", port))
	w.eventually("red", "played", intstr.FromInt32(80), 1, "service red/played: its pods are simulated: nothing runs in them")
	for name, row := range map[string]struct {
		from, url string
		code      int
		want      string
	}{
		"own namespace":  {"red", "http://web/a?b=c", 200, "POST /a?b=c host=web for=1.2.3.4 proxy=\"\" body=sent"},
		"another":        {"blue", "http://web.red/a", 200, "POST /a host=web.red for"},
		"svc":            {"blue", "http://web.red.svc:80/", 200, "POST / host=web.red.svc:80 for"},
		"whole name":     {"blue", "http://WEB.red.svc.cluster.local./", 200, "POST / host=WEB.red.svc.cluster.local. for"},
		"not its own":    {"blue", "http://web/", 502, "mesh: lookup web.blue.svc.cluster.local: no such host"},
		"unknown":        {"blue", "http://shop.example/", 502, "mesh: lookup shop.example.svc.cluster.local: no such host"},
		"port":           {"red", "http://web:8080/", 502, "mesh: service red/web: port 8080: no such port"},
		"nobody":         {"red", "http://idle/", 503, "no pod is ready: dial tcp 172.20.0.9:80: connect: connection refused"},
		"simulated":      {"red", "http://played/", 503, "its pods are simulated"},
		"outside":        {"red", "http://www.example.com/", 403, "mesh: www.example.com lies outside of the cluster"},
		"address":        {"red", "http://8.8.8.8/", 403, "mesh: 8.8.8.8 lies outside of the cluster"},
		"no credentials": {"", "http://web/", 407, "mesh: who calls?"},
	} {
		t.Run(name, func(t *testing.T) {
			through, err := url.Parse(w.proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			if row.from != "" {
				through.User = url.UserPassword(row.from, "uid")
			}
			client := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through), DisableKeepAlives: true}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, row.url, strings.NewReader("sent"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Forwarded-For", "1.2.3.4")
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != row.code || !strings.Contains(string(body), row.want) {
				t.Errorf("%d %s; want %d %s", resp.StatusCode, body, row.code, row.want)
			}
		})
	}
}

// What is no request to a proxy, or asks for more than plain HTTP, is told so.
func TestNoProxyRequest(t *testing.T) {
	w := newWorld(t)
	resp, err := http.Get(w.proxy.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("%s, want a bad request", resp.Status)
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodConnect, "web.red:443", nil)
	r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("red:uid")))
	rec := httptest.NewRecorder()
	w.mesh.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "only plain HTTP") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// A pod that does not answer is the caller's affair: nothing is tried again.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.at["a"] = "127.0.0.1"
	w.service("red", "web")
	w.endpoints("red", "web", "web-1", 1, ready("a"))
	w.eventually("red", "web", intstr.FromInt32(80), 1, "127.0.0.1:1")
	rec := httptest.NewRecorder()
	w.mesh.Forward(rec, httptest.NewRequest(http.MethodGet, "http://web/", nil), "red", "web", intstr.FromInt32(80))
	if rec.Code != http.StatusBadGateway || !strings.Contains(rec.Body.String(), "connect: connection refused") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
