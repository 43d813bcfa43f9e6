package process_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/sandbox/process"
)

// shell is a spec that runs a script; the script says it is ready by making the file "ready" in its folder.
func shell(t *testing.T, script string) process.Spec {
	t.Helper()
	dir := t.TempDir()
	return process.Spec{
		Name: "demo", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Log: filepath.Join(dir, "logs", "demo.log"),
		Env:         []string{"PATH=/usr/bin:/bin"},
		ReadyWithin: 5 * time.Second, Grace: 2 * time.Second,
		Ready: func(context.Context) error {
			_, err := os.Stat(filepath.Join(dir, "ready"))
			return err
		},
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never seen: %s", what)
}

func TestStartAndStop(t *testing.T) {
	p, err := process.Start(t.Context(), shell(t, "touch ready; exec sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	info := p.Info()
	if info.PID == 0 || info.RSS == 0 || info.State != process.Running || info.Name != "demo" || info.Uptime <= 0 {
		t.Errorf("info = %+v, want a running process with a pid and memory", info)
	}
	for range 2 { // a second Stop is no error
		if err := p.Stop(t.Context()); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	if !gone(info.PID) || p.Alive() || p.Info().State != process.Stopped {
		t.Errorf("after stop: gone %v, info %+v", gone(info.PID), p.Info())
	}
}

func TestStartFails(t *testing.T) {
	cases := map[string]struct {
		change func(*process.Spec)
		script string
		want   []string
	}{
		"exits before it is ready": {script: "echo no such flag; exit 3", want: []string{"demo: exited before it was ready", "exit status 3", "no such flag"}},
		"ends well before ready":   {script: "exit 0", want: []string{"exited before it was ready", "exit status 0", "is empty"}},
		"never ready": {
			script: "echo still loading; exec sleep 60", change: func(s *process.Spec) { s.ReadyWithin = 300 * time.Millisecond },
			want: []string{"demo: not ready: gave up after 300ms", "last answer", "still loading"},
		},
		"no such program": {change: func(s *process.Spec) { s.Path = "/no/such/program" }, want: []string{"demo: starting", "no such file"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			spec := shell(t, c.script)
			if c.change != nil {
				c.change(&spec)
			}
			_, err := process.Start(t.Context(), spec)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("the user gave up"))
	defer cancel()
	if _, err := process.Start(ctx, shell(t, "exec sleep 60")); err == nil || !strings.Contains(err.Error(), "the user gave up") {
		t.Fatalf("error = %v, want the context's cause", err)
	}
}

func TestStopKillsTheDeafAndItsChildren(t *testing.T) {
	spec := shell(t, "trap '' TERM; sleep 60 & echo $! > child; touch ready; wait; wait")
	spec.Grace = 200 * time.Millisecond
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	pid := p.Info().PID
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Errorf("pid %d survived", pid)
	}
	raw, err := os.ReadFile(filepath.Join(spec.Dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the child's child", func() bool {
		cmdline, err := os.ReadFile("/proc/" + strings.TrimSpace(string(raw)) + "/cmdline")
		return err != nil || len(cmdline) == 0 // gone, or a zombie that nobody has reaped
	})
}

func TestRestart(t *testing.T) {
	spec := shell(t, "touch ready; exec sleep 60")
	spec.Restart = true
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	first := p.Info().PID
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a second run", func() bool { i := p.Info(); return p.Alive() && i.PID != first && i.Restarts == 1 })
	second := p.Info().PID
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !gone(second) {
		t.Errorf("pid %d survived", second)
	}
}

func TestNoRestartUnlessAsked(t *testing.T) {
	p, err := process.Start(t.Context(), shell(t, "touch ready; sleep 0.2; exit 7"))
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if info := p.Info(); info.State != process.Failed || info.PID != 0 {
		t.Errorf("info = %+v, want failed without a pid", info)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Errorf("stop after death: %v", err)
	}
}

// A stop in the middle of a restart is a stop, not a failure.
func TestStopWhileComingBack(t *testing.T) {
	spec := shell(t, "[ -f ready ] && { mv ready was; exec sleep 60; }; [ -f was ] && exec sleep 60; touch ready; sleep 0.3; exit 1")
	spec.Restart = true
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a second run that is not ready yet", func() bool {
		_, err := os.Stat(filepath.Join(spec.Dir, "was"))
		return err == nil
	})
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info := p.Info(); info.State != process.Stopped || info.PID != 0 {
		t.Errorf("info = %+v, want stopped", info)
	}
}

func TestStopWhileWaitingToRestart(t *testing.T) {
	spec := shell(t, "[ -f ready ] && exit 1; touch ready; sleep 0.1; exit 1")
	spec.Restart = true
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a death", func() bool { return p.Info().Restarts > 0 })
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Info().PID != 0 {
		t.Errorf("info = %+v, want nothing running", p.Info())
	}
}
