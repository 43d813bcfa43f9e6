package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"paddock/grade/run"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

const runLong = `run makes a workload of its own, puts the demand of every profile and seed on it, and grades how pods and nodes follow.

With --service it grades a Deployment that is there already, with the HPA that scales it, and changes nothing of them:

  grade run --service frontend/frontend --path '/work?ms=20' --profile step --short

Requests go to the service's Ingress: on the local cloud through its front door; a service that is not exposed is asked there through the
proxy that pods have, in the name of one that may call it. What one pod carries and what a request costs is found out first, at one
of its pods, unless --capacity and --pod-demand say it. The HPA sees that, too: the run begins when its pods have gone again.

The local cloud enforces no CPU limit, and the sender shares the machine with the service: demand is kept to what half of its cores serve.`

func runCommand() *cobra.Command {
	var o options
	var name, as string
	cmd := &cobra.Command{Use: "run", Short: "drive demand against a cluster and grade its answer", Long: runLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			setting, err := o.setting(name)
			if err != nil {
				return err
			}
			if strings.ContainsAny(as, `/\*?[`) {
				return usage("--name %s: want a name that can be part of a file's", as)
			}
			setting.Name = cmp.Or(as, setting.Name)
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
				settings = append(settings, s)
			}
			if a, b := settings[0], settings[1]; a.Same(b) {
				return usage("compare: %s and %s are the same", args[0], args[1])
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
			return usage("compare: the HPA of a service that is there already is not changed: use `grade run --service` with --name, and `grade report`")
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
	o.old(bench, plans)
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
