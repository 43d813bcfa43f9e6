package pods

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A probe is asked often until it has passed for the first time, and then as often as it says, whatever it answers.
func TestProbePeriods(t *testing.T) {
	code := http.StatusServiceUnavailable
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ready" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(code)
	}))
	defer s.Close()
	start := time.Now()
	c := newCount(&corev1.Probe{
		ProbeHandler:        corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "ready"}},
		InitialDelaySeconds: 3, PeriodSeconds: 10, FailureThreshold: 2, SuccessThreshold: 2,
	}, s.Listener.Addr().String(), start, false)
	for i, row := range []struct {
		at      time.Duration
		code    int
		next    time.Duration // after at
		pass    bool
		changed bool
	}{
		{2 * time.Second, 503, time.Second, false, false}, // not its time yet
		{3 * time.Second, 503, eager, false, false},
		{4 * time.Second, 200, eager, false, false},
		{5 * time.Second, 200, 10 * time.Second, true, true},
		{15 * time.Second, 503, 10 * time.Second, true, false},
		{25 * time.Second, 503, 10 * time.Second, false, true},
		{35 * time.Second, 200, 10 * time.Second, false, false},
		{45 * time.Second, 200, 10 * time.Second, true, true},
	} {
		code = row.code
		now := start.Add(row.at)
		changed, why := c.ask(t.Context(), now)
		if changed != row.changed || c.pass != row.pass || c.next.Sub(now) != row.next || (why != nil) != (code != 200 && i > 0) {
			t.Errorf("row %d: changed %v, pass %v, next in %s, %v; want %+v", i, changed, c.pass, c.next.Sub(now), why, row)
		}
	}
}
