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
	started time.Time
	log     string
	renew   time.Time
	weigh   time.Time
	startup *count
	live    *count
	ready   *count
}

func newWatch(p *pod, running *process.Process, log string, port int, renew time.Duration) *watch {
	now, c := time.Now(), p.container
	follow := func(probe *corev1.Probe, pass bool) *count { return newCount(probe, p.probed(probe, port), now, pass) }
	return &watch{
		p: p, process: running, started: now, log: log, renew: now.Add(renew), weigh: now.Add(weighEvery),
		startup: follow(c.StartupProbe, false), live: follow(c.LivenessProbe, true), ready: follow(c.ReadinessProbe, false),
	}
}

// until returns when the process is gone: by itself, because the pod ends, or because a probe has it end.
func (w *watch) until(ctx context.Context) {
	w.p.setStarted(w.startup.pass)
	w.p.say(w.p.running(w.started, w.passes()))
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
			if over(w.process.Done()) {
				return // select may see the tick first, and what has ended is not asked
			}
			now := time.Now()
			w.look(ctx, now)
			w.tend(ctx, now)
		}
	}
}

func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// passes tells whether the container is ready: none is that has not started.
func (w *watch) passes() bool { return w.startup.pass && w.ready.pass }

// look asks the probes; until that of the start has passed, the others wait.
func (w *watch) look(ctx context.Context, now time.Time) {
	before := w.passes()
	changed, why := w.startup.ask(ctx, now)
	w.failed("Startup", why)
	if changed {
		w.p.setStarted(w.startup.pass)
	}
	if w.startup.pass {
		_, why = w.ready.ask(ctx, now)
		w.failed("Readiness", why)
		_, why = w.live.ask(ctx, now)
		w.failed("Liveness", why)
	}
	if changed || w.passes() != before {
		w.p.say(w.p.running(w.started, w.passes()))
	}
	for _, probe := range []struct {
		name string
		*count
	}{{"startup", w.startup}, {"liveness", w.live}} {
		if probe.exhausted() && ctx.Err() == nil {
			w.p.event(corev1.EventTypeNormal, "Killing", "Container "+w.p.container.Name+" failed "+probe.name+" probe, will be restarted")
			w.p.stop(w.process)
			return
		}
	}
}

// failed tells why a probe failed; one that the pod's own end has cut short has not.
func (w *watch) failed(probe string, why error) {
	select {
	case <-w.p.life.Done():
	default:
		if why != nil {
			w.p.event(corev1.EventTypeWarning, "Unhealthy", probe+" probe failed: "+why.Error())
		}
	}
}

// tend keeps the log small and the tokens fresh.
func (w *watch) tend(ctx context.Context, now time.Time) {
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
