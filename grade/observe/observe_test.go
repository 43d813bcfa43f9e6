package observe_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/grade/internal/fakekube"
	"paddock/grade/ledger"
	"paddock/grade/observe"
	"paddock/grade/workload"
)

type object = map[string]any

func pod(node string, ready, refused bool, nominated string) object {
	conditions := []object{}
	if ready {
		conditions = append(conditions, object{"type": "Ready", "status": "True"})
	}
	if refused {
		conditions = append(conditions, object{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"})
	}
	return object{"spec": object{"nodeName": node}, "status": object{"conditions": conditions, "nominatedNodeName": nominated}}
}

func node(ready string) object {
	return object{"spec": object{"providerID": "aws:///us-west-2a/i-1"}, "status": object{"conditions": []object{{"type": "Ready", "status": ready}}}}
}

func metrics(name string, cpu string, at time.Time) object {
	return object{"metadata": object{"name": name}, "timestamp": at.UTC().Format(time.RFC3339), "containers": []object{{"usage": object{"cpu": cpu}}}}
}

// cloud says what a test wants it to.
type cloud struct {
	mu        sync.Mutex
	instances map[string]bool
	size      int
	err       error
}

func (c *cloud) Look(context.Context) (map[string]bool, map[string]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, nil, c.err
	}
	return c.instances, map[string]int{"group": c.size}, nil
}

func (c *cloud) set(size int, instances map[string]bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size, c.instances, c.err = size, instances, err
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(6 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// start observes a server until the test ends.
func start(t *testing.T, s *fakekube.Server, c observe.Cloud) *observe.Observer {
	t.Helper()
	o := observe.New(s.Client, observe.Workload, c, func(what string, err error) { t.Logf("%s: %v", what, err) })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); o.Run(ctx) }()
	t.Cleanup(func() { cancel(); s.Stop(); <-done })
	return o
}

func kinds(o *observe.Observer, since time.Time) map[ledger.Kind]int {
	out := map[ledger.Kind]int{}
	for _, e := range o.Events(since) {
		out[e.Kind]++
	}
	return out
}

func TestStateAndEvents(t *testing.T) {
	s, c := fakekube.New(t), &cloud{}
	c.set(1, map[string]bool{"i-1": true}, nil)
	s.Put("/api/v1/nodes", "n1", node("True"))
	s.Put(workload.Deployments, workload.App, object{"spec": object{"replicas": 1}})
	s.Put(workload.Pods, "a", pod("n1", true, false, ""))
	s.Put(workload.Events, "old", object{"reason": "TriggeredScaleUp"})
	o := start(t, s, c)
	eventually(t, "one pod on one node", func() bool {
		return o.State() == observe.State{Desired: 1, Made: 1, Placed: 1, Ready: 1, Nodes: 1, NodesUp: 1}
	})
	from := time.Now()
	s.Put(workload.Deployments, workload.App, object{"spec": object{"replicas": 4}})
	s.Put(workload.Pods, "b", pod("", false, true, ""))
	s.Put(workload.Pods, "c", pod("", false, true, "n1")) // others are being pushed away for it: that is no lack of room
	s.Put(workload.Events, "new", object{"reason": "TriggeredScaleUp"})
	c.set(2, map[string]bool{"i-1": true, "i-2": false}, nil)
	s.Put("/api/v1/nodes", "n2", node("False"))
	eventually(t, "a pod without room, and an instance more", func() bool {
		return o.State() == observe.State{Desired: 4, Made: 3, Placed: 1, Ready: 1, Pending: 1, Nodes: 2, NodesUp: 1}
	})
	c.set(2, map[string]bool{"i-1": true, "i-2": true}, nil)
	s.Put("/api/v1/nodes", "n2", node("True"))
	s.Put(workload.Pods, "b", pod("n2", true, false, ""))
	s.Put(workload.Pods, "c", pod("n1", true, false, ""))
	s.Delete(workload.Pods, "a")
	s.Put(workload.Metrics, "b", metrics("b", "250m", time.Now()))
	eventually(t, "all of it", func() bool {
		n, cores := o.Measured()
		return o.State() == observe.State{Desired: 4, Made: 2, Placed: 2, Ready: 2, Nodes: 2, NodesUp: 2} && n == 1 && cores == 0.25
	})
	eventually(t, "the second instance runs", func() bool { return kinds(o, from)[ledger.Running] == 2 })
	got := kinds(o, from)
	for kind, want := range map[ledger.Kind]int{ledger.Unschedulable: 1, ledger.Desired: 2, ledger.NodeUp: 2, ledger.Ready: 4, ledger.Call: 2, ledger.Usage: 1} {
		if got[kind] != want {
			t.Errorf("%s: %d events, want %d", kind, got[kind], want)
		}
	}
	if ready := o.Ready(); len(ready) != 2 || ready["b"] != "n2" {
		t.Errorf("ready: %v", ready)
	}
}

func TestMetricsGap(t *testing.T) {
	s := fakekube.New(t)
	o := start(t, s, nil)
	from := time.Now()
	s.Break(workload.Metrics, http.StatusServiceUnavailable)
	eventually(t, "a gap that goes on", func() bool { return len(o.Gaps(from, 100*time.Millisecond)) == 1 })
	if away, why := o.Away(); away != 0 {
		t.Errorf("the API server is away: %s", why)
	}
	time.Sleep(600 * time.Millisecond)
	s.Break(workload.Metrics, http.StatusOK)
	time.Sleep(time.Second)
	first := o.Gaps(from, 100*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	gaps := o.Gaps(from, 100*time.Millisecond)
	if len(gaps) != 1 || gaps[0] != first[0] || gaps[0].To-gaps[0].From < 0.5 || gaps[0].To-gaps[0].From > 2 {
		t.Errorf("%+v, then %+v: want one gap of a second that is over", first, gaps)
	}
	if gaps := o.Gaps(from, 10*time.Second); gaps != nil {
		t.Errorf("%+v: too short to be told", gaps)
	}
}

// A metrics API that hangs is no API server that hangs; it has been away since it last answered.
func TestMetricsHang(t *testing.T) {
	s := fakekube.New(t)
	o := start(t, s, nil)
	from := time.Now()
	time.Sleep(200 * time.Millisecond)
	s.Break(workload.Metrics, 0)
	eventually(t, "a gap of the metrics API", func() bool { return len(o.Gaps(from, time.Second)) == 1 })
	if gaps := o.Gaps(from, time.Second); gaps[0].From > 1 || !strings.HasPrefix(gaps[0].Why, "metrics API: ") {
		t.Errorf("%+v", gaps)
	}
	if away, why := o.Away(); away != 0 {
		t.Errorf("the API server is away: %s", why)
	}
}

func TestServerGone(t *testing.T) {
	s := fakekube.New(t)
	o := start(t, s, nil)
	time.Sleep(100 * time.Millisecond)
	s.Stop()
	eventually(t, "the API server is away", func() bool { away, _ := o.Away(); return away > 200*time.Millisecond })
}

// AWS may fall silent, too: nodes are then counted by their objects.
func TestCloudSilent(t *testing.T) {
	s, c := fakekube.New(t), &cloud{}
	c.set(3, map[string]bool{"i-1": true, "i-2": true, "i-3": true}, nil)
	s.Put("/api/v1/nodes", "n1", node("True"))
	o := start(t, s, c)
	eventually(t, "three instances", func() bool { return o.State().Nodes == 3 })
	c.set(0, nil, errors.New("throttled"))
	eventually(t, "one Node object", func() bool { return o.State().Nodes == 1 })
}
