package pods

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/events"
	"paddock/sandbox/images"
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
	program   *program // nil = its image says what is run
	run       *Runner
	dir       string

	life context.Context // over when the pod is to end; why tells the reason
	end  context.CancelFunc
	over chan struct{} // closed when nothing runs any more

	since      metav1.Time // when it came to its node
	conditions map[corev1.PodConditionType]corev1.PodCondition

	events *events.Writer

	mu       sync.Mutex
	address  string        // that its process listens at, of its own; empty = none
	image    images.Image  // what is run, once it is pulled
	started  bool          // its startup probe has passed, or it has none
	used     time.Duration // of processors, by the present run
	why      error
	grace    time.Duration    // that the process has to end in
	killer   *time.Timer      // that ends the grace of a process that is ending; nil = none is
	killAt   time.Time        // when that is
	process  *process.Process // the present or last one
	runs     int32            // containers started so far
	runSince time.Time        // when the last was
	log      string           // of the present run; empty = none
	lastLog  string           // of the last run that ended; empty = none
	last     *corev1.ContainerStateTerminated
	waits    string // why it does not run yet
}

func newPod(r *Runner, now *corev1.Pod) *pod {
	p := &pod{
		Pod: now, container: &now.Spec.Containers[0], run: r, over: make(chan struct{}),
		dir:   filepath.Join(r.cfg.Dir, fmt.Sprintf("%s_%s_%s", now.Namespace, now.Name, now.UID)),
		since: metav1.Now(), conditions: map[corev1.PodConditionType]corev1.PodCondition{},
		events: events.New(r.cfg.Kube, corev1.EventSource{Component: "kubelet", Host: now.Spec.NodeName}),
		grace:  30 * time.Second, waits: "ContainerCreating",
	}
	p.life, p.end = context.WithCancel(context.Background()) // not the runner's: why the pod ends is set first
	p.program = programOf(p.container.Image)
	p.allow(now.Spec.TerminationGracePeriodSeconds)
	p.recall(now.Status)
	return p
}

// recall takes over what an earlier run of the sandbox has told of the pod.
func (p *pod) recall(told corev1.PodStatus) {
	if told.StartTime != nil {
		p.since = *told.StartTime
	}
	for _, c := range told.Conditions {
		p.conditions[c.Type] = c
	}
	for _, s := range told.ContainerStatuses {
		p.last = s.LastTerminationState.Terminated
		if s.State.Running != nil { // its end was not seen
			p.last = &corev1.ContainerStateTerminated{Reason: "Unknown", ExitCode: 137, StartedAt: s.State.Running.StartedAt, FinishedAt: metav1.Now()}
		}
		if p.last != nil {
			p.runs, p.lastLog = s.RestartCount+1, p.logFile(s.RestartCount)
		}
	}
}

// allow sets the grace that is asked for. A process that is ending already may get less by it, and never more.
func (p *pod) allow(seconds *int64) {
	if seconds == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grace = time.Duration(max(*seconds, 1)) * time.Second
	if p.killer != nil && time.Until(p.killAt) > p.grace {
		p.killAt = time.Now().Add(p.grace)
		p.killer.Reset(p.grace)
	}
}

// terminate has the pod end; the first reason counts, but a node that is gone overrides a delete.
func (p *pod) terminate(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.why == nil || errors.Is(why, errGone) {
		p.why = why
	}
	p.end() // before the kill, or the death would look like a crash, and be answered by a start
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

// stop asks a process to end, within the grace of the moment, or a shorter one that comes while it ends.
func (p *pod) stop(running *process.Process) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.mu.Lock()
	p.killer, p.killAt = time.AfterFunc(p.grace, cancel), time.Now().Add(p.grace)
	p.mu.Unlock()
	p.preStop(ctx, running)
	_ = running.Stop(ctx) // it has no error
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killer.Stop()
	p.killer = nil
}

// preStop waits before SIGTERM for as long as the container asks for, within the grace: until then those who call it learn that it
// goes. Nobody calls when the whole cloud stops.
func (p *pod) preStop(ctx context.Context, running *process.Process) {
	p.mu.Lock()
	why := p.why
	p.mu.Unlock()
	hooks := p.container.Lifecycle
	if hooks == nil || hooks.PreStop == nil || hooks.PreStop.Sleep == nil || errors.Is(why, errStopped) {
		return
	}
	t := time.NewTimer(time.Duration(hooks.PreStop.Sleep.Seconds) * time.Second)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-running.Done():
	}
}

// live runs the pod to its end.
func (p *pod) live() {
	defer close(p.over)
	ctx := p.life
	if err := p.refusal(); err != nil {
		p.say(p.waiting("CreateContainerConfigError", err.Error()))
	} else if p.lodged(ctx) && p.pull(ctx) {
		p.keep(ctx)
	}
	<-p.life.Done()
	p.leave()
	p.bury()
}

// pull takes as long as the pod's image does; false = the pod ends first. An image that has run is there.
func (p *pod) pull(ctx context.Context) bool {
	wait, err := time.ParseDuration(p.Annotations[PullDelay])
	if err != nil || p.runs > 0 {
		wait = 0
	}
	if p.program == nil {
		return p.pullImage(ctx, wait)
	}
	return sleep(ctx, wait)
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
		p.run.clear(p.dir)
	}
}

// info tells of the pod's process; false = it has none.
func (p *pod) info() (process.Info, bool) {
	if over(p.over) {
		return process.Info{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == nil {
		return process.Info{}, false
	}
	info := p.process.Info()
	info.Restarts = int(max(p.runs-1, 0))
	if p.log == "" {
		info.State = process.Waiting
	}
	return info, true
}

// sleep is false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
