package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/components/scaling"
	"paddock/grade/load"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/workload"
)

// options are what run and compare have in common.
type options struct {
	target, kubeconfig, context string
	names                       string   // of profiles, as given
	profiles                    []string // the same, read
	seed                        int64
	seeds, repeat               int
	out                         string
	json, short                 bool
	low, high                   float64
	length                      time.Duration
	headroom                    int
	requestMilli                int64
	maxPods                     int32
	limitPercent                int
	notes                       map[string]string
	real                        realLoad
	boot, pull                  time.Duration
	resetMost                   time.Duration
}

func (o *options) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.target, "target", run.Sandbox, "sandbox: the local cloud, demand in cores (with --service in requests a second); cluster: real load over HTTP")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "file to use instead of $KUBECONFIG or ~/.kube/config")
	f.StringVar(&o.context, "context", "", "context of the kubeconfig (default: its current one)")
	f.StringVar(&o.names, "profile", strings.Join(profile.Names(), ","), "curves of demand, with commas between them")
	f.Int64Var(&o.seed, "seed", 1, "the first seed: it moves edges within a period of the loops that answer them")
	f.IntVar(&o.seeds, "seeds", 1, "how many seeds, each a run of every profile")
	f.IntVar(&o.repeat, "repeat", 1, "how many times each seed runs: the spread of their figures says how far these can be trusted")
	f.StringVar(&o.out, "out", "grade-out", "folder for results")
	f.BoolVar(&o.json, "json", false, "print the result as JSON on standard output")
	f.BoolVar(&o.short, "short", false, "short curves, for a quick look")
	f.Float64Var(&o.low, "low", 0, "demand at rest (default: what 4 pods serve at the HPA's target; of a service, nine tenths of what its fewest do)")
	f.Float64Var(&o.high, "high", 0, "demand at its height (default: what 20 pods serve; of a service, what its most do, on the local cloud with half of its cores)")
	f.DurationVar(&o.length, "length", 0, "of each run (default: the profile's)")
	f.IntVar(&o.headroom, "headroom-nodes", -1, "nodes' worth of room that grade holds in reserve during a run (default: the setting's)")
	f.Int32Var(&o.maxPods, "max-pods", 0, "pods that the HPA may want at most (default: the setting's)")
	f.Int64Var(&o.requestMilli, "request", 0, "CPU request of a pod in millicores (default: the setting's)")
	f.IntVar(&o.limitPercent, "limit-percent", 0, "CPU limit of a pod in percent of its request (default: the setting's)")
	f.StringVar(&o.real.image, "image", "", "cluster: image with grade as its entry point, for the server and for the pods that send")
	f.StringVar(&o.real.service, "service", "", "NAMESPACE/NAME of a Deployment that is there already, with its HPA; requests come from this machine")
	f.StringVar(&o.real.path, "path", "", "of the requests to --service, with their query: what stands for its work, such as '/work?ms=20'")
	f.StringVar(&o.real.url, "url", "", "where --service is reached (default: its Ingress; on the local cloud the front door, or the proxy that pods have)")
	f.Float64Var(&o.real.demand, "pod-demand", 0, "requests a second at which a pod of --service is at the HPA's target (default: by what a request is measured to cost)")
	f.DurationVar(&o.real.cpu, "request-cpu", 10*time.Millisecond, "cluster: CPU time that a request burns")
	f.DurationVar(&o.real.objective, "objective", load.Objective, "latency within which a request must be answered")
	f.Float64Var(&o.real.capacity, "capacity", 0, "requests a second that one pod carries (default: found out first)")
	f.IntVar(&o.real.shards, "shards", 2, "cluster: pods that send")
	f.DurationVar(&o.boot, "boot-delay", -1, "sandbox: time from an instance's launch to its node, during the runs (default: as it is)")
	f.DurationVar(&o.pull, "pull-delay", -1, "sandbox: time from a pod's place on a node to its start, during the runs (default: as it is)")
	f.StringToStringVar(&o.notes, "note", nil, "key=value to record of what is in force, such as node.boot=45s")
	f.DurationVar(&o.resetMost, "reset-within", 30*time.Minute, "how long the autoscaler may take between runs to remove what a run added")
}

// check refuses what flags say wrongly.
func (o *options) check() error {
	if o.target != run.Sandbox && o.target != run.Cluster {
		return usage("--target %s: want sandbox or cluster", o.target)
	}
	if o.target == run.Cluster && o.real.image == "" && o.real.service == "" {
		return usage("--target cluster: want --image, or --service NAMESPACE/NAME")
	}
	if o.real.service == "" && (o.real.url != "" || o.real.path != "") {
		return usage("--url, --path: want --service NAMESPACE/NAME with them")
	}
	if err := o.checkService(); err != nil {
		return err
	}
	if o.real.cpu <= 0 || o.real.objective <= 0 || o.real.shards < 1 {
		return usage("--request-cpu, --objective, --shards: want more than 0")
	}
	if o.limitPercent != 0 && o.limitPercent < 100 {
		return usage("--limit-percent %d: want 100 or more", o.limitPercent)
	}
	if o.seeds < 1 || o.repeat < 1 {
		return usage("--seeds %d, --repeat %d: want 1 or more", o.seeds, o.repeat)
	}
	o.profiles = strings.Split(o.names, ",")
	for _, name := range o.profiles {
		if _, err := profile.New(name, 1, profile.Scale{}); err != nil {
			return usage("--profile: %w", err)
		}
	}
	return nil
}

// setting is the named one with what flags change of it.
func (o *options) setting(name string) (workload.Setting, error) {
	s, err := workload.Named(name)
	if err != nil {
		return s, usageError{err}
	}
	if o.headroom >= 0 {
		s.HeadroomNodes = o.headroom
	}
	if o.maxPods > 0 {
		s.MaxPods = o.maxPods
	}
	if o.requestMilli > 0 {
		s.RequestMilli = o.requestMilli
	}
	if o.limitPercent > 0 {
		s.HPA.LimitToRequest = float64(o.limitPercent) / 100
	}
	return s, nil
}

// How many pods demand needs at rest and at its height at the recommended target, unless --low and --high say otherwise.
const (
	lowPods  = 4
	highPods = 20
)

// span is the demand at rest and at its height. It does not depend on the setting: what is compared must meet the same. perCore
// is the demand that uses a core.
func (o *options) span(perCore float64) (low, high float64) {
	pod := workload.Setting{HPA: scaling.Recommended(), RequestMilli: cmp.Or(o.requestMilli, workload.RequestMilli)}
	if o.real.pod > 0 {
		return cmp.Or(o.low, o.real.low), cmp.Or(o.high, o.real.high)
	}
	each := pod.TargetCores() * perCore
	return cmp.Or(o.low, lowPods*each), cmp.Or(o.high, highPods*each)
}

// curve draws a profile.
func (o *options) curve(name string, seed int64, perCore float64) (*profile.Profile, error) {
	scale := profile.Full(name)
	if o.short {
		scale = profile.Short(name)
	}
	if o.length > 0 {
		scale = profile.Scale{Length: o.length.Seconds()}
	}
	c, err := profile.New(name, seed, scale.Between(o.span(perCore)))
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}
