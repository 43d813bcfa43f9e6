// Package observe watches a cluster during a run: what the HPA, the scheduler, the autoscaler and EC2 have done, and when.
package observe

import (
	"context"
	"slices"
	"sync"
	"time"

	"paddock/grade/kube"
	"paddock/grade/ledger"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

// State is how things stand.
type State struct {
	Desired int // pods that the Deployment wants
	Made    int // pods that there are
	Placed  int // pods that have a node
	Ready   int // pods that serve
	Pending int // pods that no node has room for
	Nodes   int // instances that are paid for; Node objects where AWS is not asked
	NodesUp int // Ready nodes
}

// Subject is the Deployment that is watched.
type Subject struct {
	Namespace string
	Name      string
	Selector  string // of its pods, escaped for a query: app%3Dweb
}

// Workload is grade's own.
var Workload = Subject{workload.Namespace, workload.App, workload.AppLabel + "%3D" + workload.App}

func (s Subject) path(api, kind string) string {
	return api + "/namespaces/" + s.Namespace + "/" + kind
}

func (s Subject) pods() string { return "labelSelector=" + s.Selector }

// Observer holds the present state and the log of what was seen. Its zero value is not usable; New makes one.
type Observer struct {
	api     *kube.Client
	subject Subject
	cloud   Cloud // nil = AWS is not asked
	changed chan struct{}
	failed  func(what string, err error)

	mu        sync.Mutex
	pods      map[string]pod
	nodes     map[string]node
	desired   int
	instances map[string]bool // by id: whether it runs; nil = unknown
	groups    map[string]int  // desired sizes
	usage     map[string]reading
	log       []entry
	out       map[string]outage    // sources that do not answer now
	answered  map[string]time.Time // when each source last did
	gaps      []gap
}

// entry is an event at a time of the clock.
type entry struct {
	at, stamp time.Time
	event     ledger.Event
}

type outage struct {
	since time.Time
	why   string
}

type gap struct {
	outage
	until time.Time
}

// New returns an observer that sees nothing until Run. failed hears of every source that stops answering, and with a nil error
// that it does again; cloud may be nil.
func New(api *kube.Client, subject Subject, cloud Cloud, failed func(what string, err error)) *Observer {
	return &Observer{api: api, subject: subject, cloud: cloud, failed: failed, changed: make(chan struct{}, 1),
		pods: map[string]pod{}, nodes: map[string]node{}, groups: map[string]int{}, usage: map[string]reading{}, out: map[string]outage{}, answered: map[string]time.Time{}}
}

// Run watches until ctx ends.
func (o *Observer) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, watch := range []func(context.Context){o.watchPods, o.watchNodes, o.watchDeployment, o.watchEvents, o.pollMetrics, o.pollCloud} {
		wg.Go(func() { watch(ctx) })
	}
	wg.Wait()
}

// Changed gets a value when the set of Ready pods has changed.
func (o *Observer) Changed() <-chan struct{} { return o.changed }

// State gives how things stand now.
func (o *Observer) State() State {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := State{Desired: o.desired, Made: len(o.pods), Nodes: len(o.nodes), Ready: o.readyLocked()}
	for _, p := range o.pods {
		if p.node != "" {
			s.Placed++
		}
		if p.refused {
			s.Pending++
		}
	}
	for _, n := range o.nodes {
		if n.ready {
			s.NodesUp++
		}
	}
	if o.instances != nil {
		s.Nodes = len(o.instances)
	}
	return s
}

// Ready gives the pods that serve, each with its node.
func (o *Observer) Ready() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]string{}
	for name, p := range o.pods {
		if p.ready {
			out[name] = p.node
		}
	}
	return out
}

// Measured tells how many pods the metrics API has figures of, and the sum of their cores.
func (o *Observer) Measured() (pods int, cores float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.usage {
		cores += r.cores
	}
	return len(o.usage), cores
}

// Events gives what was seen, in seconds since a moment.
func (o *Observer) Events(since time.Time) []ledger.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]ledger.Event, 0, len(o.log))
	for _, e := range o.log {
		e.event.At = e.at.Sub(since).Seconds()
		if !e.stamp.IsZero() {
			e.event.Stamp = e.stamp.Sub(since).Seconds()
		}
		out = append(out, e.event)
	}
	return out
}

// Gaps lists the times since a moment at which a source did not answer for longer than least; those that last end now.
func (o *Observer) Gaps(since time.Time, least time.Duration) []trace.Gap {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := slices.Clone(o.gaps)
	for _, now := range o.out {
		all = append(all, gap{now, time.Now()})
	}
	var out []trace.Gap
	for _, g := range all {
		if g.until.Sub(g.since) >= least && g.until.After(since) {
			out = append(out, trace.Gap{From: max(0, g.since.Sub(since).Seconds()), To: g.until.Sub(since).Seconds(), Why: g.why})
		}
	}
	slices.SortFunc(out, func(a, b trace.Gap) int { return int(1000 * (a.From - b.From)) })
	return out
}

// Away tells for how long the API server has not answered; 0 = it does.
func (o *Observer) Away() (time.Duration, string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if out, ok := o.out[sourceAPI]; ok {
		return time.Since(out.since), out.why
	}
	return 0, ""
}

// note logs an event; o.mu is held.
func (o *Observer) note(at time.Time, e ledger.Event) { o.log = append(o.log, entry{at: at, event: e}) }

// answers takes down whether a source answers. It is away since it last did: what fails by a time-out has been away for as long.
func (o *Observer) answers(source string, err error) {
	o.mu.Lock()
	now := time.Now()
	out, was := o.out[source]
	since, polled := o.answered[source]
	if !polled {
		since = now
	}
	if err == nil && (source == sourceAPI || source == sourceMetrics) {
		o.answered[source] = now // a watch that works does not say so
	}
	switch {
	case err != nil && !was:
		o.out[source] = outage{since, source + ": " + err.Error()}
	case err == nil && was:
		o.gaps = append(o.gaps, gap{out, now})
		delete(o.out, source)
	}
	o.mu.Unlock()
	if (err != nil) != was {
		o.failed(source, err)
	}
}
