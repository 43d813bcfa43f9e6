package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"paddock/grade/ledger"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/scale"
	"paddock/grade/target"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

const scaleLong = `scale raises demand, at once, from what a few pods carry to what very many need, and takes the time until all of them are Ready. The
pods come as they always do: the HPA sees usage, the autoscaler sees pods without room. They ask for little and may use much.

Before, it lets the largest node group grow far enough, by the AWS API, and sets boots and pulls to what flags say, which is no
delay at all. At the end, however it ends, all is put back.

It fails if the first size is not Ready in time. With --grow-until-fails the number doubles until it is late, and what was behind is told.`

// scaleOptions are the flags of scale.
type scaleOptions struct {
	options
	pods, rest int
	within     time.Duration
	grow       bool
}

func scaleCommand() *cobra.Command {
	o := scaleOptions{options: options{resetMost: 10 * time.Minute}}
	cmd := &cobra.Command{Use: "scale", Short: "time a rise to very many pods on the local cloud", Long: scaleLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) }}
	f := cmd.Flags()
	f.StringVar(&o.target, "target", run.Sandbox, "sandbox, the local cloud: the only one")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "file to use instead of $KUBECONFIG or ~/.kube/config")
	f.StringVar(&o.context, "context", "", "context of the kubeconfig (default: its current one)")
	f.IntVar(&o.pods, "pods", 1000, "pods that demand needs at its height")
	f.IntVar(&o.rest, "rest", 0, "pods that demand needs before (default: a tenth, from which an HPA as recommended rises in one step)")
	f.DurationVar(&o.within, "within", 2*time.Minute, "time in which all must be Ready")
	f.BoolVar(&o.grow, "grow-until-fails", false, "double the pods until they are late, or refused")
	f.Int64Var(&o.requestMilli, "request", 10, "CPU request of a pod in millicores")
	f.IntVar(&o.limitPercent, "limit-percent", 10000, "CPU limit of a pod in percent of its request")
	f.DurationVar(&o.boot, "boot-delay", 0, "time from an instance's launch to its node")
	f.DurationVar(&o.pull, "pull-delay", 0, "time from a pod's place on a node to its start")
	f.StringVar(&o.out, "out", "grade-out", "folder for results")
	f.BoolVar(&o.json, "json", false, "print the results as JSON on standard output")
	return cmd
}

func (o *scaleOptions) check() error {
	o.rest = cmp.Or(o.rest, max(2, o.pods/10))
	switch {
	case o.target != run.Sandbox:
		return usage("--target %s: want sandbox: nobody should be billed for this", o.target)
	case o.pods < 10:
		return usage("--pods %d: want 10 or more", o.pods)
	case o.rest < 2 || o.rest >= o.pods:
		return usage("--rest %d: want 2 or more, and fewer than --pods", o.rest)
	case o.within < time.Second:
		return usage("--within %s: want a second or more", o.within)
	case o.requestMilli < 1 || o.limitPercent < 100:
		return usage("--request %d, --limit-percent %d: want 1 or more, 100 or more", o.requestMilli, o.limitPercent)
	}
	return nil
}

// run carries out one size, or with --grow-until-fails one after another. What is there is written and shown, however it ends.
func (o *scaleOptions) run(cmd *cobra.Command) error {
	if err := o.check(); err != nil {
		return err
	}
	b, err := o.bench(cmd.Context(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer b.close()
	b.rig.Driver = func(pods target.Pods, r *trace.Run, _ *profile.Profile) target.Driver {
		return &target.Sandbox{Pods: pods, API: b.rig.API, Limit: r.Workload.PodLimit, Node: float64(r.Workload.Node.CPUMilli) / 1000, Slack: 0.5, Warn: b.rig.Say}
	}
	var results []scale.Result
	for pods := o.pods; ; pods *= 2 {
		var r *scale.Result
		if r, err = o.rise(cmd.Context(), b, pods, o.rest*pods/o.pods); r != nil {
			results = append(results, *r)
		}
		if err != nil || r == nil || !r.Met || !o.grow {
			break
		}
		b.rig.Say("%s", r.Verdict())
	}
	if told := o.tell(cmd.OutOrStdout(), results); err == nil {
		err = told
	}
	switch {
	case err != nil && len(results) > 0:
		return fmt.Errorf("scale: %w: %w", errPartial, err)
	case len(results) == 0:
		return err
	case results[len(results)-1].Partial != "":
		return fmt.Errorf("scale: %s: %w", results[len(results)-1].Verdict(), errPartial)
	case !results[0].Met:
		return fmt.Errorf("scale: %s", results[0].Verdict())
	}
	return nil
}

func (o *scaleOptions) tell(out io.Writer, results []scale.Result) error {
	if len(results) == 0 {
		return nil
	}
	file := filepath.Join(o.out, "scale.json")
	if err := run.Write(file, results); err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(results)
	}
	if err := scale.Text(out, results); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nResults: %s\n", file)
	return err
}

// rise goes from one number of pods to another, and back to the nodes that there were.
func (o *scaleOptions) rise(ctx context.Context, b *bench, pods, rest int) (result *scale.Result, err error) {
	setting, plan, err := o.plan(pods, rest)
	if err != nil {
		return nil, err
	}
	if err := b.reset(ctx); err != nil {
		return nil, err
	}
	most, lower, err := b.raise(ctx, setting, pods)
	if err != nil {
		return nil, err
	}
	defer lower()
	meter := &scale.Meter{}
	if meter.List, err = programs(ctx); err != nil {
		return nil, err
	}
	metering, stop := context.WithCancel(ctx)
	go meter.Run(metering)
	defer stop()
	done, err := b.rig.Do(ctx, plan)
	if done == nil {
		return nil, err
	}
	var events []ledger.Event
	if read := run.Read(run.EventsOf(plan.File), &events); read != nil && err == nil {
		err = read
	}
	edge := plan.Curve.Edges()[0].At
	r := scale.Judge(done, events, edge, pods, o.within.Seconds(), most)
	at := func(seconds float64) time.Time {
		return done.Started.Add(time.Duration(seconds * float64(time.Second)))
	}
	r.Programs, r.Machine = meter.Between(at(edge), at(done.Length))
	if err == nil && r.Partial == "" {
		err = b.reset(ctx)
	}
	return &r, err
}

// room is by how much demand is above what the pods need. It is more than the HPA's tolerance of a tenth, and a seed's 3 % of the
// height: with a pod less than its maximum the HPA wants one more.
const room = 1.2

// plan is the rise, half-way between two scrapes, and what is scaled.
func (o *scaleOptions) plan(pods, rest int) (workload.Setting, run.Plan, error) {
	setting, err := o.setting("paddock")
	if err != nil {
		return setting, run.Plan{}, err
	}
	setting.Name, setting.MaxPods = fmt.Sprintf("scale-%d", pods), int32(pods)
	each := setting.TargetCores()
	curve, err := profile.New("step", 1, profile.Scale{
		Low: float64(rest) * each, High: room * float64(pods) * each, Settle: 7.5, Jitter: -1, Length: 7.5 + 2*o.within.Seconds(),
	})
	if err != nil {
		return setting, run.Plan{}, usageError{err}
	}
	return setting, run.Plan{
		Setting: setting, Curve: curve, File: filepath.Join(o.out, "run-"+setting.Name+"-step-1.json"),
		Until: func(s trace.Sample) bool { return s.Ready >= pods },
	}, nil
}
