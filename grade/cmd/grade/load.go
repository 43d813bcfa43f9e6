package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/spf13/cobra"

	"paddock/grade/load"
)

func serveCommand() *cobra.Command {
	var address string
	var cpu time.Duration
	cmd := &cobra.Command{Use: "serve", Short: "answer requests, each after burning some CPU time: a workload to be graded", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return load.Serve(cmd.Context(), address, cpu, func(a net.Addr) {
				fmt.Fprintf(cmd.ErrOrStderr(), "serving on %s, %v of CPU a request\n", a, cpu)
			})
		}}
	cmd.Flags().StringVar(&address, "listen", ":8080", "address")
	cmd.Flags().DurationVar(&cpu, "cpu", 10*time.Millisecond, "CPU time of a request")
	return cmd
}

func calibrateCommand() *cobra.Command {
	var c load.Calibration
	var asJSON bool
	cmd := &cobra.Command{Use: "calibrate", Short: "find how many requests a second a service carries within its objective", Args: noArgs,
		Long: "calibrate doubles the rate until the objective is missed, then searches by halves. Point it at a single pod that nothing scales.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.URL == "" {
				return usage("calibrate: --url is missing")
			}
			c.Say = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			rate, err := c.Find(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]float64{"rate": rate})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%.1f requests a second within %v\n", rate, c.Objective)
			return nil
		}}
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "of the service")
	f.DurationVar(&c.Objective, "objective", load.Objective, "latency within which a request must be answered, from its intended time on")
	f.Float64Var(&c.Quantile, "quantile", 0.95, "share of requests for which that must hold")
	f.DurationVar(&c.Each, "each", 8*time.Second, "how long each rate is tried")
	f.Float64Var(&c.First, "first", 4, "rate to begin with")
	f.Float64Var(&c.Most, "most", 20000, "rate at which to give up")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// loadOptions are the flags of load.
type loadOptions struct {
	options
	attack  load.Attack
	profile string
	shard   string
	start   string
	rate    float64
}

func loadCommand() *cobra.Command {
	var o loadOptions
	cmd := &cobra.Command{Use: "load", Short: "send the requests of a profile, or a share of them", Args: noArgs,
		Long: `load sends requests at the moments that a profile gives them, whatever becomes of those before (open loop). Latency counts from
the intended moment. Requests that could not be sent within a second of it are dropped, and counted.

Several machines or pods share a profile by --shard INDEX/OF and a common --start: together they send each request once. With
--json each prints a tally every second; tallies add up.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.send(cmd) }}
	f := cmd.Flags()
	f.StringVar(&o.attack.URL, "url", "", "where to")
	f.StringVar(&o.profile, "profile", "step", "curve of demand")
	f.Int64Var(&o.seed, "seed", 1, "of the curve")
	f.BoolVar(&o.short, "short", false, "the short curve")
	f.Float64Var(&o.low, "low", 0, "requests a second at rest")
	f.Float64Var(&o.high, "high", 0, "requests a second at the height")
	f.Float64Var(&o.rate, "rate", 0, "requests a second, all the time, instead of a profile")
	f.DurationVar(&o.length, "length", 0, "how long (default: the profile's; with --rate a minute)")
	f.StringVar(&o.shard, "shard", "0/1", "share of the requests, as INDEX/OF")
	f.StringVar(&o.start, "start", "", "when the curve starts, as 2006-01-02T15:04:05Z (default: now)")
	f.DurationVar(&o.attack.Objective, "objective", load.Objective, "latency within which a request must be answered")
	f.BoolVar(&o.json, "json", false, "print a tally as JSON every second")
	return cmd
}

// flat is a constant demand.
type flat float64

func (f flat) At(float64) float64 { return float64(f) }

// aim reads the flags into the attack.
func (o *loadOptions) aim() error {
	var err error
	if o.attack.URL == "" {
		return usage("load: --url is missing")
	}
	if o.attack.Shard, err = load.ParseShard(o.shard); err != nil {
		return usageError{err}
	}
	o.attack.Start = time.Now()
	if o.start != "" {
		if o.attack.Start, err = time.Parse(time.RFC3339Nano, o.start); err != nil {
			return usage("load: --start: %w", err)
		}
	}
	if o.rate > 0 {
		o.attack.Curve, o.attack.Length = flat(o.rate), o.length.Seconds()
		if o.length == 0 {
			o.attack.Length = 60
		}
		return nil
	}
	if o.low <= 0 || o.high <= 0 {
		return usage("load: want --rate, or --low and --high")
	}
	curve, err := o.curve(o.profile, o.seed, 1)
	if err == nil {
		o.attack.Curve, o.attack.Length = curve, curve.Length
	}
	return err
}

func (o *loadOptions) send(cmd *cobra.Command) error {
	if err := o.aim(); err != nil {
		return err
	}
	var counter load.Counter
	var total load.Tally
	tell := func() {
		t := counter.Take()
		total.Add(t)
		if o.json && t.Sent > 0 {
			_ = json.NewEncoder(cmd.OutOrStdout()).Encode(t) // who reads it has gone: nothing is left to do for
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan struct{})
	go func() {
		defer close(told)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				tell()
			}
		}
	}()
	o.attack.Run(cmd.Context(), func(out load.Outcome) { counter.Count(out, o.attack.Objective) })
	stop()
	<-told
	tell()
	if !o.json {
		summary(cmd.OutOrStdout(), total, o.attack.Objective)
	}
	if cmd.Context().Err() != nil {
		return fmt.Errorf("interrupted: %w", errPartial)
	}
	return nil
}

func summary(w io.Writer, t load.Tally, objective time.Duration) {
	fmt.Fprintf(w, "%d requests: %d dropped, %d failed, %d later than %v; sent at most %.1f ms late\n", t.Sent, t.Dropped, t.Failed, t.Late,
		objective, 1000*t.Behind)
	for _, q := range []float64{0.5, 0.95, 0.99} {
		if latency, ok := t.Quantile(q); ok {
			fmt.Fprintf(w, "p%.0f %v\n", 100*q, latency.Round(100*time.Microsecond))
		} else {
			fmt.Fprintf(w, "p%.0f never answered\n", 100*q)
		}
	}
}
