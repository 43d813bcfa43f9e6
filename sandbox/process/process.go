// Package process runs the local cloud's programs as children: start until ready, watch, restart, stop.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"time"
)

// Spec says what to run and when it counts as ready.
type Spec struct {
	Name string   // how errors, logs and Info name it
	Path string   // the program's file
	Args []string // without the program's own name
	Env  []string // the whole environment; nil = empty, so that no proxy or credential of the user's leaks in
	Dir  string   // working folder; empty = the caller's
	Log  string   // file that stdout and stderr are appended to; its folder is made

	Ready       func(context.Context) error // polled until it returns nil; nil = ready once started
	ReadyWithin time.Duration               // how long Start waits for it; 0 = 60 s
	Grace       time.Duration               // between SIGTERM and SIGKILL in Stop; 0 = 10 s
	Whole       bool                        // what it starts ends with it, and with us, however we end; false = it sees to its own
	Restart     bool                        // start again, with backoff, when it dies after it was ready
	Logger      *slog.Logger                // told of deaths and restarts; nil = silent
}

// Process is a started child. Its methods may be called from several goroutines.
type Process struct {
	spec Spec

	mu       sync.Mutex
	child    *child
	state    State
	stopping bool
	restarts int

	stop chan struct{} // closed by Stop: ends the backoff of a restart
	over chan struct{} // closed when no child runs and none will be started
}

// State is what a process is doing.
type State string

// The states that Info reports.
const (
	Starting State = "starting"
	Running  State = "running"
	Waiting  State = "waiting" // died, to be started again after a pause
	Failed   State = "failed"  // died, and is not started again
	Stopped  State = "stopped"
)

// Start runs the program and returns when it is ready. When it exits first, is not ready in time, or ctx ends, nothing
// is left running and the error carries the end of the program's log.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	if spec.ReadyWithin == 0 {
		spec.ReadyWithin = time.Minute
	}
	if spec.Grace == 0 {
		spec.Grace = 10 * time.Second
	}
	if spec.Logger == nil {
		spec.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Process{spec: spec, state: Starting, stop: make(chan struct{}), over: make(chan struct{})}
	if err := p.launch(ctx); err != nil {
		return nil, err
	}
	go p.watch()
	return p, nil
}

// launch starts one child and waits until it is ready.
func (p *Process) launch(ctx context.Context) error {
	c, err := start(p.spec)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.child, p.state = c, Starting
	p.mu.Unlock()
	ctx, cancel := context.WithTimeoutCause(ctx, p.spec.ReadyWithin, fmt.Errorf("gave up after %s", p.spec.ReadyWithin))
	defer cancel()
	if err := p.awaitReady(ctx, c); err != nil {
		c.kill()
		<-c.done
		return err
	}
	p.mu.Lock()
	p.state = Running
	p.mu.Unlock()
	return nil
}

func (p *Process) awaitReady(ctx context.Context, c *child) error {
	if p.spec.Ready == nil {
		return nil
	}
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("not asked yet")
	for {
		select {
		case <-c.done:
			return fmt.Errorf("%s: exited before it was ready: %w%s", p.spec.Name, c.exit(), c.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s: not ready: %w (last answer: %w)%s", p.spec.Name, context.Cause(ctx), last, c.tail())
		case <-p.stop:
			return fmt.Errorf("%s: stopped before it was ready", p.spec.Name)
		case <-tick.C:
			ask, cancel := context.WithTimeout(ctx, 2*time.Second)
			err := p.spec.Ready(ask)
			cancel()
			if err == nil {
				return nil
			}
			if ctx.Err() == nil { // otherwise the answer only repeats that time is up
				last = err
			}
		}
	}
}

// Stop ends the process: SIGTERM, and SIGKILL to its whole group when the grace is over or ctx ends.
// It returns when the process is gone; a second call is no error.
func (p *Process) Stop(ctx context.Context) error {
	p.mu.Lock()
	if !p.stopping {
		p.stopping = true
		close(p.stop)
		if p.child != nil {
			p.child.terminate()
		}
	}
	p.mu.Unlock()
	grace := time.NewTimer(p.spec.Grace)
	defer grace.Stop()
	select {
	case <-p.over:
		return nil
	case <-grace.C:
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.child.kill()
	p.mu.Unlock()
	<-p.over
	return nil
}

// Done is closed when the process is gone for good: stopped, or dead and not restarted.
func (p *Process) Done() <-chan struct{} { return p.over }

// Kill ends the process at once, with its whole group. Done tells when it is gone.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopping {
		p.stopping = true
		close(p.stop)
	}
	p.child.kill()
}

// ExitCode is that of the last run: 128 and the signal's number where a signal ended it. Call it after Done.
func (p *Process) ExitCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.child.cmd.ProcessState
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
