package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"paddock/grade/run"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

func runCommand() *cobra.Command {
	var o options
	var name, as string
	cmd := &cobra.Command{Use: "run", Short: "drive demand against a cluster and grade its answer", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			setting, err := o.setting(name)
			if err != nil {
				return err
			}
			if as != "" {
				setting.Name = as
			}
			return o.runAll(cmd, []workload.Setting{setting})
		}}
	o.flags(cmd)
	cmd.Flags().StringVar(&name, "setting", "paddock", "how the workload scales: paddock, kubernetes (or defaults), headroom, no-headroom")
	cmd.Flags().StringVar(&as, "name", "", "name to record the setting under, to tell apart what was changed outside of grade (default: the setting's)")
	return cmd
}

func compareCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{Use: "compare A B", Short: "grade two settings in turn on the same cluster, with the same demand",
		Long: `compare runs every profile and seed once under each of two settings, one right after the other, and sets the results side by side.

Settings: paddock (recommended HPA), kubernetes (the HPA's defaults), headroom and no-headroom (recommended HPA, with and without
a node's worth of room held in reserve). What belongs to the platform, such as flags of the autoscaler, grade does not change: run
it before and after the change with --name, then ` + "`grade report`" + ` both folders.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("compare: want two settings, got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var settings []workload.Setting
			for _, name := range args {
				s, err := o.setting(name)
				if err != nil {
					return err
				}
				if len(settings) == 1 && settings[0].Name == s.Name {
					return usage("compare: %s with itself", s.Name)
				}
				settings = append(settings, s)
			}
			return o.runAll(cmd, settings)
		}}
	o.flags(cmd)
	return cmd
}

func cleanCommand() *cobra.Command {
	var o options
	cmd := &cobra.Command{Use: "clean", Short: "remove what a killed run left in the cluster", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, err := o.api()
			if err != nil {
				return err
			}
			there, err := workload.Remove(cmd.Context(), api)
			if err == nil && !there {
				fmt.Fprintln(cmd.ErrOrStderr(), "nothing was left")
			}
			return err
		}}
	cmd.Flags().StringVar(&o.kubeconfig, "kubeconfig", "", "file to use instead of $KUBECONFIG or ~/.kube/config")
	cmd.Flags().StringVar(&o.context, "context", "", "context of the kubeconfig (default: its current one)")
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s: unexpected %q", cmd.Name(), args)
	}
	return nil
}

// runAll carries out what is planned, in turn. What ends it early ends it at once; what has been written is reported either way.
func (o *options) runAll(cmd *cobra.Command, settings []workload.Setting) error {
	if err := o.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	bench, err := o.bench(ctx, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer bench.close()
	if bench.of != nil {
		if len(settings) != 1 {
			return usage("compare: the HPA of a service that is there already is not changed: use `grade run --name` and `grade report`")
		}
		as := settings[0].Name
		settings[0] = bench.of.Setting
		if as != "paddock" {
			settings[0].Name = as
		}
	}
	var runs []*trace.Run
	var plans []run.Plan
	if err = o.ready(ctx, bench, settings[0]); err == nil { // which finds out what a pod carries: demand follows from it
		plans, err = o.plans(bench, settings)
	}
	for len(plans) > 0 && err == nil {
		var done *trace.Run
		if done, err = o.one(ctx, bench, plans[0]); done != nil {
			runs, plans = append(runs, done), plans[1:]
		}
	}
	if ctx.Err() != nil && !errors.Is(err, errPartial) {
		err = fmt.Errorf("interrupted: %w", err)
	}
	runs, err = rest(runs, plans, o.target, err)
	return errors.Join(err, conclude(cmd.OutOrStdout(), cmd.ErrOrStderr(), o.out, runs, o.json))
}

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

// rest writes down the runs that were planned and not done, if there are others: without them, what is there would pass for the
// whole.
func rest(runs []*trace.Run, left []run.Plan, target string, why error) ([]*trace.Run, error) {
	if len(runs) == 0 || len(left) == 0 {
		return runs, why
	}
	for _, plan := range left {
		r := &trace.Run{Schema: trace.Schema, Target: target, Setting: plan.Setting.Name, Profile: plan.Curve.Name, Seed: plan.Curve.Seed,
			Length: plan.Curve.Length, Partial: fmt.Sprintf("seed %d was not run: %v", plan.Curve.Seed, why)}
		if err := run.Write(plan.File, r); err != nil {
			return runs, errors.Join(why, err)
		}
		runs = append(runs, r)
	}
	if !errors.Is(why, errPartial) {
		why = fmt.Errorf("%w: %w", errPartial, why)
	}
	return runs, why
}

// one carries out one run and goes back to where it began.
func (o *options) one(ctx context.Context, b *bench, plan run.Plan) (*trace.Run, error) {
	done, err := b.rig.Do(ctx, plan)
	if done != nil && done.Partial != "" {
		err = fmt.Errorf("%s: %w", done.Partial, errPartial)
	}
	if err != nil {
		return done, err
	}
	return done, b.reset(ctx)
}
