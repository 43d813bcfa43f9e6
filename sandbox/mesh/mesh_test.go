package mesh_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/mesh"
)

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

// Requests go to Services by every name that the cluster's DNS knows them by; everything else is told why not.
func TestProxy(t *testing.T) {
	w := newWorld(t)
	port := w.backend("a")
	w.pods["in-red"], w.pods["in-blue"] = labelled("red", "caller", "caller"), labelled("blue", "caller", "caller")
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
		"no pod":         {"green", "http://web/", 407, "mesh: who calls?"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, text := w.ask(row.from, "in-"+row.from, row.url); code != row.code || !strings.Contains(text, row.want) {
				t.Errorf("%d %s; want %d %s", code, text, row.code, row.want)
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
	rec := httptest.NewRecorder()
	w.mesh.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "only plain HTTP") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// A pod that does not answer is the caller's affair: nothing is tried again.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.at["a"], w.pods["in-red"] = "127.0.0.1", labelled("red", "caller", "caller")
	w.service("red", "web")
	w.endpoints("red", "web", "web-1", 1, ready("a"))
	w.eventually("red", "web", intstr.FromInt32(80), 1, "127.0.0.1:1")
	code, text := w.ask("red", "in-red", "http://web/")
	if code != http.StatusBadGateway || !strings.Contains(text, "connect: connection refused") {
		t.Errorf("%d %s", code, text)
	}
}

// Policies are the cluster's own: a call that they do not let through is answered at once, where on AWS it hangs.
func TestPolicies(t *testing.T) {
	w := newWorld(t)
	port := w.backend("a")
	w.pods["in-red"], w.pods["in-blue"] = labelled("red", "caller", "caller"), labelled("blue", "caller", "caller")
	w.service("red", "web")
	w.endpoints("red", "web", "web-1", port, ready("a"))
	w.eventually("red", "web", intstr.FromInt32(80), 1, fmt.Sprintf("127.0.0.1:%d", port))
	answers := func(namespace string, want int) (text string) {
		t.Helper()
		code := 0
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && code != want; time.Sleep(5 * time.Millisecond) {
			code, text = w.ask(namespace, "in-"+namespace, "http://web.red/")
		}
		if code != want {
			t.Errorf("%s: %d %s, want %d", namespace, code, text, want)
		}
		return text
	}
	answers("blue", 200)
	policies := schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	w.put(policies, &networkingv1.NetworkPolicy{
		TypeMeta: metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}, ObjectMeta: metav1.ObjectMeta{Namespace: "red", Name: "own"},
		Spec: networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}}},
	})
	want := fmt.Sprintf("mesh: blue/caller may not call red/web-1 on port %d: no ingress rule lets it of NetworkPolicy red/own: on AWS the connection would time out", port)
	if text := answers("blue", 504); strings.TrimSpace(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
	if _, err := w.mesh.Pick(outside, "red", "web", intstr.FromInt32(80)); !errors.Is(err, mesh.ErrDenied) {
		t.Errorf("from outside: %v, want it denied", err)
	}
	answers("red", 200)
	if err := w.kube.Tracker().Delete(policies, "red", "own"); err != nil {
		t.Fatal(err)
	}
	answers("blue", 200)
}

// Who is told of a mesh from outside finds its proxy there.
func TestAddress(t *testing.T) {
	m := mesh.New(mesh.Config{})
	if at := m.Address(); at != "" {
		t.Errorf("%q before it listens", at)
	}
	if err := m.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer m.Stop()
	got, err := http.Get("http://" + m.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusBadRequest {
		t.Errorf("%s, want to be told that this is a proxy", got.Status)
	}
}
