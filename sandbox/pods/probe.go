package pods

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/ports"
)

// check asks one probe of a container, which listens on port, whatever the probe's own says. The error is why it failed.
func check(ctx context.Context, p *corev1.Probe, port int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(max(p.TimeoutSeconds, 1))*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+ports.Address(port)+"/"+strings.TrimPrefix(p.HTTPGet.Path, "/"), nil)
	if err != nil {
		return err
	}
	req.Close = true // the port is the process's alone, and goes with it
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", resp.StatusCode)
	}
	return nil
}

// count follows one probe's successes and failures in a row.
type count struct {
	probe *corev1.Probe // nil = always passes
	next  time.Time
	bad   int32
	good  int32
	pass  bool
	once  bool // it has passed
}

func newCount(p *corev1.Probe, started time.Time, pass bool) *count {
	c := &count{probe: p, next: started, pass: pass || p == nil}
	c.once = c.pass
	if p != nil {
		c.next = started.Add(time.Duration(p.InitialDelaySeconds) * time.Second)
	}
	return c
}

// eager is the period until a container is ready for the first time: real kubelets keep to the probe's own, but nobody learns
// from waiting for it.
const eager = 500 * time.Millisecond

// due asks when it is time, and tells whether the result changed.
func (c *count) due(ctx context.Context, port int, now time.Time) (changed bool, why error) {
	if c.probe == nil || now.Before(c.next) {
		return false, nil
	}
	why = check(ctx, c.probe, port)
	c.next = now.Add(time.Duration(max(c.probe.PeriodSeconds, 1)) * time.Second)
	before := c.pass
	if why == nil {
		c.good, c.bad = c.good+1, 0
		if c.good >= max(c.probe.SuccessThreshold, 1) {
			c.pass, c.once = true, true
		}
	} else {
		c.bad, c.good = c.bad+1, 0
		if c.bad >= max(c.probe.FailureThreshold, 1) {
			c.pass = false
		}
	}
	if !c.once {
		c.next = now.Add(min(eager, c.next.Sub(now)))
	}
	return c.pass != before, why
}
