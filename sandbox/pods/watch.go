package pods

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/process"
)

// watch follows one run of a container: its probes, its tokens and its end.
type watch struct {
	p       *pod
	process *process.Process
	port    int
	started time.Time
	log     string
	renew   time.Time
	weigh   time.Time
	live    *count
	ready   *count
}

func newWatch(p *pod, running *process.Process, log string, port int, renew time.Duration) *watch {
	now := time.Now()
	return &watch{
		p: p, process: running, port: port, started: now, log: log, renew: now.Add(renew), weigh: now.Add(weighEvery),
		live: newCount(p.container.LivenessProbe, now, true), ready: newCount(p.container.ReadinessProbe, now, false),
	}
}

// until returns when the process is gone: by itself, because the pod ends, or because its liveness probe failed.
func (w *watch) until(ctx context.Context) {
	w.p.say(w.p.running(w.started, w.ready.pass))
	w.p.event(corev1.EventTypeNormal, "Started", "Started container "+w.p.container.Name)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-w.process.Done():
			return
		case <-ctx.Done():
			w.p.stop(w.process)
			return
		case <-tick.C:
			w.look(ctx, time.Now())
		}
	}
}

func (w *watch) look(ctx context.Context, now time.Time) {
	changed, why := w.ready.due(ctx, w.port, now)
	if changed {
		w.p.say(w.p.running(w.started, w.ready.pass))
		if why != nil {
			w.p.event(corev1.EventTypeWarning, "Unhealthy", "Readiness probe failed: "+why.Error())
		}
	}
	if failed, why := w.live.due(ctx, w.port, now); failed && why != nil {
		w.p.event(corev1.EventTypeWarning, "Unhealthy", "Liveness probe failed: "+why.Error())
		w.p.event(corev1.EventTypeNormal, "Killing", "Container "+w.p.container.Name+" failed liveness probe, will be restarted")
		w.p.stop(w.process)
		return
	}
	if now.After(w.weigh) {
		w.weigh = now.Add(weighEvery)
		if err := setAside(w.log, maxLog); err != nil {
			w.p.run.cfg.Log.Warn("the log of a pod grows", "pod", w.p.Name, "cause", err)
		}
	}
	if now.After(w.renew) {
		next, err := w.p.mount(ctx)
		if err != nil {
			w.p.run.cfg.Log.Warn("tokens of a pod were not renewed", "pod", w.p.Name, "cause", err)
			next = time.Minute
		}
		w.renew = now.Add(next)
	}
}

// end is how the run ended, as the pod's status tells it.
func (w *watch) end(log string) *corev1.ContainerStateTerminated {
	code := w.process.ExitCode()
	t := &corev1.ContainerStateTerminated{
		ExitCode: int32(code), Reason: "Error", StartedAt: metav1.NewTime(w.started), FinishedAt: metav1.Now(),
	}
	if code == 0 {
		t.Reason = "Completed"
	}
	if code != 0 && w.p.container.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError {
		t.Message = lastLines(log)
	}
	return t
}
