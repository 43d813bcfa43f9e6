// Package run carries out one graded run: it makes the workload, puts a profile's demand on it, and writes down what happens.
package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"paddock/grade/kube"
	"paddock/grade/ledger"
	"paddock/grade/observe"
	"paddock/grade/profile"
	"paddock/grade/target"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

// How long things may take, and how often they are done.
const (
	sampleEvery = time.Second
	sayEvery    = 5 * time.Second
	saveEvery   = 5 * time.Second
	settleMost  = 6 * time.Minute  // until the workload is at rest before a run
	restMost    = 10 * time.Minute // of demand at rest; more than settling and a driver's lead
	settleFor   = 5 * time.Second  // for which it must be
	awayMost    = time.Minute      // without the API server, until a run is given up, unless the rig says otherwise
	gapLeast    = 3 * time.Second  // a source that is away for less is no gap
	removeMost  = 90 * time.Second // to clean up in
)

// Rig is what all runs on one target share.
type Rig struct {
	API     *kube.Client
	Cloud   observe.Cloud                                                   // nil = AWS is not asked
	Calls   func(ctx context.Context, since time.Time) ([]time.Time, error) // exact times of SetDesiredCapacity; nil = none are to be had
	Driver  func(pods target.Pods, run *trace.Run, curve *profile.Profile) target.Driver
	Server  workload.Server
	Target  string            // sandbox or cluster
	Unit    string            // of demand
	PerCore float64           // demand that uses one core
	PodMost float64           // demand that a pod serves within the objective; 0 = all that its limit allows
	Notes   map[string]string // what else was in force
	Bounds  [2]int            // nodes, least and most
	Rest    time.Duration     // for which the workload must be at rest before a run; 0 = 5 s
	Away    time.Duration     // without the API server, until a run is given up; 0 = a minute
	Say     func(format string, args ...any)
}

// Plan is one run to do.
type Plan struct {
	Setting workload.Setting
	Curve   *profile.Profile
	File    string   // where the run is written
	Of      *Service // whose scaling is graded; nil = a workload of grade's own is made

	Until func(trace.Sample) bool // with which sample all has been seen; nil = with the last of the curve
}

// Do carries out a plan and gives what it wrote. An interrupted run is no error: its Partial says why. The workload stays; it
// is Reset's to remove.
func (r *Rig) Do(ctx context.Context, plan Plan) (*trace.Run, error) {
	name := plan.Setting.Name + ", " + plan.Curve.Name + ", seed " + fmt.Sprint(plan.Curve.Seed)
	before, err := Look(ctx, r.API, plan.Of)
	if err != nil {
		return nil, err
	}
	run := r.begin(plan, before)
	held := int32(plan.Setting.HeadroomNodes * before.Fits(plan.Setting.RequestMilli, plan.Setting.RequestMi))
	pods := min(rules(run).Needed(plan.Curve.At(0)), int(plan.Setting.MaxPods))
	subject, beat := observe.Workload, r.beat(ctx, run)
	if plan.Of != nil {
		subject, pods, held = plan.Of.Subject, max(pods, plan.Setting.HPA.MinReplicas), 0
	} else if err := wait(ctx, beat.next(time.Now(), makeAt)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	} else if err := workload.Make(ctx, r.API, plan.Setting, r.Server, int32(pods), held); err != nil {
		return nil, err
	}
	seen, stop := r.watch(ctx, subject)
	defer stop()

	driver := r.Driver(seen, run, plan.Curve)
	// Demand at rest goes on until the run starts, which a driver may have to know some time ahead.
	resting, rested := context.WithCancel(ctx)
	driving := make(chan error, 1)
	go func() { driving <- driver.Drive(resting, rest{plan.Curve}, time.Now(), restMost.Seconds()) }()
	defer rested()
	r.Say("%s: waiting until %d pods are at rest", name, pods)
	if err := r.settle(ctx, seen, driving, plan, pods, int(held)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := wait(ctx, beat.next(time.Now(), startAt)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	run.Started = time.Now().Add(driver.Lead())
	r.Say("%s: starts, %.0f s, demand %.2f to %.2f %s", name, run.Length, plan.Curve.At(0), top(plan.Curve), r.Unit)
	s := session{rig: r, plan: plan, run: run, seen: seen, driver: driver, name: name}
	return run, s.follow(ctx, func() { rested(); <-driving })
}

// watch observes until it is stopped.
func (r *Rig) watch(ctx context.Context, subject observe.Subject) (seen *observe.Observer, stop func()) {
	seen = observe.New(r.API, subject, r.Cloud, func(what string, err error) {
		if err != nil {
			r.Say("%s: %v", what, err)
		} else {
			r.Say("%s: answers again", what)
		}
	})
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); seen.Run(ctx) }()
	return seen, func() { cancel(); <-ended }
}

