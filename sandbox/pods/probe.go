package pods

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/ports"
)

// asking has no proxy and keeps no connection: what is asked may end at any time.
var asking = &http.Transport{DisableKeepAlives: true}

// local keeps probes from being led away from the pod: like a kubelet, they take a redirect to elsewhere for an answer.
func local(req *http.Request, via []*http.Request) error {
	if req.URL.Hostname() != via[0].URL.Hostname() {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// check asks one probe of a container, which listens at address. The error is why it failed, in a kubelet's words.
func check(ctx context.Context, p *corev1.Probe, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/"+strings.TrimPrefix(p.HTTPGet.Path, "/"), nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "kube-probe")
	for _, h := range p.HTTPGet.HTTPHeaders {
		if strings.EqualFold(h.Name, "Host") {
			req.Host = h.Value
		}
		req.Header.Set(h.Name, h.Value)
	}
	client := http.Client{Transport: asking, CheckRedirect: local, Timeout: time.Duration(max(p.TimeoutSeconds, 1)) * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", resp.StatusCode)
	}
	return nil
}

// portOf is a port by its number, or by the name that the container gives it; 0 = the container has none of that name.
func portOf(c *corev1.Container, port intstr.IntOrString) int {
	if port.Type == intstr.Int {
		return port.IntValue()
	}
	for _, have := range c.Ports {
		if have.Name == port.StrVal {
			return int(have.ContainerPort)
		}
	}
	return 0
}

// probed is where a probe finds the process: at the container's port of the pod's address, or at the one port that a program was told.
func (p *pod) probed(probe *corev1.Probe, port int) string {
	if p.program != nil || probe == nil {
		return ports.Address(port)
	}
	return net.JoinHostPort(p.address, strconv.Itoa(portOf(p.container, probe.HTTPGet.Port)))
}

// count follows one probe's successes and failures in a row.
type count struct {
	probe   *corev1.Probe // nil = always passes
	address string
	next    time.Time
	due     time.Time // when the probe's own period is over; asked before that, only an answer that is good counts
	bad     int32
	good    int32
	pass    bool
	once    bool // it has passed
}

func newCount(p *corev1.Probe, address string, started time.Time, pass bool) *count {
	c := &count{probe: p, address: address, next: started, pass: pass || p == nil}
	c.once = c.pass
	if p != nil {
		c.next = started.Add(time.Duration(p.InitialDelaySeconds) * time.Second)
	}
	c.due = c.next
	return c
}

// eager is the period until a container is ready for the first time: real kubelets keep to the probe's own, but nobody learns
// from waiting for it.
const eager = 500 * time.Millisecond

// ask asks when it is time, and tells whether the result changed, and why the probe failed if it did.
func (c *count) ask(ctx context.Context, now time.Time) (changed bool, why error) {
	if c.probe == nil || now.Before(c.next) {
		return false, nil
	}
	counts := !now.Before(c.due)
	if counts {
		c.due = now.Add(time.Duration(max(c.probe.PeriodSeconds, 1)) * time.Second)
	}
	why = check(ctx, c.probe, c.address)
	before := c.pass
	switch {
	case why == nil:
		c.good, c.bad = c.good+1, 0
		if c.good >= max(c.probe.SuccessThreshold, 1) {
			c.pass, c.once = true, true
		}
		c.due = now.Add(time.Duration(max(c.probe.PeriodSeconds, 1)) * time.Second)
	case counts:
		c.bad, c.good = c.bad+1, 0
		if c.exhausted() {
			c.pass = false
		}
	default:
		c.good, why = 0, nil
	}
	c.next = c.due
	if !c.once {
		c.next = now.Add(min(eager, c.next.Sub(now)))
	}
	return c.pass != before, why
}

// exhausted tells whether the probe has failed as often in a row as it may.
func (c *count) exhausted() bool {
	return c.probe != nil && c.bad >= max(c.probe.FailureThreshold, 1)
}
