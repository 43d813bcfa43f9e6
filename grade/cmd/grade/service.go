package main

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/target"
	"paddock/grade/trace"
)

// The demand on a service, unless --low and --high say otherwise: what its fewest pods serve at the HPA's target, less a little, so
// that noise does not add one, and what its most pods do. A seed may add 3 %.
const (
	restShare = 0.9
	topShare  = 0.95
)

// On the local cloud, requests may use up that share of the machine's cores: the control plane and whatever else runs have the rest.
// Of each request, wayCPU is what the sender and the front door take, in core-seconds: measured at 20 a second.
const (
	share  = 0.5
	wayCPU = 0.002
)

// checkService refuses what the flags of a service say wrongly.
func (o *options) checkService() error {
	r := &o.real
	if r.service == "" {
		return nil
	}
	namespace, name, two := strings.Cut(r.service, "/")
	if !two || namespace == "" || name == "" || strings.Contains(name, "/") {
		return usage("--service %s: want NAMESPACE/NAME", r.service)
	}
	if r.image != "" {
		return usage("--service, --image: want one of them: that of somebody else's, or grade's own")
	}
	if r.url != "" && r.path == "" {
		u, err := url.Parse(r.url)
		if err != nil || u.Host == "" {
			return usage("--url %s: want an address such as https://shop.example.com/search?q=x", r.url)
		}
		r.path = u.RequestURI()
	}
	if !strings.HasPrefix(r.path, "/") {
		return usage("--path %q: want the path, and the query, that stands for the work of %s, such as '/work?ms=20'", r.path, r.service)
	}
	return nil
}

// find reads the service and its HPA, and finds the way there.
func (o *options) find(ctx context.Context, b *bench) error {
	r := &o.real
	namespace, name, _ := strings.Cut(r.service, "/")
	found, err := run.Find(ctx, b.rig.API, namespace, name)
	if err != nil {
		return err
	}
	found.Setting.Name = name
	to, err := o.way(ctx, b, found)
	if err != nil {
		return err
	}
	if err := to.way.Ask(ctx, to.url); err != nil {
		return fmt.Errorf("service %s: %s: %w", found, to.said, err)
	}
	b.rig.Say("service %s: %s; HPA of %d to %d pods at %d %% of %dm", found, to.said, found.Setting.HPA.MinReplicas,
		found.Setting.MaxPods, found.Setting.HPA.TargetPercent, found.Setting.RequestMilli)
	b.of, b.rig.Unit = found, run.Requests
	b.rig.Notes["objective"], b.rig.Notes["service"], b.rig.Notes["way"] = r.objective.String(), found.String(), to.said
	b.rig.Driver = func(target.Pods, *trace.Run, *profile.Profile) target.Driver {
		return &target.HTTP{URL: to.url, Way: to.way, Objective: r.objective}
	}
	return nil
}

// gauge finds out what a pod of the service carries, and what it serves at the HPA's target; demand follows from it.
func (o *options) gauge(ctx context.Context, b *bench) error {
	r, set := &o.real, b.of.Setting
	g := run.Gauge{API: b.rig.API, Path: r.path, Objective: r.objective, Rate: r.capacity, Say: b.rig.Say}
	if r.demand > 0 {
		g.CPU = set.TargetCores() / r.demand
	}
	if err := g.Take(ctx, b.of); err != nil {
		return err
	}
	r.pod = set.TargetCores() / g.CPU
	b.rig.PerCore, b.rig.PodMost = 1/g.CPU, g.Rate
	if g.Rate < r.pod {
		b.rig.Say("a pod carries %.1f requests/s within %v, fewer than the %.1f at which it is at its target: the HPA comes too late for that",
			g.Rate, r.objective, r.pod)
	}
	b.rig.Notes["request.cpu"] = fmt.Sprintf("%.1fms", 1000*g.CPU)
	r.low, r.high = restShare*float64(set.HPA.MinReplicas)*r.pod, topShare*float64(set.MaxPods)*r.pod
	if o.target != run.Sandbox {
		return nil
	}
	most := share * float64(runtime.NumCPU()) / (g.CPU + wayCPU)
	b.rig.Notes["cpu.limit"] = "not enforced"
	b.rig.Say("the local cloud enforces no CPU limit, and the sender shares its %d cores: more than %.0f requests/s would grade the machine",
		runtime.NumCPU(), most)
	switch r.high = min(r.high, most); {
	case o.high > most:
		b.rig.Say("--high %g is more than that", o.high)
	case r.low >= r.high && (o.low == 0 || o.high == 0):
		return usage("--low, --high: want them said for %s: what its %d pods serve at their target, %.1f requests/s, is all that this machine has to spare",
			b.of, set.HPA.MinReplicas, r.low/restShare)
	}
	return nil
}
