package target

import (
	"context"
	"fmt"
	"math"
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
	patchers    = 24 // requests under way: at 5 ms each some thousand pods a second
)

// Pods is who knows which pods serve.
type Pods interface {
	Ready() []string
	Changed() <-chan struct{}
}

// Patcher changes objects; kube.Client is one.
type Patcher interface {
	Merge(ctx context.Context, path string, in any) error
}

// Sandbox shares demand, in cores, equally among the ready pods, each up to its limit. What is over is not served.
type Sandbox struct {
	Pods  Pods
	API   Patcher
	Limit float64                          // cores that a pod may use
	Warn  func(format string, args ...any) // nil = silent

	mu             sync.Mutex
	curve          Curve
	start, counted time.Time
	serves         int // pods
	sent, violated float64

	told map[string]int64 // millicores, by pod; of Drive's goroutine alone
}

var _ Driver = (*Sandbox)(nil)

// Drive keeps the annotations in line with demand. An API that does not answer is asked again.
func (s *Sandbox) Drive(ctx context.Context, curve Curve, start time.Time) error {
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

// share tells every ready pod what it burns.
func (s *Sandbox) share(ctx context.Context, demand float64) error {
	ready := s.Pods.Ready()
	s.count(len(ready))
	if len(ready) == 0 {
		return nil
	}
	milli := int64(math.Round(1000 * math.Min(s.Limit, demand/float64(len(ready)))))
	todo := make([]string, 0, len(ready))
	there := make(map[string]int64, len(ready))
	for _, name := range ready {
		before, known := s.told[name]
		if known {
			there[name] = before
		}
		if !known || before != milli {
			todo = append(todo, name)
		}
	}
	s.told = there
	return s.patch(ctx, todo, milli)
}

func (s *Sandbox) patch(ctx context.Context, pods []string, milli int64) error {
	ctx, cancel := context.WithTimeout(ctx, patchWithin)
	defer cancel()
	body := map[string]any{"metadata": map[string]any{"annotations": map[string]string{usage: strconv.FormatInt(milli, 10) + "m"}}}
	var mu sync.Mutex
	var first error
	var wg sync.WaitGroup
	slots := make(chan struct{}, patchers)
	for _, name := range pods {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
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

// count adds up what was asked for and not served until now; from now on so many pods serve.
func (s *Sandbox) count(serves int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countLocked()
	s.serves = serves
}

func (s *Sandbox) countLocked() {
	now := time.Now()
	if s.curve == nil {
		return
	}
	passed := now.Sub(s.counted).Seconds()
	demand := s.curve.At(s.counted.Sub(s.start).Seconds() + passed/2)
	s.sent += demand * passed
	s.violated += math.Max(0, demand-float64(s.serves)*s.Limit) * passed
	s.counted = now
}

// Take gives core-seconds.
func (s *Sandbox) Take() (sent, violated float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countLocked()
	sent, violated = s.sent, s.violated
	s.sent, s.violated = 0, 0
	return sent, violated
}
