package process

import (
	"context"
	"errors"
	"time"
)

// Restarts are bounded: a program that cannot live must not burn the machine, and its state must show.
const (
	firstPause  = 250 * time.Millisecond
	longPause   = 10 * time.Second
	maxInARow   = 6               // deaths in a row after which it is given up
	longEnough  = 2 * time.Minute // a run of this length ends the row
	restartTime = time.Minute     // for being ready again
)

// watch waits for the child's end and, where the spec asks for it, starts the next one.
func (p *Process) watch() {
	defer close(p.over)
	row := 0
	for {
		p.mu.Lock()
		c := p.child
		p.mu.Unlock()
		<-c.done
		if time.Since(c.started) > longEnough {
			row = 0
		}
		row++
		if p.ended(c, row) {
			return
		}
		if !p.again(&row) {
			return
		}
	}
}

// ended decides whether the death of c is the end of the process.
func (p *Process) ended(c *child, row int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.stopping:
		p.state = Stopped
		return true
	case !p.spec.Restart || row > maxInARow:
		p.state = Failed
		p.spec.Logger.Error("process died and is not started again", "name", p.spec.Name, "cause", c.exit(), "log", p.spec.Log)
		return true
	}
	p.state = Waiting
	p.restarts++
	p.spec.Logger.Warn("process died, starting it again", "name", p.spec.Name, "cause", c.exit(), "deathsInARow", row, "log", p.spec.Log)
	return false
}

// again starts the program until it is ready; false when it is stopped meanwhile or given up.
func (p *Process) again(row *int) bool {
	for {
		select {
		case <-p.stop:
			p.set(Stopped)
			return false
		case <-time.After(pause(*row)):
		}
		ctx, cancel := context.WithTimeoutCause(context.Background(), restartTime, errors.New("not ready again in time"))
		err := p.launch(ctx)
		cancel()
		if err == nil {
			return p.kept()
		}
		if p.isStopping() {
			p.set(Stopped)
			return false
		}
		if *row++; *row > maxInARow {
			p.spec.Logger.Error("process given up", "name", p.spec.Name, "cause", err)
			p.set(Failed)
			return false
		}
		p.spec.Logger.Warn("process did not come back, trying again", "name", p.spec.Name, "cause", err)
	}
}

// kept ends a child that became ready just as Stop was called: Stop may have signalled only its predecessor.
func (p *Process) kept() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping {
		p.child.terminate()
	}
	return true
}

func (p *Process) isStopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopping
}

func (p *Process) set(s State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
}

func pause(row int) time.Duration {
	d := firstPause << min(max(row-1, 0), 8)
	return min(d, longPause)
}
