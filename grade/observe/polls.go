package observe

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/grade/ledger"
)

// Sources, by the names that gaps carry.
const (
	sourceAPI        = "API server"
	sourcePods       = "watch of pods"
	sourceNodes      = "watch of nodes"
	sourceDeployment = "watch of the Deployment"
	sourceEvents     = "watch of events"
	sourceMetrics    = "metrics API"
	sourceCloud      = "AWS"
)

const (
	pollEvery  = 500 * time.Millisecond // of the metrics API: metrics-server answers from memory
	cloudEvery = time.Second
	pollWithin = 4 * time.Second

	healthWithin = 2 * time.Second
)

// reading is one pod's figure in the metrics API.
type reading struct {
	cores float64
	stamp time.Time
}

// podMetrics is the part of the metrics API's list that is read.
type podMetrics struct {
	Items []struct {
		Metadata   struct{ Name string }
		Timestamp  metav1.Time
		Containers []struct {
			Usage struct{ CPU resource.Quantity }
		}
	}
}

// pollMetrics asks for the workload's figures. It also tells whether the API server answers at all: a watch of one that hangs
// just stays silent.
func (o *Observer) pollMetrics(ctx context.Context) {
	every(ctx, pollEvery, func() {
		ask, cancel := context.WithTimeout(ctx, pollWithin)
		defer cancel()
		var list podMetrics
		err := o.api.Get(ask, o.subject.path("/apis/metrics.k8s.io/v1beta1", "pods")+"?"+o.subject.pods(), &list)
		if ctx.Err() != nil {
			return
		}
		var refusal apierrors.APIStatus
		switch {
		case err == nil:
			o.answers(sourceAPI, nil)
			o.answers(sourceMetrics, nil)
			o.setUsage(list)
		case errors.As(err, &refusal):
			o.answers(sourceAPI, nil)
			o.answers(sourceMetrics, err)
		case o.healthy(ctx): // what stands behind the API server hangs
			o.answers(sourceAPI, nil)
			o.answers(sourceMetrics, err)
		default:
			o.answers(sourceAPI, err)
		}
	})
}

// healthy asks the API server for nothing but itself.
func (o *Observer) healthy(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	err := o.api.Get(ctx, "/version", &struct{}{})
	var refusal apierrors.APIStatus
	return err == nil || errors.As(err, &refusal)
}

// setUsage logs the sum when a figure is new.
func (o *Observer) setUsage(list podMetrics) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now, fresh, newest, sum := map[string]reading{}, false, time.Time{}, 0.0
	for _, item := range list.Items {
		r := reading{stamp: item.Timestamp.Time}
		for _, c := range item.Containers {
			r.cores += c.Usage.CPU.AsApproximateFloat64()
		}
		fresh = fresh || r != o.usage[item.Metadata.Name]
		if r.stamp.After(newest) {
			newest = r.stamp
		}
		sum += r.cores
		now[item.Metadata.Name] = r
	}
	o.usage = now
	if fresh {
		o.log = append(o.log, entry{time.Now(), newest, ledger.Event{Kind: ledger.Usage, Value: sum}})
	}
}

// Cloud is what AWS tells of the instances of the cluster's node groups.
type Cloud interface {
	// Look gives, by id, whether each instance that is paid for runs; the desired sizes of the groups by name.
	Look(ctx context.Context) (instances map[string]bool, groups map[string]int, err error)
}

// pollCloud asks AWS, where there is someone to ask. Its silence is no gap: Node objects are counted instead.
func (o *Observer) pollCloud(ctx context.Context) {
	if o.cloud == nil {
		return
	}
	silent := false
	every(ctx, cloudEvery, func() {
		ask, cancel := context.WithTimeout(ctx, pollWithin)
		defer cancel()
		instances, groups, err := o.cloud.Look(ask)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != silent {
			silent = err != nil
			o.failed(sourceCloud, err)
		}
		o.setCloud(instances, groups)
	})
}

func (o *Observer) setCloud(instances map[string]bool, groups map[string]int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	for id, runs := range instances {
		if runs && !o.instances[id] {
			o.note(now, ledger.Event{Kind: ledger.Running, Name: id})
		}
	}
	for name, size := range groups {
		if before, known := o.groups[name]; known && size > before {
			o.note(now, ledger.Event{Kind: ledger.Call, Value: float64(size), Name: "poll " + name})
		}
		o.groups[name] = size
	}
	o.instances = instances
}

// every calls do at once and then in a steady beat, until ctx ends.
func every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
