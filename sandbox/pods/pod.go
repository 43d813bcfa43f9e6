package pods

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/sandbox/ports"
	"paddock/sandbox/process"
)

// Why a pod ends.
var (
	errDeleted = errors.New("deleted")            // the cluster waits to hear that its processes have ended
	errGone    = errors.New("gone with its node") // there is nobody to tell the cluster
	errStopped = errors.New("stopped")            // with the cloud; it is started again with it
)

// pod is one pod and its one process.
type pod struct {
	*corev1.Pod
	container *corev1.Container
	program   *program
	run       *Runner
	dir       string

	ends chan struct{} // closed when the pod is to end; why is set before
	over chan struct{} // closed when nothing runs any more

	mu       sync.Mutex
	why      error
	process  *process.Process
	restarts int32
	last     *corev1.ContainerStateTerminated
}

func newPod(r *Runner, now *corev1.Pod) *pod {
	p := &pod{
		Pod: now, container: &now.Spec.Containers[0], run: r, ends: make(chan struct{}), over: make(chan struct{}),
		dir: filepath.Join(r.cfg.Dir, fmt.Sprintf("%s_%s_%s", now.Namespace, now.Name, now.UID)),
	}
	p.program = programOf(p.container.Image)
	for _, s := range now.Status.ContainerStatuses { // of an earlier run of the sandbox
		p.restarts, p.last = s.RestartCount, s.LastTerminationState.Terminated
		if s.State.Running != nil {
			p.restarts++
			p.last = &corev1.ContainerStateTerminated{Reason: "Unknown", ExitCode: 137, StartedAt: s.State.Running.StartedAt, FinishedAt: meta(time.Now())}
		}
	}
	return p
}

// terminate has the pod end; the first reason counts, but a node that is gone overrides a delete.
func (p *pod) terminate(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why == nil {
		close(p.ends)
	}
	if p.why == nil || errors.Is(why, errGone) {
		p.why = why
	}
	if errors.Is(why, errGone) && p.process != nil {
		p.process.Kill()
	}
}

func (p *pod) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process != nil {
		p.process.Kill()
	}
}

// A container that dies is started again after these pauses, as by a kubelet: the first time at once.
const (
	firstBackoff = 10 * time.Second
	lastBackoff  = 5 * time.Minute
	longRun      = 10 * time.Minute // a run of this length begins the row anew
)

// live runs the pod to its end.
func (p *pod) live() {
	defer close(p.over)
	ctx, cancel := context.WithCancel(p.run.life)
	defer cancel()
	go func() {
		<-p.ends
		cancel()
	}()
	if err := p.refusal(); err != nil {
		p.say(p.waiting("CreateContainerConfigError", err.Error()))
		<-p.ends
	} else if p.pull(ctx) {
		p.keep(ctx)
	}
	p.bury()
}

// refusal is why the pod cannot be run here at all.
func (p *pod) refusal() error {
	if p.program == nil || len(p.Spec.Containers) > 1 || len(p.Spec.InitContainers) > 0 {
		return errors.New("a pod that is run as a process has one container and no init containers; see sandbox/README.md")
	}
	return probes(p.container)
}

// pull takes as long as the pod's image does; false = the pod ends first.
func (p *pod) pull(ctx context.Context) bool {
	wait, err := time.ParseDuration(p.Annotations[PullDelay])
	if err != nil {
		wait = 0
	}
	return sleep(ctx, wait)
}

// keep runs the container again and again.
func (p *pod) keep(ctx context.Context) {
	pause := time.Duration(0)
	for {
		began := time.Now()
		err := p.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > longRun {
			pause = 0
		}
		reason := "CrashLoopBackOff"
		message := fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", pause, p.container.Name, p.Name)
		if err != nil {
			reason, message = "RunContainerError", err.Error()
		}
		if pause > 0 || err != nil {
			p.say(p.waiting(reason, message))
			p.event(corev1.EventTypeWarning, "BackOff", "Back-off restarting failed container "+p.container.Name)
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(max(2*pause, firstBackoff), lastBackoff)
		p.mu.Lock()
		p.restarts++
		p.mu.Unlock()
	}
}

// once runs the container to its end. The error is why it could not be started.
func (p *pod) once(ctx context.Context) error {
	renew, err := p.mount(ctx)
	if err != nil {
		return err
	}
	port, err := ports.Choose()
	if err != nil {
		return err
	}
	spec, err := p.spec(port)
	if err != nil {
		return err
	}
	running, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.process = running
	gone := errors.Is(p.why, errGone)
	p.mu.Unlock()
	if gone { // while it started
		running.Kill()
	}
	w := newWatch(p, running, port, renew)
	w.until(ctx)
	p.mu.Lock()
	p.last = w.end()
	p.mu.Unlock()
	return nil
}

func (p *pod) spec(port int) (process.Spec, error) {
	file, args, err := p.command(port)
	if err != nil {
		return process.Spec{}, err
	}
	env, err := p.environment()
	if err != nil {
		return process.Spec{}, err
	}
	grace := int64(30)
	if p.Spec.TerminationGracePeriodSeconds != nil {
		grace = *p.Spec.TerminationGracePeriodSeconds
	}
	return process.Spec{
		Name: p.run.cfg.Cluster + "/" + p.Namespace + "/" + p.Name, Path: file, Args: args, Env: env, Dir: p.dir,
		Log: p.logFile(p.restarts), Grace: time.Duration(max(grace, 1)) * time.Second,
	}, nil
}

// bury tells the cluster that nothing runs any more, and forgets logs and tokens.
func (p *pod) bury() {
	p.mu.Lock()
	why := p.why
	p.mu.Unlock()
	if errors.Is(why, errDeleted) {
		p.remove()
	}
	if !errors.Is(why, errStopped) { // otherwise the pod lives on, and so do its logs
		_ = os.RemoveAll(p.dir)
	}
}

func (p *pod) info() (process.Info, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return process.Info{}, false
	}
	info := p.process.Info()
	info.Restarts = int(p.restarts)
	return info, true
}

// sleep is false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
