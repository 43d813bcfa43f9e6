package process_test

import (
	"testing"
	"time"

	"paddock/sandbox/process"
)

// A signal's number is told as shells tell it.
func TestExitCode(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137, "kill -15 $$": 143} {
		spec := shell(t, script)
		spec.Ready = nil
		p, err := process.Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		<-p.Done()
		if got := p.ExitCode(); got != want {
			t.Errorf("%s: %d, want %d", script, got, want)
		}
	}
}

// Kill asks for nothing, and is an end, not a death to recover from.
func TestKill(t *testing.T) {
	spec := shell(t, "trap 'exit 0' TERM; touch ready; while :; do sleep 0.05; done")
	spec.Restart = true
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	pid := p.Info().PID
	p.Kill()
	select {
	case <-p.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("it lives on")
	}
	p.Kill() // of what is dead is no error
	if info := p.Info(); !gone(pid) || info.State != process.Stopped || info.Restarts != 0 {
		t.Errorf("gone %v, info %+v", gone(pid), info)
	}
}
