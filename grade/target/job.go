package target

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/load"
	"paddock/grade/workload"
)

// Cluster is what a Job of load is started and read with; kube.Client is one.
type Cluster interface {
	workload.API
	Stream(ctx context.Context, path string) (io.ReadCloser, error)
}

// Job sends requests from pods in the cluster, each a shard, and adds up the tallies that they print every second.
type Job struct {
	API    Cluster
	Image  string   // holds the binary grade as its entry point
	Shards int      // pods
	Args   []string // of `grade load` that say what to send and where: all but --shard and --start
	Rest   []string // the same for the time before a run
	Ahead  time.Duration
	Say    func(format string, args ...any)

	requests // as the pods have told
	jobs     int
}

var _ Driver = (*Job)(nil)

const (
	jobPoll = time.Second
	logTry  = 2 * time.Minute // for a pod to have a log
)

// Lead is the time that pods get to start in.
func (j *Job) Lead() time.Duration { return j.Ahead }

// Drive starts the Job and reads its pods' logs until ctx ends; then it deletes the Job. The curve itself is drawn by the pods
// from their arguments. It fails when a pod does.
func (j *Job) Drive(ctx context.Context, _ Curve, start time.Time, _ float64) error {
	args := j.Args
	if j.jobs++; j.jobs == 1 {
		args = j.Rest
	}
	name := fmt.Sprintf("load-%d", j.jobs)
	args = slices.Concat([]string{"load", "--json", "--shard", "$(SHARD)", "--start", start.UTC().Format(time.RFC3339Nano)}, args)
	if err := j.API.Create(ctx, workload.Jobs, workload.LoadJob(name, j.Image, j.Shards, args)); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := j.API.Delete(last, workload.Jobs+"/"+name); err != nil {
			j.Say("load: %v", err)
		}
	}()
	ctx, stop := context.WithCancel(ctx)
	f := followers{of: map[string]bool{}, failed: make(chan error, 1)}
	defer func() { stop(); f.busy.Wait() }()
	for {
		if err := j.pods(ctx, name, &f); err != nil {
			return err
		}
		if len(f.of) < j.Shards && time.Since(start) > logTry {
			return fmt.Errorf("load: %d of %d pods run %v after their start", len(f.of), j.Shards, logTry)
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-f.failed:
			return err
		case <-time.After(jobPoll):
		}
	}
}

// followers read the logs of a Job's pods, while its Drive lasts.
type followers struct {
	of     map[string]bool // pods
	failed chan error      // has the first failure
	busy   sync.WaitGroup
}

// pods begins to follow those pods of a Job that are not read yet. It fails when one of them did.
func (j *Job) pods(ctx context.Context, name string, f *followers) error {
	var pods struct{ Items []corev1.Pod }
	err := j.API.Get(ctx, workload.Pods+"?labelSelector="+"batch.kubernetes.io%2Fjob-name%3D"+name, &pods)
	if err != nil && ctx.Err() == nil {
		j.Say("load: %v", err)
	}
	for _, p := range pods.Items {
		if p.Status.Phase == corev1.PodFailed {
			return fmt.Errorf("load: pod %s failed: %s; see its log", p.Name, p.Status.Message)
		}
		if p.Status.Phase == corev1.PodPending || f.of[p.Name] {
			continue
		}
		f.of[p.Name] = true
		f.busy.Go(func() {
			if err := j.follow(ctx, p.Name); err != nil && ctx.Err() == nil {
				select {
				case f.failed <- err:
				default:
				}
			}
		})
	}
	return nil
}

// follow adds a pod's tallies as they come. A log that breaks off is taken up again behind what was read.
func (j *Job) follow(ctx context.Context, pod string) error {
	lines := 0
	for try := 0; ; try++ {
		body, err := j.API.Stream(ctx, workload.Pods+"/"+pod+"/log?follow=true")
		if err == nil {
			lines, err = j.read(body, lines)
			body.Close()
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errTally) || try == 5 || ctx.Err() != nil:
			return fmt.Errorf("load: log of %s: %w", pod, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(jobPoll):
		}
	}
}

var errTally = errors.New("not a tally")

// read adds the tallies of a log from a line on, and gives how many lines there were.
func (j *Job) read(log io.Reader, from int) (int, error) {
	scan := bufio.NewScanner(log)
	scan.Buffer(nil, 1<<20)
	n := 0
	for ; scan.Scan(); n++ {
		if n < from {
			continue
		}
		var t load.Tally
		if err := json.Unmarshal(scan.Bytes(), &t); err != nil {
			return n, fmt.Errorf("%w: %q", errTally, scan.Text())
		}
		j.counter.Add(t)
	}
	return max(n, from), scan.Err()
}
