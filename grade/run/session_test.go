package run_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/grade/internal/fakekube"
	"paddock/grade/profile"
	"paddock/grade/run"
	"paddock/grade/target"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

type object = map[string]any

// driver asks for one core-second a second and serves half of it.
type driver struct{}

func (driver) Drive(ctx context.Context, _ target.Curve, _ time.Time, _ float64) error {
	<-ctx.Done()
	return nil
}
func (driver) Take() (float64, float64) { return 1, 0.5 }
func (driver) Lead() time.Duration      { return 0 }

// noticed is a driver that tells when a run starts that takes so many seconds.
type noticed struct {
	driver
	length float64
	starts chan time.Time
}

func (n noticed) Drive(ctx context.Context, curve target.Curve, start time.Time, length float64) error {
	if length == n.length {
		n.starts <- start
	}
	return n.driver.Drive(ctx, curve, start, length)
}

// rest is a cluster whose workload of two pods is at rest as soon as it is made.
func rest(t *testing.T) (*fakekube.Server, *run.Rig) {
	t.Helper()
	s := fakekube.New(t)
	s.Put("/api/v1/nodes", "n1", object{
		"metadata": object{"labels": object{"node.kubernetes.io/instance-type": "m5.large"}},
		"spec":     object{"providerID": "aws:///us-west-2a/i-1"},
		"status": object{"allocatable": object{"cpu": "1930m", "memory": "6903Mi", "pods": "29"},
			"conditions": []object{{"type": "Ready", "status": "True"}}},
	})
	s.Put("/api/v1/pods", "dns", object{"metadata": object{"namespace": "kube-system"}, "spec": object{"nodeName": "n1",
		"containers": []object{{"resources": object{"requests": object{"cpu": "100m", "memory": "70Mi"}}}}}})
	for _, name := range []string{"a", "b"} {
		s.Put(workload.Pods, name, object{"spec": object{"nodeName": "n1"}, "status": object{"conditions": []object{{"type": "Ready", "status": "True"}}}})
		s.Put(workload.Metrics, name, object{"timestamp": time.Now().UTC().Format(time.RFC3339), "containers": []object{{"usage": object{"cpu": "150m"}}}})
	}
	rig := &run.Rig{API: s.Client, Target: run.Sandbox, Unit: "cores", PerCore: 1, Away: 2 * time.Second, Rest: 100 * time.Millisecond,
		Notes: map[string]string{"node.boot": "20s"}, Say: t.Logf}
	rig.Driver = func(target.Pods, *trace.Run, *profile.Profile) target.Driver { return driver{} }
	return s, rig
}

func plan(t *testing.T, length float64) run.Plan {
	t.Helper()
	setting, err := workload.Named("paddock")
	if err != nil {
		t.Fatal(err)
	}
	curve, err := profile.New("step", 1, profile.Scale{Low: 0.3, High: 3, Length: length, Settle: 1, Jitter: 1})
	if err != nil {
		t.Fatal(err)
	}
	return run.Plan{Setting: setting, Curve: curve, File: filepath.Join(t.TempDir(), "run-paddock-step-1.json")}
}

// written is the record on disk.
func written(t *testing.T, p run.Plan) *trace.Run {
	t.Helper()
	r, err := record(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func record(p run.Plan) (*trace.Run, error) {
	text, err := os.ReadFile(p.File)
	if err != nil {
		return nil, err
	}
	r := &trace.Run{}
	return r, json.Unmarshal(text, r)
}

func TestWholeRun(t *testing.T) {
	t.Parallel()
	s, rig := rest(t)
	p := plan(t, 4)
	starts := make(chan time.Time, 1)
	rig.Driver = func(target.Pods, *trace.Run, *profile.Profile) target.Driver {
		return noticed{driver{}, p.Curve.Length, starts}
	}
	go func() {
		time.Sleep(time.Until((<-starts).Add(2 * time.Second))) // half of the run; demand has risen by then
		s.Put(workload.Deployments, workload.App, object{"metadata": object{"name": workload.App}, "spec": object{"replicas": 20}})
	}()
	if _, err := rig.Do(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	r := written(t, p)
	if r.Partial != "" || len(r.Samples) != 5 || r.Samples[4].Sent != 1 || r.Samples[4].Violated != 0.5 || r.Settings["node.boot"] != "20s" {
		t.Errorf("%+v", r)
	}
	if n := r.Workload.Node; n.CPUMilli != 1930 || n.BaseMilli != 100 || n.Type != "m5.large" || n.Dollars != 0.096 {
		t.Errorf("%+v", n)
	}
	if len(r.ScaleUps) != 1 || r.ScaleUps[0].Done || r.ScaleUps[0].Stages[len(r.ScaleUps[0].Stages)-1].Name != trace.Decision {
		t.Errorf("%+v", r.ScaleUps)
	}
	if names := s.Names("/apis/autoscaling/v2/namespaces/paddock-grade/horizontalpodautoscalers"); len(names) != 1 {
		t.Errorf("HPAs: %v", names)
	}
	if there, err := workload.Remove(context.Background(), s.Client); !there || err != nil {
		t.Errorf("removing what was made: %v, %v", there, err)
	}
	if there, err := workload.Remove(context.Background(), s.Client); there || err != nil {
		t.Errorf("removing what is gone: %v, %v", there, err)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	_, rig := rest(t)
	p := plan(t, 60)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := rig.Do(ctx, p); err != nil {
		t.Fatal(err)
	}
	if r := written(t, p); !strings.HasPrefix(r.Partial, "interrupted after ") || len(r.Samples) < 2 {
		t.Errorf("%q with %d samples", r.Partial, len(r.Samples))
	}
}

// A run that was killed has left what it had, at most five seconds old, and says so.
func TestKilled(t *testing.T) {
	t.Parallel()
	_, rig := rest(t)
	p := plan(t, 60)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _, _ = rig.Do(ctx, p) }()
	defer func() { cancel(); <-done }()
	r, err := record(p)
	for end := time.Now().Add(30 * time.Second); err != nil && time.Now().Before(end); r, err = record(p) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil || !strings.HasPrefix(r.Partial, "killed, or still under way: ") || len(r.Samples) < 5 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestTargetVanishes(t *testing.T) {
	t.Parallel()
	s, rig := rest(t)
	p := plan(t, 60)
	time.AfterFunc(5*time.Second, s.Stop)
	r, err := rig.Do(context.Background(), p)
	if err == nil || r == nil || !strings.HasPrefix(r.Partial, "the target has not answered for ") {
		t.Fatalf("%v, %+v", err, r)
	}
	if r = written(t, p); r.Partial == "" || len(r.Samples) < 3 {
		t.Errorf("%q with %d samples", r.Partial, len(r.Samples))
	}
}

func TestMetricsGap(t *testing.T) {
	t.Parallel()
	s, rig := rest(t)
	p := plan(t, 8)
	time.AfterFunc(3500*time.Millisecond, func() { s.Break(workload.Metrics, http.StatusServiceUnavailable) })
	time.AfterFunc(7500*time.Millisecond, func() { s.Break(workload.Metrics, http.StatusOK) })
	if _, err := rig.Do(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	r := written(t, p)
	if len(r.Gaps) != 1 || !strings.HasPrefix(r.Gaps[0].Why, "metrics API: ") || r.Gaps[0].To-r.Gaps[0].From < 3 || r.Gaps[0].To > 8 {
		t.Errorf("%+v", r.Gaps)
	}
	if r.Partial != "" {
		t.Errorf("partial: %s", r.Partial)
	}
}
