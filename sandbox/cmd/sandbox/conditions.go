package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"paddock/sandbox/aws"
)

// weather are the conditions that flags ask for. A flag that is not given leaves what is in force.
type weather struct {
	latency string
	factor  float64
	boot    time.Duration
	pull    time.Duration
	faults  string
	limits  map[string]int

	given *pflag.FlagSet
}

// What these take on EKS: nodes of a fleet whose images are pulled in parallel become Ready 45 s after their launch (kube.fm,
// "Faster EKS Node and Pod Startup", 2026); Kubernetes' own objective gives a pod 5 s (sig-scalability, pod startup latency).
const (
	typicalBoot = 45 * time.Second
	typicalPull = 5 * time.Second
)

// delay is a flag: a duration, or the word typical.
type delay struct {
	to      *time.Duration
	typical time.Duration
}

func (d *delay) Set(text string) error {
	if text == "typical" {
		*d.to = d.typical
		return nil
	}
	to, err := time.ParseDuration(text)
	if err != nil || to < 0 {
		return errors.New("want typical, or a duration of 0s or more, such as 45s")
	}
	*d.to = to
	return nil
}

func (d *delay) String() string {
	if d.to == nil {
		return "0s"
	}
	return d.to.String()
}

func (d *delay) Type() string { return "duration" }

func (w *weather) flags(cmd *cobra.Command) {
	f := pflag.NewFlagSet("conditions", pflag.ContinueOnError)
	f.StringVar(&w.latency, "latency", "none", "how long AWS takes: none, or aws for the medians that were measured there")
	f.Float64Var(&w.factor, "latency-factor", 1, "what these times are multiplied by")
	f.Var(&delay{&w.boot, typicalBoot}, "boot-delay", fmt.Sprintf("time from an instance's launch to its node; typical is %s", typicalBoot))
	f.Var(&delay{&w.pull, typicalPull}, "pull-delay", fmt.Sprintf("time that the image of a new pod takes to be pulled; typical is %s", typicalPull))
	f.StringVar(&w.faults, "faults", "", "file with the faults to come; - is standard input")
	f.StringToIntVar(&w.limits, "limit", nil, "quota of the account, as name=number")
	cmd.Flags().AddFlagSet(f)
	cmd.PreRun = func(*cobra.Command, []string) { w.given = f }
}

// asked tells whether this command has such flags, and any of them was given.
func (w *weather) asked() bool {
	any := false
	if w.given != nil {
		w.given.VisitAll(func(f *pflag.Flag) { any = any || f.Changed })
	}
	return any
}

// over lays the file and then the flags that were given over what is in force.
func (w *weather) over(now aws.Conditions, in io.Reader) (aws.Conditions, error) {
	if w.given.Changed("faults") {
		text, err := readFile(w.faults, in)
		if err != nil {
			return now, err
		}
		file, err := aws.ReadConditions(text)
		if err != nil {
			return now, fmt.Errorf("%s: %w", w.faults, err)
		}
		now = laid(now, file)
	}
	if w.given.Changed("latency") {
		now.Latency, now.LatencyFactor = w.latency, 0 // a factor of an earlier day would surprise
	}
	if w.given.Changed("latency-factor") {
		now.LatencyFactor = w.factor
	}
	if w.given.Changed("boot-delay") {
		now.BootDelay = aws.Duration{Duration: w.boot}
	}
	if w.given.Changed("pull-delay") {
		now.PullDelay = aws.Duration{Duration: w.pull}
	}
	now.Limits = merged(now.Limits, w.limits)
	return now, now.Check()
}

// laid is what is in force after a file: its faults, and what else it names.
func laid(now, file aws.Conditions) aws.Conditions {
	now.Faults, now.Limits = file.Faults, merged(now.Limits, file.Limits)
	if file.Latency != "" {
		now.Latency, now.LatencyFactor = file.Latency, 0
	}
	if file.LatencyFactor != 0 {
		now.LatencyFactor = file.LatencyFactor
	}
	if !file.BootDelay.IsZero() {
		now.BootDelay = file.BootDelay
	}
	if !file.PullDelay.IsZero() {
		now.PullDelay = file.PullDelay
	}
	return now
}

func merged(limits, more map[string]int) map[string]int {
	out := map[string]int{}
	maps.Copy(out, limits)
	maps.Copy(out, more)
	return out
}

func readFile(name string, in io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}

// setWeather tells the cloud what the flags of this command ask for.
func (a *app) setWeather(ctx context.Context) error {
	if !a.weather.asked() {
		return nil
	}
	var now aws.Conditions
	if err := a.client().Call(ctx, http.MethodGet, "/conditions", nil, &now); err != nil {
		return err
	}
	now, err := a.weather.over(now, os.Stdin)
	if err != nil {
		return err
	}
	return a.client().Call(ctx, http.MethodPut, "/conditions", now, nil)
}

func (a *app) conditionsCommand() *cobra.Command {
	var reset bool
	cmd := &cobra.Command{Use: "conditions", Short: "show or change how long things take and what goes wrong", Args: cobra.NoArgs,
		Long: "Show how long things take and what is to go wrong; with flags, change it first. sandbox/README.md describes the file of faults.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reset {
				if err := a.client().Call(cmd.Context(), http.MethodPut, "/conditions", aws.Conditions{}, nil); err != nil {
					return err
				}
			}
			if err := a.setWeather(cmd.Context()); err != nil {
				return err
			}
			var now aws.Conditions
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/conditions", nil, &now); err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), now, func(w io.Writer) {
				lines := inForce(now)
				if len(lines) == 0 {
					lines = []string{"instant and flawless"}
				}
				fmt.Fprintln(w, strings.Join(lines, "\n"))
			})
		}}
	a.weather.flags(cmd)
	cmd.Flags().BoolVar(&reset, "reset", false, "back to instant and flawless")
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

// inForce tells conditions, a line each; none = instant and flawless.
func inForce(c aws.Conditions) []string {
	var out []string
	if c.Latency == "aws" {
		factor := c.LatencyFactor
		if factor == 0 {
			factor = 1
		}
		out = append(out, fmt.Sprintf("latency: aws, times %v", factor))
	}
	if !c.BootDelay.IsZero() {
		out = append(out, "boot delay: "+c.BootDelay.String())
	}
	if !c.PullDelay.IsZero() {
		out = append(out, "pull delay: "+c.PullDelay.String())
	}
	for _, name := range slices.Sorted(maps.Keys(c.Limits)) {
		out = append(out, fmt.Sprintf("limit: %s: %d", name, c.Limits[name]))
	}
	for _, m := range c.Faults {
		times := fmt.Sprintf("%d times", m.Times)
		if m.Times < 0 {
			times = "always"
		}
		what := strings.Join(strings.Fields(m.Fault+" "+m.Action+" "+m.Zone+" "+m.Addon), " ")
		out = append(out, "fault: "+what+", "+times)
	}
	return out
}
