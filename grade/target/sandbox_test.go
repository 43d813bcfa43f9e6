package target_test

import (
	"context"
	"errors"
	"math"
	"path"
	"sync"
	"testing"
	"time"

	"paddock/grade/target"
)

// pods is a set of ready pods that a test changes.
type pods struct {
	mu      sync.Mutex
	ready   map[string]string
	changed chan struct{}
}

func newPods(ready map[string]string) *pods {
	return &pods{ready: ready, changed: make(chan struct{}, 1)}
}

func (p *pods) Ready() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready
}

func (p *pods) Changed() <-chan struct{} { return p.changed }

func (p *pods) set(ready map[string]string) {
	p.mu.Lock()
	p.ready = ready
	p.mu.Unlock()
	p.changed <- struct{}{}
}

// api takes down what each pod was told last.
type api struct {
	mu    sync.Mutex
	told  map[string]string
	fails int
	calls int
}

func (a *api) Merge(_ context.Context, where string, in any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	if a.fails > 0 {
		a.fails--
		return errors.New("try again")
	}
	notes := in.(map[string]any)["metadata"].(map[string]any)["annotations"].(map[string]string)
	a.told[path.Base(where)] = notes["kwok.x-k8s.io/usage-cpu"]
	return nil
}

func (a *api) is(pod, want string) func() bool {
	return func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.told[pod] == want
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// step rises from 1 to 4 after so many seconds.
type step float64

func (s step) At(t float64) float64 {
	if t < float64(s) {
		return 1
	}
	return 4
}

func TestDemandIsSharedAndBounded(t *testing.T) {
	p, a := newPods(map[string]string{"a": "n1", "b": "n1"}), &api{told: map[string]string{}, fails: 1}
	s := &target.Sandbox{Pods: p, API: a, Limit: 1, Node: 1.6}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Drive(ctx, step(1.5), time.Now(), 10) }()
	eventually(t, "half of a core each, in spite of a failed call", a.is("a", "500m"))
	eventually(t, "half of a core each", a.is("b", "500m"))
	eventually(t, "the node's 1.6 cores for both", a.is("a", "800m"))
	p.set(map[string]string{"a": "n1", "b": "n1", "c": "n2"})
	eventually(t, "the limit, on a node of its own", a.is("c", "1000m"))
	p.set(map[string]string{"a": "n1", "b": "n2", "c": "n3", "d": "n4", "e": "n5"})
	eventually(t, "a fifth of 4 cores", a.is("e", "800m"))
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if a.calls > 20 {
		t.Errorf("%d calls: pods are told what they know", a.calls)
	}
}

// With slack, those that are near enough are not told anew by each pod that comes; when nobody comes any more, all are.
func TestSlack(t *testing.T) {
	p, a := newPods(map[string]string{"a": "n1", "b": "n1", "c": "n1", "d": "n1"}), &api{told: map[string]string{}}
	s := &target.Sandbox{Pods: p, API: a, Limit: 10, Slack: 0.5}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = s.Drive(ctx, step(0), time.Now(), 10) }()
	eventually(t, "a core each", a.is("d", "1000m"))
	p.set(map[string]string{"a": "n1", "b": "n1", "c": "n1", "d": "n1", "e": "n2"})
	eventually(t, "what a new one gets", a.is("e", "800m"))
	if !a.is("a", "1000m")() {
		t.Error("a pod was told anew by one that came")
	}
	time.Sleep(time.Second)
	eventually(t, "all know in the end", a.is("a", "800m"))
}

func TestUnservedDemandIsCounted(t *testing.T) {
	p, a := newPods(map[string]string{"a": "n1"}), &api{told: map[string]string{}}
	s := &target.Sandbox{Pods: p, API: a, Limit: 1}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start := time.Now()
	go func() { _ = s.Drive(ctx, step(0), start, 10) }()
	time.Sleep(600 * time.Millisecond)
	sent, violated := s.Take()
	want := 4 * time.Since(start).Seconds()
	if math.Abs(sent-want) > 0.4 || math.Abs(violated/sent-0.75) > 0.02 {
		t.Errorf("%g core-seconds asked for, %g not served; want %g, and three quarters of it", sent, violated, want)
	}
	p.set(map[string]string{"a": "n1", "b": "n1", "c": "n1", "d": "n1"})
	time.Sleep(100 * time.Millisecond)
	s.Take()
	time.Sleep(300 * time.Millisecond)
	if sent, violated = s.Take(); violated != 0 || sent < 0.8 {
		t.Errorf("%g asked for, %g not served, want all served", sent, violated)
	}
	p.set(nil)
	time.Sleep(100 * time.Millisecond)
	s.Take()
	time.Sleep(200 * time.Millisecond)
	if sent, violated = s.Take(); math.Abs(sent-violated) > 1e-9 || sent < 0.5 {
		t.Errorf("%g asked for, %g not served, want none served without pods", sent, violated)
	}
}
