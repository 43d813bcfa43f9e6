package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"paddock/components/scaling"
	"paddock/grade/internal/fakekube"
	"paddock/grade/observe"
	"paddock/grade/run"
	"paddock/grade/workload"
)

func TestCheckService(t *testing.T) {
	o := options{real: realLoad{service: "shop/web", url: "https://shop.example.com/search?q=x"}}
	if err := o.checkService(); err != nil || o.real.path != "/search?q=x" {
		t.Errorf("%q, %v", o.real.path, err)
	}
}

// shop is a service of 2 to 8 pods that are at their target with 60m.
func shop() *run.Service {
	return &run.Service{Subject: observe.Subject{Namespace: "shop", Name: "web"},
		Setting: workload.Setting{HPA: scaling.Recommended(), RequestMilli: 100, MaxPods: 8}}
}

// The demand follows from what a pod serves at its target, and on the local cloud from what the machine has to spare.
func TestDemandOnAService(t *testing.T) {
	spare := share * float64(runtime.NumCPU())
	for name, c := range map[string]struct {
		target    string
		demand    float64 // that a pod serves at its target
		given     options
		low, high float64
		fault     string
	}{
		"cluster":                 {run.Cluster, 3, options{}, 0.9 * 2 * 3, 0.95 * 8 * 3, ""},
		"local cloud":             {run.Sandbox, 3, options{}, 0.9 * 2 * 3, min(0.95*8*3, spare/(0.02+wayCPU)), ""},
		"said":                    {run.Cluster, 3, options{low: 1, high: 2}, 1, 2, ""},
		"said, more than machine": {run.Sandbox, 3, options{low: 1, high: 1e6}, 1, 1e6, ""},
	} {
		o := c.given
		o.target, o.real.capacity, o.real.demand, o.real.objective = c.target, 50, c.demand, 1
		b := &bench{of: shop(), rig: run.Rig{Notes: map[string]string{}, Say: t.Logf}}
		if err := o.gauge(t.Context(), b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		low, high := o.span(b.rig.PerCore)
		if !near(low, c.low) || !near(high, c.high) || b.rig.PodMost != 50 || !near(b.rig.PerCore, c.demand/0.06) {
			t.Errorf("%s: %g to %g, %+v", name, low, high, b.rig)
		}
		if enforced := b.rig.Notes["cpu.limit"] == ""; enforced != (c.target == run.Cluster) {
			t.Errorf("%s: %v", name, b.rig.Notes)
		}
	}
	big := shop()
	big.Setting.RequestMilli = int64(1000 * runtime.NumCPU())
	o := options{target: run.Sandbox, real: realLoad{capacity: 50, demand: 3}}
	if err := o.gauge(t.Context(), &bench{of: big, rig: run.Rig{Notes: map[string]string{}, Say: t.Logf}}); err == nil || !strings.Contains(err.Error(), "--low, --high") {
		t.Errorf("%v, want an error: there is no room between rest and height", err)
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

func TestLocalWayThroughTheDoor(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	status := `{"edge":{"https":4430,"caFile":"` + ca + `","suffix":".localhost"}}`
	front := run.Front{Service: "web", Port: 80, Ingress: "edge", Host: "shop.example.com", Path: "/"}
	to, err := local(t.Context(), nil, shop(), front, "/work?ms=20", []byte(status))
	if err != nil || to.url != "https://127.0.0.1:4430/work?ms=20" || to.way.Host != "shop.example.com.localhost" || to.way.Roots == nil {
		t.Errorf("%+v, %v", to, err)
	}
	for want, text := range map[string]string{"sandbox status: ": "down", "front door: ": `{"edge":{"caFile":"/nowhere"}}`} {
		if _, err := local(t.Context(), nil, shop(), front, "/", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := local(t.Context(), nil, shop(), run.Front{}, "/", []byte("{}")); err == nil || !strings.Contains(err.Error(), "say --url") {
		t.Errorf("%v", err)
	}
}

// A service that is not exposed is asked in the name of a pod that is let in, and last of all in that of its own.
func TestLocalWayThroughTheMesh(t *testing.T) {
	lets := map[string]bool{"uid-caller": true, "uid-own": true}
	mesh := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
		if _, uid, _ := r.BasicAuth(); !lets[uid] || r.URL.String() != "http://web.shop:80/work" {
			http.Error(w, "mesh: on AWS the connection would time out", http.StatusGatewayTimeout)
		}
	}))
	defer mesh.Close()
	s := fakekube.New(t)
	pod := func(namespace, name, uid, process string) {
		s.Put("/api/v1/pods", name, map[string]any{"metadata": map[string]any{"namespace": namespace, "uid": uid, "labels": map[string]any{"app": name},
			"annotations": map[string]any{"sandbox.paddock/process": process}}, "status": map[string]any{"phase": "Running"}})
	}
	pod("shop", "web", "uid-own", "true")
	pod("team", "caller", "uid-caller", "true")
	pod("team", "stranger", "uid-stranger", "true")
	pod("kube-system", "played", "uid-caller", "")
	s.Put("/apis/apps/v1/namespaces/shop/deployments", "web", map[string]any{"spec": map[string]any{"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
		"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"resources": map[string]any{"requests": map[string]any{"cpu": "1"}}}}}}}})
	s.Put("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers", "web", map[string]any{"spec": map[string]any{
		"scaleTargetRef": map[string]any{"kind": "Deployment", "name": "web"}, "maxReplicas": 3, "metrics": []any{map[string]any{"type": "Resource",
			"resource": map[string]any{"name": "cpu", "target": map[string]any{"type": "Utilization", "averageUtilization": 50}}}}}})
	of, err := run.Find(t.Context(), s.Client, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	status := []byte(`{"clusters":{"a":{"mesh":""},"b":{"mesh":"` + mesh.Listener.Addr().String() + `"}}}`)
	ask := func() (route, error) {
		return local(t.Context(), s.Client, of, run.Front{Service: "web", Port: 80}, "/work", status)
	}
	if to, err := ask(); err != nil || to.way.Proxy.User.String() != "team:uid-caller" || !strings.Contains(to.said, "as team/caller's") {
		t.Errorf("%+v, %v", to, err)
	}
	delete(lets, "uid-caller")
	if to, err := ask(); err != nil || to.way.Proxy.User.String() != "shop:uid-own" {
		t.Errorf("%+v, %v", to, err)
	}
	delete(lets, "uid-own")
	if _, err := ask(); err == nil || strings.Count(err.Error(), "504") != 3 || !strings.Contains(err.Error(), "as team/stranger") {
		t.Errorf("%v", err)
	}
}
