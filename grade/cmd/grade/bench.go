package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"paddock/grade/cloud"
	"paddock/grade/kube"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/target"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

// bench is a target that is ready for runs.
type bench struct {
	rig    run.Rig
	groups *cloud.Groups // nil = AWS does not answer
	shrink run.Shrinker  // nil = the autoscaler is waited for
	base   int           // nodes to go back to
	most   time.Duration
	of     *run.Service                // of somebody else's, that is graded; nil = grade makes a workload
	undo   func(context.Context) error // puts back the conditions of the local cloud; nil = they were not changed
}

func (o *options) api() (*kube.Client, error) { return kube.FromKubeconfig(o.kubeconfig, o.context) }

// How long the end may take that comes after Ctrl-C.
const (
	cleanMost   = 90 * time.Second
	restoreMost = 10 * time.Second
)

// bench finds the target and looks at it.
func (o *options) bench(ctx context.Context, errs io.Writer) (*bench, error) {
	say := func(format string, args ...any) {
		fmt.Fprintf(errs, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
	}
	api, err := o.api()
	if err != nil {
		return nil, err
	}
	survey, err := run.Look(ctx, api, nil)
	if err != nil {
		return nil, err
	}
	b := &bench{base: len(survey.Instance), most: o.resetMost}
	b.rig = run.Rig{API: api, Target: o.target, Unit: run.Cores, PerCore: 1, Say: say}
	b.rig.Driver = func(pods target.Pods, r *trace.Run, _ *profile.Profile) target.Driver {
		return &target.Sandbox{Pods: pods, API: api, Limit: r.Workload.PodLimit, Node: float64(r.Workload.Node.CPUMilli) / 1000, Warn: say}
	}
	if err := b.findCloud(ctx, o.target, survey); err != nil {
		if o.target == run.Sandbox {
			return nil, fmt.Errorf("%w; run `. .sandbox/env` first", err)
		}
		say("%v: nodes are counted by their Node objects, and the stages of instances are left out", err)
	}
	if o.target == run.Sandbox {
		b.rig.Calls = audit
	}
	if err := b.force(ctx, o); err != nil {
		return nil, err
	}
	if o.real.service != "" {
		if err := o.find(ctx, b); err != nil {
			b.restore()
			return nil, err
		}
	}
	return b, nil
}

// ready resets the target and, where demand is requests, finds out how many of them a pod carries.
func (o *options) ready(ctx context.Context, b *bench, s workload.Setting) error {
	if err := b.reset(ctx); err != nil {
		return err
	}
	if b.of != nil {
		return o.gauge(ctx, b)
	}
	if o.target == run.Sandbox {
		return nil
	}
	return o.real.aim(ctx, o, &b.rig, s)
}

func (b *bench) findCloud(ctx context.Context, of string, survey run.Survey) error {
	ask, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	var ids []string
	for _, id := range survey.Instance {
		ids = append(ids, id)
	}
	groups, err := cloud.Find(ask, ids)
	if err != nil {
		return err
	}
	if b.rig.Bounds[0], b.rig.Bounds[1], err = groups.Bounds(ask); err != nil {
		return err
	}
	b.groups, b.rig.Cloud = groups, groups
	if of == run.Sandbox {
		b.shrink = groups
	}
	return nil
}

// reset goes back to where the first run began.
func (b *bench) reset(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.most)
	defer cancel()
	return run.Reset(ctx, b.rig.API, b.shrink, b.base, b.rig.Say)
}

// force sets the conditions of the local cloud that flags ask for, and takes down all that are in force. Where it fails, they are
// as they were.
func (b *bench) force(ctx context.Context, o *options) (err error) {
	if o.target == run.Sandbox && (o.boot >= 0 || o.pull >= 0) {
		if b.undo, err = conditions(ctx, o.boot, o.pull); err != nil {
			b.restore()
			return err
		}
	}
	if b.rig.Notes, err = o.inForce(ctx, b.rig.API); err != nil {
		b.restore()
	}
	return err
}

// close puts conditions back and removes the workload, whatever has become of the command's context.
func (b *bench) close() {
	b.restore()
	ctx, cancel := context.WithTimeout(context.Background(), cleanMost)
	defer cancel()
	if _, err := workload.Remove(ctx, b.rig.API); err != nil {
		b.rig.Say("%v; remove it with `grade clean`", err)
	}
}

// restore puts the conditions of the local cloud back, where they were changed. It has time of its own: a namespace that will not
// go must not leave every later boot slow.
func (b *bench) restore() {
	if b.undo == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), restoreMost)
	defer cancel()
	if err := b.undo(ctx); err != nil {
		b.rig.Say("%v; `sandbox conditions` shows and sets the delays", err)
	}
}
