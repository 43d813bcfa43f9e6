package pods

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/ports"
	"paddock/sandbox/process"
)

// A container that dies is started again after these pauses, as by a kubelet: the first time at once.
const (
	firstBackoff = 10 * time.Second
	lastBackoff  = 5 * time.Minute
	longRun      = 10 * time.Minute // a run of this length begins the row anew
)

// longer is the pause after the next death.
func longer(pause time.Duration) time.Duration { return min(max(2*pause, firstBackoff), lastBackoff) }

// keep runs the container again and again.
func (p *pod) keep(ctx context.Context) {
	pause := time.Duration(0)
	for {
		renew, ok := p.mounted(ctx)
		if !ok {
			return
		}
		env, vars, ok := p.configured(ctx)
		if !ok {
			return
		}
		began := time.Now()
		err := p.once(ctx, renew, env, vars)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > longRun {
			pause = 0
		}
		if err != nil {
			pause = max(pause, firstBackoff) // nothing has run that could do better at once
			p.say(p.waiting("RunContainerError", err.Error()))
			p.event(corev1.EventTypeWarning, "Failed", "Error: "+err.Error())
		} else if pause > 0 {
			p.say(p.waiting("CrashLoopBackOff", fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", pause, p.container.Name, p.full())))
			p.event(corev1.EventTypeWarning, "BackOff", fmt.Sprintf("Back-off restarting failed container %s in pod %s", p.container.Name, p.full()))
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = longer(pause)
	}
}

// full names the pod as a kubelet does in its messages.
func (p *pod) full() string { return fmt.Sprintf("%s_%s(%s)", p.Name, p.Namespace, p.UID) }

// once runs the container to its end. The error is why it could not be started.
func (p *pod) once(ctx context.Context, renew time.Duration, env []string, vars map[string]string) error {
	port, err := p.port()
	if err != nil {
		return err
	}
	spec, err := p.spec(port, env, vars)
	if err != nil {
		return err
	}
	running, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.process, p.log = running, spec.Log
	p.runs, p.runSince = p.runs+1, time.Now()
	gone := errors.Is(p.why, errGone)
	p.mu.Unlock()
	if gone { // while it started
		running.Kill()
	}
	w := newWatch(p, running, spec.Log, port, renew)
	w.until(ctx)
	p.spend()
	p.ended(w.end(spec.Log))
	return nil
}

// ended remembers how a run was; of the one before, the log goes, as a kubelet keeps one.
func (p *pod) ended(how *corev1.ContainerStateTerminated) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lastLog != "" {
		_ = os.Remove(p.lastLog)
		_ = os.Remove(aside(p.lastLog))
	}
	p.last, p.lastLog, p.log = how, p.log, ""
}

// port is one for a program that is told what to listen at; others have an address of their own.
func (p *pod) port() (int, error) {
	if p.program == nil {
		return 0, nil
	}
	return ports.Choose()
}

func (p *pod) spec(port int, env []string, vars map[string]string) (process.Spec, error) {
	file, args, err := p.command(port, vars)
	if err != nil {
		return process.Spec{}, err
	}
	dir := p.dir
	if p.program == nil {
		dir = p.image.Dir
		if err := os.MkdirAll(p.temporary(), 0o700); err != nil {
			return process.Spec{}, err
		}
	}
	return process.Spec{
		Name: p.run.cfg.Cluster + "/" + p.Namespace + "/" + p.Name, Path: file, Args: args, Env: env, Dir: dir,
		Log: p.logFile(p.runs), Grace: time.Hour, // stop bounds it
		Whole: p.program == nil,
	}, nil
}
