// Package verify looks at a platform after a deploy: nodes, metrics, autoscaler, the fences of its teams. It changes nothing:
// what it tries, it tries as a dry run or asks whether it would be allowed.
package verify

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// State is what has become of a check.
type State string

const (
	OK      State = "ok"
	Failed  State = "failed"
	Skipped State = "skipped"

	waiting State = "waiting" // not yet, but it may come by itself
)

// Result is one check's.
type Result struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // of a failure: what is wrong, and what to do; of success: what was seen
	Waited int    `json:"waitedSeconds,omitempty"`
}

// check is one thing to look at. It may be looked at many times.
type check struct {
	name string
	look func(context.Context) outcome
}

// outcome of one look. A failure is final; one that may mend itself is waited for.
type outcome struct {
	state  State
	reason string
	more   func(context.Context) string // asked once, when the check has failed for good; nil = nothing
}

func ok(format string, args ...any) outcome {
	return outcome{state: OK, reason: fmt.Sprintf(format, args...)}
}
func failed(format string, args ...any) outcome {
	return outcome{state: Failed, reason: fmt.Sprintf(format, args...)}
}
func skip(format string, args ...any) outcome {
	return outcome{state: Skipped, reason: fmt.Sprintf(format, args...)}
}
func wait(format string, args ...any) outcome {
	return outcome{state: waiting, reason: fmt.Sprintf(format, args...)}
}

// Options of a verification.
type Options struct {
	Kubeconfig string // file; "" = the stack's, or what kubectl would read
	Stack      *Stack // exports; nil = there is nothing to say about teams
	Timeout    time.Duration
	Progress   io.Writer     // nil = silent
	Every      time.Duration // between two looks; 0 = 2 s
}

// Run looks at everything until all is well, or nothing more can be waited for, or the time is up. Results come in the order of
// the checks.
func Run(ctx context.Context, o Options) ([]Result, error) {
	var text string
	if o.Stack != nil && o.Kubeconfig == "" {
		text = o.Stack.Kubeconfig
	}
	a, err := fromKubeconfig(text, o.Kubeconfig)
	if err != nil {
		return nil, err
	}
	return run(ctx, o, checksAt(a, o.Stack, time.Now))
}

func checksAt(a *api, stack *Stack, now func() time.Time) []check {
	c := &cluster{api: a, now: now}
	list := []check{
		{"api server", c.answers},
		{"nodes", c.nodes},
		{"metrics API", c.metricsAPI},
		{"metrics of nodes", c.nodeMetrics},
		{"metrics of pods", c.podMetrics},
		{"autoscaler", c.autoscaler},
		{"autoscaler status", c.autoscalerStatus},
	}
	return append(list, c.teams(stack)...)
}

// cluster is what is looked at.
type cluster struct {
	*api
	now func() time.Time
}

// answers says whether the API server can be asked at all.
func (c *cluster) answers(ctx context.Context) outcome {
	var version struct{ GitVersion string }
	if err := c.get(ctx, "/version", &version); err != nil {
		return trouble(err, "the API server")
	}
	return ok("Kubernetes %s", version.GitVersion)
}

// run does the checks until they have ended. The first is the condition of all others.
func run(ctx context.Context, o Options, list []check) ([]Result, error) {
	every := o.Every
	if every == 0 {
		every = 2 * time.Second
	}
	begun := time.Now()
	deadline := begun.Add(o.Timeout)
	outcomes := make([]outcome, len(list))
	waited := make([]time.Duration, len(list))
	tell := &teller{out: o.Progress, begun: begun}
	for {
		pending := 0
		look(ctx, list[:1], outcomes[:1])
		if outcomes[0].state == OK {
			look(ctx, list[1:], outcomes[1:])
		}
		for i := range list {
			if outcomes[i].state == waiting || outcomes[i].state == "" {
				waited[i] = time.Since(begun)
				pending++
			}
			tell.about(list[i].name, outcomes[i])
		}
		if pending == 0 || outcomes[0].state == Failed || !time.Now().Add(every).Before(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(every):
		}
	}
	return conclude(ctx, o.Timeout, list, outcomes, waited), ctx.Err()
}

// look looks at what has not ended, at all of it at once.
func look(ctx context.Context, list []check, outcomes []outcome) {
	var all sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i, c := range list {
		if s := outcomes[i].state; s != "" && s != waiting {
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			outcomes[i] = c.look(ctx)
			<-slots
		})
	}
	all.Wait()
}

// conclude turns what is still waited for into failures, and asks for what else helps.
func conclude(ctx context.Context, timeout time.Duration, list []check, outcomes []outcome, waited []time.Duration) []Result {
	var out []Result
	for i, o := range outcomes {
		switch o.state {
		case "":
			o = skip("the API server does not answer")
		case waiting:
			o.state, o.reason = Failed, fmt.Sprintf("%s (after %s)", o.reason, timeout)
		}
		if o.state == Failed && o.more != nil {
			o.reason += o.more(ctx)
		}
		out = append(out, Result{Name: list[i].name, State: o.state, Reason: o.reason, Waited: int(waited[i].Seconds())})
	}
	return out
}

// teller says what is waited for, whenever that changes, and that it is still waited for.
type teller struct {
	out   io.Writer
	begun time.Time
	last  map[string]string
	when  map[string]time.Time
}

// again is how often something that has not changed is told.
const again = 30 * time.Second

func (t *teller) about(name string, o outcome) {
	if t.out == nil || o.state == "" {
		return
	}
	if t.last == nil {
		t.last, t.when = map[string]string{}, map[string]time.Time{}
	}
	line := fmt.Sprintf("%s: %s", name, o.reason)
	if t.last[name] == line && (o.state != waiting || time.Since(t.when[name]) < again) {
		return
	}
	if t.last[name] != "" || o.state == waiting { // what is well at once is told at the end
		fmt.Fprintf(t.out, "%4ds %-7s %s\n", int(time.Since(t.begun).Seconds()), o.state, strings.SplitN(line, "\n", 2)[0])
	}
	t.last[name], t.when[name] = line, time.Now()
}
