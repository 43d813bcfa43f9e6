package main

import (
	"context"
	"fmt"
	"time"

	"paddock/grade/load"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/target"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

// realLoad is load of requests, on a cluster or a service of the local cloud.
type realLoad struct {
	image     string
	service   string  // of somebody else's, NAMESPACE/NAME; "" = a workload of grade's own
	url       string  // of it; "" = is found
	path      string  // of the requests to it
	demand    float64 // that a pod of it serves at the HPA's target; 0 = is measured
	pod       float64 // the same, known; 0 = a workload of grade's own
	low, high float64 // demand on it where --low and --high are not said
	cpu       time.Duration
	objective time.Duration
	capacity  float64
	shards    int
}

const (
	port    = 8080
	ahead   = 45 * time.Second // for pods that send to start in
	restFor = 20 * time.Minute // at most, of requests before a run
)

func (r realLoad) server() workload.Server {
	return workload.Server{Image: r.image, Port: port, Ready: load.Health,
		Args: []string{"serve", "--listen", fmt.Sprintf(":%d", port), "--cpu", r.cpu.String()}}
}

func (r realLoad) own() string {
	return fmt.Sprintf("http://%s.%s.svc:%d/", workload.App, workload.Namespace, port)
}

// aim points the rig at a server of the cluster. A request burns a known time of CPU, so that demand at the HPA's target follows;
// what a pod serves within the objective is less than what its limit allows, and is found out by trying.
func (r realLoad) aim(ctx context.Context, o *options, rig *run.Rig, s workload.Setting) error {
	rig.Unit, rig.Server = run.Requests, r.server()
	rig.PerCore = float64(time.Second) / float64(r.cpu)
	rig.Notes["objective"], rig.Notes["request.cpu"] = r.objective.String(), r.cpu.String()
	rig.PodMost = r.capacity
	if rig.PodMost == 0 {
		rig.Say("calibrate: how many requests a second does one pod carry within %v?", r.objective)
		var err error
		if rig.PodMost, err = run.Calibrate(ctx, rig.API, s, rig.Server, []string{"--url", r.own(), "--objective", r.objective.String()}); err != nil {
			return err
		}
		rig.Say("calibrate: %.1f requests a second", rig.PodMost)
	}
	rig.Driver = func(_ target.Pods, t *trace.Run, curve *profile.Profile) target.Driver {
		common := []string{"--url", r.own(), "--objective", r.objective.String()}
		return &target.Job{API: rig.API, Image: r.image, Shards: r.shards, Ahead: ahead, Say: rig.Say,
			Rest: append([]string{"--rate", fmt.Sprint(curve.At(0)), "--length", restFor.String()}, common...),
			Args: append(o.drawn(t, rig.PerCore), common...)}
	}
	return nil
}

// drawn are the flags from which `grade load` draws a run's curve again.
func (o *options) drawn(r *trace.Run, perCore float64) []string {
	low, high := o.span(perCore)
	args := []string{"--profile", r.Profile, "--seed", fmt.Sprint(r.Seed), "--low", fmt.Sprint(low), "--high", fmt.Sprint(high)}
	if o.short {
		args = append(args, "--short")
	}
	if o.length > 0 {
		args = append(args, "--length", o.length.String())
	}
	return args
}
