package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"paddock/grade/run"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

// plans are the runs to do: each profile and seed under each setting right after the other, so that what changes over time meets
// all alike.
func (o *options) plans(b *bench, settings []workload.Setting) ([]run.Plan, error) {
	var out []run.Plan
	for seed := o.seed; seed < o.seed+int64(o.seeds); seed++ {
		for again := range o.repeat {
			for _, name := range o.profiles {
				curve, err := o.curve(name, seed, b.rig.PerCore)
				if err != nil {
					return nil, err
				}
				for _, setting := range settings {
					file := fmt.Sprintf("run-%s-%s-%d.json", setting.Name, name, seed)
					if again > 0 {
						file = fmt.Sprintf("run-%s-%s-%d.%d.json", setting.Name, name, seed, again+1)
					}
					out = append(out, run.Plan{Setting: setting, Curve: curve, File: filepath.Join(o.out, file), Of: b.of})
				}
			}
		}
	}
	return out, nil
}

// old tells of runs in the folder that these will not replace.
func (o *options) old(b *bench, plans []run.Plan) {
	files, _ := filepath.Glob(filepath.Join(o.out, "run-*.json"))
	files = slices.DeleteFunc(files, func(file string) bool {
		return slices.ContainsFunc(plans, func(p run.Plan) bool { return filepath.Clean(p.File) == filepath.Clean(file) })
	})
	if len(files) > 0 {
		b.rig.Say("%s holds runs of before, %d, such as %s: `grade report` counts them, too", o.out, len(files), filepath.Base(files[0]))
	}
}

// rest writes down the runs that were planned and not done, if there are others: without them, what is there would pass for the
// whole. A file that is there already, of an earlier time, is left alone.
func rest(runs []*trace.Run, left []run.Plan, target string, why error) ([]*trace.Run, error) {
	if len(runs) == 0 || len(left) == 0 {
		return runs, why
	}
	for _, plan := range left {
		r := &trace.Run{Schema: trace.Schema, Target: target, Setting: plan.Setting.Name, Profile: plan.Curve.Name, Seed: plan.Curve.Seed,
			Length: plan.Curve.Length, Partial: fmt.Sprintf("seed %d was not run: %v", plan.Curve.Seed, why)}
		runs = append(runs, r)
		if _, err := os.Stat(plan.File); err == nil {
			continue
		}
		if err := run.Write(plan.File, r); err != nil {
			return runs, errors.Join(why, err)
		}
	}
	if !errors.Is(why, errPartial) {
		why = fmt.Errorf("%w: %w", errPartial, why)
	}
	return runs, why
}
