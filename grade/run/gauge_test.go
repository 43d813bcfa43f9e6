package run_test

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/grade/internal/fakekube"
	"paddock/grade/run"
)

// gauged is a service of two pods, of which the older one answers on this machine, and the gauge that asks it.
func gauged(t *testing.T, usage string, answer http.HandlerFunc) (*run.Gauge, *run.Service, *fakekube.Server) {
	t.Helper()
	s := fakekube.New(t)
	shop(s, object{"cpu": "200m"}, object{"cpu": "600m"}, byCPU)
	for name, made := range map[string]string{"old": "2026-01-01T00:00:00Z", "new": "2026-01-02T00:00:00Z"} {
		s.Put("/api/v1/namespaces/shop/pods", name, object{"metadata": object{"creationTimestamp": made},
			"status": object{"conditions": []object{{"type": "Ready", "status": "True"}}}})
	}
	s.Put("/api/v1/namespaces/shop/pods", "oldest", object{"metadata": object{"creationTimestamp": "2025-01-01T00:00:00Z"}})
	s.Put("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", "old", object{"timestamp": time.Now().Add(time.Minute).UTC().Format(time.RFC3339),
		"window": "15s", "containers": []object{{"usage": object{"cpu": usage}}}})
	web := httptest.NewServer(answer)
	t.Cleanup(web.Close)
	found, err := run.Find(context.Background(), s.Client, "shop", "web")
	if err != nil {
		t.Fatal(err)
	}
	return &run.Gauge{API: s.Client, Path: "/work?ms=1", Objective: 100 * time.Millisecond, Each: 200 * time.Millisecond, Say: t.Logf,
		Forward: func(_ context.Context, namespace, pod string, port int32) (string, func(), error) {
			if namespace != "shop" || pod != "old" || port != 8080 {
				t.Errorf("asks %s/%s:%d, want the oldest that is ready", namespace, pod, port)
			}
			return web.Listener.Addr().String(), func() {}, nil
		}}, found, s
}

// One request at a time and 10 ms for each, of which metrics tell what half of that rate uses.
func TestGauge(t *testing.T) {
	t.Parallel()
	var line sync.Mutex
	g, of, _ := gauged(t, "400m", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.String() != "/work?ms=1" {
			t.Errorf("asked for %s", r.URL)
		}
		line.Lock()
		defer line.Unlock()
		time.Sleep(10 * time.Millisecond)
	})
	if err := g.Take(context.Background(), of); err != nil {
		t.Fatal(err)
	}
	if g.Rate < 30 || g.Rate > 150 || math.Abs(g.CPU-0.4/(g.Rate/2)) > 1e-9 {
		t.Errorf("%g requests/s of %g core-seconds", g.Rate, g.CPU)
	}
}

func TestGaugeTakesWhatIsSaid(t *testing.T) {
	t.Parallel()
	g, of, _ := gauged(t, "1", func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	g.Rate, g.CPU = 50, 0.01
	if err := g.Take(context.Background(), of); err != nil || g.Rate != 50 || g.CPU != 0.01 {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestGaugeRefuses(t *testing.T) {
	t.Parallel()
	ok := func(http.ResponseWriter, *http.Request) {}
	const metrics = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/old"
	late := func(s *fakekube.Server) {
		s.Break(metrics, http.StatusNotFound)
		time.AfterFunc(500*time.Millisecond, func() { s.Break(metrics, http.StatusOK) })
	}
	for want, c := range map[string]struct {
		usage  string
		answer http.HandlerFunc
		change func(*fakekube.Server)
	}{
		"want a path that is work":   {"0", ok, nil},
		"were not answered well":     {"1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, late},
		"none of its 0 pods":         {"1", ok, func(s *fakekube.Server) { drop(s, "old", "new", "oldest") }},
		"metrics of pod old: contex": {"1", ok, func(s *fakekube.Server) { s.Break(metrics, http.StatusNotFound) }},
	} {
		g, of, s := gauged(t, c.usage, c.answer)
		if g.Rate = 50; c.change != nil {
			c.change(s)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		if err := g.Take(ctx, of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
		cancel()
	}
}

func drop(s *fakekube.Server, pods ...string) {
	for _, name := range pods {
		s.Delete("/api/v1/namespaces/shop/pods", name)
	}
}
