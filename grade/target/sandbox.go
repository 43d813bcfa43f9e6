package target

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"paddock/grade/workload"
)

// usage is the annotation from which KWOK takes a pod's CPU.
const usage = "kwok.x-k8s.io/usage-cpu"

const (
	driveEvery  = time.Second // between two looks at the curve; a change of the ready pods is answered at once
	patchWithin = 5 * time.Second
	slackFor    = 2 * time.Second // after the last change of the ready pods
	patchers    = 24              // requests under way: at 5 ms each some thousand pods a second
)

// Pods is who knows which pods serve.
type Pods interface {
	Ready() map[string]string // name to node
	Changed() <-chan struct{}
}

// Patcher changes objects; kube.Client is one.
type Patcher interface {
	Merge(ctx context.Context, path string, in any) error
}

// Sandbox shares demand, in cores, equally among the ready pods, as a Service does. A pod uses its share up to its limit, and up
// to its part of its node's CPU. What is over is not served.
type Sandbox struct {
	Pods  Pods
	API   Patcher
	Limit float64                          // cores that a pod may use
	Node  float64                          // cores of a node that the workload's pods there share; 0 = no bound
	Slack float64                          // part of what a pod was told by which it may be off while pods come and go; 0 = none
	Warn  func(format string, args ...any) // nil = silent

	mu             sync.Mutex
	curve          Curve
	start, counted time.Time
	most           []float64 // cores that each of the serving pods can use
	sent, violated float64

	// Of Drive's goroutine alone.
	told   map[string]int64  // millicores, by pod
	before map[string]string // the pods that were ready at the last look
	since  time.Time         // for which they are the same
}

var _ Driver = (*Sandbox)(nil)

// Drive keeps the annotations in line with demand. An API that does not answer is asked again.
func (s *Sandbox) Drive(ctx context.Context, curve Curve, start time.Time, _ float64) error {
	s.mu.Lock()
	s.curve, s.start, s.counted = curve, start, time.Now()
	s.mu.Unlock()
	if s.told == nil {
		s.told = map[string]int64{}
	}
	tick := time.NewTicker(driveEvery)
	defer tick.Stop()
	warned := false
	for {
		if err := s.share(ctx, curve.At(time.Since(start).Seconds())); err != nil && ctx.Err() == nil {
			if s.Warn != nil && !warned {
				s.Warn("demand: %v", err)
			}
			warned = true
		} else {
			warned = false
		}
		var edge <-chan time.Time
		if at, ok := nextEdge(curve, time.Since(start).Seconds()); ok {
			edge = time.After(time.Until(start.Add(time.Duration(at * float64(time.Second)))))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-edge:
		case <-s.Pods.Changed():
		}
	}
}

// nextEdge is the next sudden change within a tick, where the curve has such.
func nextEdge(curve Curve, now float64) (float64, bool) {
	for step := 0.05; step <= driveEvery.Seconds(); step += 0.05 {
		before, after := curve.At(now+step-0.05), curve.At(now+step)
		if math.Abs(after-before) > 0.2*math.Max(before, after) {
			return now + step, true
		}
	}
	return 0, false
}

// share tells every ready pod what it burns. With slack, a thousand pods that come one by one are not all told anew by each.
func (s *Sandbox) share(ctx context.Context, demand float64) error {
	ready := s.Pods.Ready()
	most := s.bounds(ready)
	s.count(slices.Collect(maps.Values(most)))
	slack := s.Slack
	if !maps.Equal(ready, s.before) {
		s.before, s.since = ready, time.Now()
	} else if time.Since(s.since) >= slackFor {
		slack = 0
	}
	todo, there := map[string]int64{}, make(map[string]int64, len(ready))
	for name := range ready {
		milli := int64(math.Round(1000 * math.Min(most[name], demand/float64(len(ready)))))
		before, known := s.told[name]
		if known {
			there[name] = before
		}
		if !known || math.Abs(float64(milli-before)) > slack*float64(before) {
			todo[name] = milli
		}
	}
	s.told = there
	return s.patch(ctx, todo)
}

// bounds is what each pod can use.
func (s *Sandbox) bounds(ready map[string]string) map[string]float64 {
	on := map[string]int{}
	for _, node := range ready {
		on[node]++
	}
	out := make(map[string]float64, len(ready))
	for name, node := range ready {
		out[name] = s.Limit
		if s.Node > 0 {
			out[name] = math.Min(s.Limit, s.Node/float64(on[node]))
		}
	}
	return out
}

func (s *Sandbox) patch(ctx context.Context, todo map[string]int64) error {
	ctx, cancel := context.WithTimeout(ctx, patchWithin)
	defer cancel()
	var mu sync.Mutex
	var first error
	var wg sync.WaitGroup
	slots := make(chan struct{}, patchers)
	for name, milli := range todo {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			body := map[string]any{"metadata": map[string]any{"annotations": map[string]string{usage: strconv.FormatInt(milli, 10) + "m"}}}
			err := s.API.Merge(ctx, workload.Pods+"/"+name, body)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				s.told[name] = milli
			} else if !apierrors.IsNotFound(err) && first == nil {
				first = fmt.Errorf("pod %s: %w", name, err)
			}
		})
	}
	wg.Wait()
	return first
}

// count adds up what was asked for and not served until now; from now on pods with these bounds serve.
func (s *Sandbox) count(most []float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countLocked()
	s.most = most
}

func (s *Sandbox) countLocked() {
	now := time.Now()
	if s.curve == nil {
		return
	}
	passed := now.Sub(s.counted).Seconds()
	demand := s.curve.At(s.counted.Sub(s.start).Seconds() + passed/2)
	served := 0.0
	for _, most := range s.most {
		served += math.Min(most, demand/float64(len(s.most)))
	}
	s.sent += demand * passed
	s.violated += math.Max(0, demand-served) * passed
	s.counted = now
}

// Lead is none: annotations count at once.
func (s *Sandbox) Lead() time.Duration { return 0 }

// Take gives core-seconds.
func (s *Sandbox) Take() (sent, violated float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countLocked()
	sent, violated = s.sent, s.violated
	s.sent, s.violated = 0, 0
	return sent, violated
}