// begin is the run's record before anything has happened.
func (r *Rig) begin(plan Plan, s Survey) *trace.Run {
	set := plan.Setting
	node := s.Node
	node.MinNodes, node.MaxNodes = r.Bounds[0], r.Bounds[1]
	if node.MaxNodes == 0 { // unknown: what is there is the least
		node.MinNodes = len(s.Instance)
	}
	limit := set.LimitMilli()
	if limit == 0 { // a pod alone on its node
		limit = node.CPUMilli
	}
	most := float64(limit) / 1000 * r.PerCore
	if r.PodMost > 0 {
		most = r.PodMost
	}
	notes := set.Map(s.Fits(set.RequestMilli, set.RequestMi), s.Headroom.Milli, s.Headroom.Mi, s.Headroom.Pods)
	for key, value := range r.Notes {
		notes[key] = value
	}
	return &trace.Run{
		Schema: trace.Schema, Target: r.Target, Setting: set.Name, Settings: notes, Profile: plan.Curve.Name, Seed: plan.Curve.Seed,
		Length: plan.Curve.Length, Unit: r.Unit,
		Workload: trace.Workload{
			PodDemand: set.TargetCores() * r.PerCore, PodLimit: most,
			RequestMilli: set.RequestMilli, LimitMilli: set.LimitMilli(), RequestMi: set.RequestMi,
			TargetPercent: set.HPA.TargetPercent, MinPods: set.HPA.MinReplicas, MaxPods: int(set.MaxPods), Node: node,
		},
	}
}

// tolerance is the HPA's, which EKS does not let anyone change.
const tolerance = 0.1

func rules(run *trace.Run) ledger.Rules {
	w := run.Workload
	return ledger.Rules{PodDemand: w.PodDemand, MinPods: w.MinPods, Tolerance: tolerance,
		Cores: float64(w.RequestMilli) / 1000 * float64(w.TargetPercent) / 100}
}

// rest is a curve that stays at another's beginning.
type rest struct{ target.Curve }

func (r rest) At(float64) float64 { return r.Curve.At(0) }

// settle waits until all pods serve, nothing is pending, the metrics API shows the usage of each, and headroom is held, for a while.
// A service of somebody else's may have more pods than demand at rest takes, as after another run: they have to go first.
func (r *Rig) settle(ctx context.Context, seen *observe.Observer, driving chan error, plan Plan, pods, held int) error {
	ctx, cancel := context.WithTimeout(ctx, settleMost)
	defer cancel()
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	said, since := time.Now(), time.Time{}
	for {
		s := seen.State()
		measured, cores := seen.Measured()
		atRest := s.Ready == s.Desired && s.Ready >= pods && s.Pending == 0 && measured == s.Ready && r.plausible(cores, plan.Curve.At(0)) &&
			(held == 0 || workload.Held(ctx, r.API) >= held) && (plan.Of == nil || s.Ready <= int(float64(pods)*(1+tolerance)))
		switch {
		case !atRest:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= cmp.Or(r.Rest, settleFor):
			return nil
		}
		if time.Since(said) >= 2*sayEvery {
			r.Say("  %d of %d pods ready, %d pending, %d nodes; metrics of %d: %.2f cores", s.Ready, s.Desired, s.Pending, s.Nodes, measured, cores)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not at rest: %d of %d pods ready where demand takes %d, %d pending, metrics of %d: %w",
				s.Ready, s.Desired, pods, s.Pending, measured, ctx.Err())
		case err := <-driving:
			driving <- err // for whoever waits for its end
			return fmt.Errorf("demand: %w", err)
		case <-tick.C:
		}
	}
}

// plausible tells whether measured usage is what demand at rest makes it. Only that of simulated pods is known beforehand.
func (r *Rig) plausible(cores, demand float64) bool {
	return r.Unit != Cores || math.Abs(cores-demand) <= 0.1*demand+0.01
}

func top(c *profile.Profile) float64 {
	high := 0.0
	for t := 0.0; t <= c.Length; t++ {
		high = max(high, c.At(t))
	}
	return high
}

// Targets.
const (
	Sandbox = "sandbox"
	Cluster = "cluster"
)

// Units of demand: what simulated pods are told to burn, and what real ones are asked.
const (
	Cores    = "cores"
	Requests = "requests/s"
)
