package pods_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

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
