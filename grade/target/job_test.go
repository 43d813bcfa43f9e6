package target_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/grade/target"
)

// cluster runs a Job of two pods, whose logs a test wrote.
type cluster struct {
	mu      sync.Mutex
	phase   string
	logs    map[string][]string // what each opening of a pod's log gives, in turn
	job     map[string]any
	deleted bool
}

func (c *cluster) Create(_ context.Context, _ string, in any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &c.job)
}

func (c *cluster) Delete(context.Context, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = true
	return nil
}

func (c *cluster) Get(_ context.Context, _ string, out any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	const pod = `{"metadata":{"name":"p%d"},"status":{"phase":%q}}`
	return json.Unmarshal([]byte(`{"items":[`+fmt.Sprintf(pod+","+pod, 0, c.phase, 1, c.phase)+`]}`), out)
}

func (c *cluster) set(phase string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = phase
}

func (c *cluster) Stream(_ context.Context, path string) (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for pod, logs := range c.logs {
		if strings.Contains(path, "/"+pod+"/") && len(logs) > 0 {
			c.logs[pod] = logs[1:]
			if logs[0] == "" {
				return nil, errors.New("try again")
			}
			return io.NopCloser(strings.NewReader(logs[0])), nil
		}
	}
	return nil, errors.New("no log")
}

func TestJobAddsUpShards(t *testing.T) {
	line := `{"sent":10,"dropped":1,"failed":1,"late":1,"buckets":[5,2]}` + "\n"
	c := &cluster{phase: "Running", logs: map[string][]string{"p0": {line + line}, "p1": {"", line}}}
	j := &target.Job{API: c, Image: "grade:1", Shards: 2, Args: []string{"--url", "http://x"}, Rest: []string{"--rate", "5"}, Say: t.Logf}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- j.Drive(ctx, step(0), time.Now(), 10) }()
	sent, violated := 0.0, 0.0
	eventually(t, "three tallies", func() bool {
		s, v := j.Take()
		sent, violated = sent+s, violated+v
		return sent == 30 && violated == 9
	})
	cancel()
	if err := <-done; err != nil || !c.deleted {
		t.Errorf("%v, deleted: %v", err, c.deleted)
	}
	if total := j.Total(); total.Buckets[0] != 15 {
		t.Errorf("%+v", total)
	}
	text, _ := json.Marshal(c.job)
	for _, want := range []string{`"completionMode":"Indexed"`, `"completions":2`, `"--rate","5"`, `"$(SHARD)"`, `"$(JOB_COMPLETION_INDEX)/2"`, `"load","--json"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the Job lacks %s: %s", want, text)
		}
	}
}

func TestJobFails(t *testing.T) {
	for what, c := range map[string]*cluster{
		"pod p0 failed": {phase: "Failed"},
		"not a tally":   {phase: "Running", logs: map[string][]string{"p0": {"panic: oh\n"}, "p1": {"{}"}}},
	} {
		j := &target.Job{API: c, Shards: 2, Say: t.Logf}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if err := j.Drive(ctx, step(0), time.Now(), 10); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want an error with %q", err, what)
		}
		cancel()
	}
}

// endless is a cluster whose logs never end, like those of pods that run.
type endless struct {
	*cluster
	open atomic.Int32
}

type log struct {
	io.Reader
	close func()
}

func (l log) Close() error { l.close(); return nil }

func (e *endless) Stream(ctx context.Context, _ string) (io.ReadCloser, error) {
	e.open.Add(1)
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	return log{r, func() { e.open.Add(-1) }}, nil
}

// When Drive has returned nobody reads logs any more, whatever it returned for.
func TestJobLeavesNoFollowers(t *testing.T) {
	e := &endless{cluster: &cluster{phase: "Running"}}
	j := &target.Job{API: e, Shards: 2, Say: t.Logf}
	done := make(chan error, 1)
	go func() { done <- j.Drive(t.Context(), step(0), time.Now(), 10) }()
	eventually(t, "two logs are read", func() bool { return e.open.Load() == 2 })
	e.set("Failed")
	if err := <-done; err == nil || e.open.Load() != 0 {
		t.Errorf("%v, and %d logs are still read", err, e.open.Load())
	}
}
