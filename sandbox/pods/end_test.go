package pods_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	clienttesting "k8s.io/client-go/testing"

	"paddock/sandbox/pods"
)

func dead(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// deletes are the grace periods, in seconds, with which the runner has deleted pods.
func (w *world) deletes() (graces []int64) {
	for _, a := range w.kube.Actions() {
		if d, ok := a.(clienttesting.DeleteActionImpl); ok {
			graces = append(graces, *d.DeleteOptions.GracePeriodSeconds)
		}
	}
	return graces
}

// heeds says when it is told to end, and takes a moment.
const heeds = `trap 'echo told >> ../said; sleep 0.1; exit 0' TERM; echo up; while :; do sleep 0.02; done`

// A deleted pod's process is told to end, then the pod goes, and its folder with it.
func TestDelete(t *testing.T) {
	w := newWorld(t)
	w.add(pod(heeds))
	w.says("up")
	pid := w.pid()
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	if !dead(pid) {
		t.Error("the pod was gone before its process")
	}
	if text, err := os.ReadFile(w.cfg.Dir + "/said"); err != nil || string(text) != "told\n" {
		t.Errorf("said %q, %v; want to be told to end", text, err)
	}
	if got := w.deletes(); len(got) != 1 || got[0] != 0 {
		t.Errorf("deleted with the grace periods %v, want one of 0", got)
	}
	w.eventually("no folder", func() bool { _, err := os.Stat(w.folder()); return os.IsNotExist(err) })
	w.eventually("no process", func() bool { return len(w.run.Processes()) == 0 }) // listed until a moment after its folder has gone
}

// The grace is that of the delete, which may be shorter than the pod's.
func TestDeleteWithGrace(t *testing.T) {
	w := newWorld(t)
	w.add(pod("trap '' TERM; echo up; while :; do sleep 0.02; done"))
	w.says("up")
	began := time.Now()
	w.change(func(p *corev1.Pod) {
		deleted(p)
		p.DeletionGracePeriodSeconds = new(int64(1))
	})
	w.eventually("no pod", func() bool { return !w.exists() })
	if took := time.Since(began); took < time.Second || took > 5*time.Second {
		t.Errorf("took %s, want the second that was asked for", took)
	}
}

// An instance that ends takes its pods with it: nobody tells the cluster, and nothing starts them there again.
func TestNodeGone(t *testing.T) {
	w := newWorld(t)
	w.add(pod("trap '' TERM; echo up; while :; do sleep 0.02; done"))
	w.says("up")
	pid := w.pid()
	w.run.NodeGone("another")
	if dead(pid) {
		t.Fatal("dead by the end of another node")
	}
	w.run.NodeGone("node-1")
	w.eventually("a dead process", func() bool { return dead(pid) })
	w.eventually("no folder", func() bool { _, err := os.Stat(w.folder()); return os.IsNotExist(err) })
	w.change(func(p *corev1.Pod) { p.Labels = map[string]string{"seen": "by a controller"} })
	time.Sleep(100 * time.Millisecond)
	w.change(deleted)
	time.Sleep(100 * time.Millisecond)
	if n := len(w.run.Processes()); n != 0 || len(w.events("Started")) != 1 {
		t.Errorf("%d processes, started %d times; want it to stay dead", n, len(w.events("Started")))
	}
	if got := w.deletes(); len(got) != 0 || w.status().State.Running == nil {
		t.Errorf("deleted %v, status %+v; want the cluster not to be told", got, w.status())
	}
}

// A pod that was deleted by force is ended all the same.
func TestDeleteByForce(t *testing.T) {
	w := newWorld(t)
	w.add(pod("trap '' TERM; echo up; while :; do sleep 0.02; done"))
	w.says("up")
	pid := w.pid()
	if err := w.kube.Tracker().Delete(podResource, "kube-system", "ca-1"); err != nil {
		t.Fatal(err)
	}
	w.eventually("a dead process", func() bool { return dead(pid) })
}

// A pod that a controller has failed runs no more.
func TestFailed(t *testing.T) {
	w := newWorld(t)
	w.add(pod("exec sleep 60"))
	w.running()
	pid := w.pid()
	w.change(func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed })
	w.eventually("a dead process", func() bool { return dead(pid) })
}

// Down and up again: the pod stays, so do its logs, and the new run counts as a restart.
func TestStopAndStartAgain(t *testing.T) {
	w := newWorld(t)
	w.add(pod(`echo up $$; exec sleep 60`, func(p *corev1.Pod) { p.Annotations = map[string]string{pods.PullDelay: "10ms"} }))
	w.running()
	w.says("up")
	first := w.pid()
	w.stop()
	if !dead(first) || !w.exists() || len(w.deletes()) != 0 {
		t.Errorf("after the stop: dead %v, pod %v, deletes %v", dead(first), w.exists(), w.deletes())
	}
	w.start()
	w.running()
	w.eventually("another run", func() bool { return w.status().RestartCount == 1 })
	last := w.status().LastTerminationState.Terminated
	if last == nil || last.ExitCode != 137 || last.Reason != "Unknown" {
		t.Errorf("last state %+v, want one whose end nobody saw", last)
	}
	w.says("up")
	was, err := w.log(pods.LogOptions{Previous: true, Tail: -1})
	now, fault := w.log(pods.LogOptions{Tail: -1})
	if err != nil || fault != nil || !strings.HasPrefix(was, "up ") || was == now {
		t.Errorf("logs %q, %v and %q, %v; want one of each run", was, err, now, fault)
	}
}

// One that waits to be started again is no different, and goes on counting.
func TestStopInCrashLoop(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo dying; exit 3"))
	w.eventually("a crash loop", func() bool { return w.status().State.Waiting != nil })
	w.stop()
	if _, err := os.Stat(w.folder()); err != nil {
		t.Fatalf("its logs: %v", err)
	}
	w.start()
	w.eventually("two more runs", func() bool { return w.status().RestartCount == 3 && w.status().State.Waiting != nil })
	if text, err := w.log(pods.LogOptions{Tail: -1}); err != nil || text != "dying\n" {
		t.Errorf("log %q, %v; want one run's", text, err)
	}
}

func delayed(p *corev1.Pod) { p.Annotations = map[string]string{pods.PullDelay: "1h"} }

// An image is pulled before the first start, and never for another.
func TestPullDelay(t *testing.T) {
	w := newWorld(t)
	began := time.Now()
	w.add(pod("exec sleep 60", func(p *corev1.Pod) { p.Annotations = map[string]string{pods.PullDelay: "400ms"} }))
	if _, err := w.log(pods.LogOptions{}); err != nil && !strings.Contains(err.Error(), "waiting to start") && !errors.Is(err, pods.ErrOther) {
		t.Errorf("log of a pod whose image is pulled: %v", err)
	}
	w.running()
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("runs after %s, want 400 ms at least", took)
	}
	w.stop()
	w.change(delayed)
	w.start()
	w.running()
}

// A pod that goes while its image is pulled never runs.
func TestDeleteWhilePulling(t *testing.T) {
	w := newWorld(t)
	w.add(pod("exec sleep 60", delayed))
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	if len(w.events("Started")) != 0 {
		t.Error("it was started")
	}
}

// A stop has an end, whatever the processes do.
func TestStopWithinItsContext(t *testing.T) {
	w := newWorld(t)
	w.add(pod("trap '' TERM; echo up; while :; do sleep 0.02; done"))
	w.says("up")
	pid := w.pid()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := w.run.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*time.Second || !dead(pid) {
		t.Errorf("took %s, dead %v", took, dead(pid))
	}
}

// A delete that comes while a liveness probe's failure has the process end may shorten its grace.
func TestDeleteWhileItEnds(t *testing.T) {
	w := newWorld(t)
	w.add(pod("trap '' TERM; echo up; while :; do sleep 0.02; done", container(func(c *corev1.Container) {
		c.LivenessProbe = probe("/live")
		c.LivenessProbe.FailureThreshold = 1
	})))
	w.eventually("the end begins", func() bool { return len(w.events("Killing")) == 1 })
	began := time.Now()
	w.change(func(p *corev1.Pod) {
		deleted(p)
		p.DeletionGracePeriodSeconds = new(int64(1))
	})
	w.eventually("no pod", func() bool { return !w.exists() })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %s, want the second that was asked for, not the pod's thirty", took)
	}
}

// What is left of a pod that went while nobody watched goes with the next start; what is left of others stays.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo up; exec sleep 60"))
	w.says("up")
	w.stop()
	gone := w.cfg.Dir + "/kube-system_ca-0_uid-0"
	w.write(gone+"/volumes/token", "secret")
	w.start()
	if _, err := os.Stat(gone); !os.IsNotExist(err) {
		t.Errorf("a token of a pod that is gone: %v", err)
	}
	if _, err := os.Stat(w.folder()); err != nil {
		t.Error(err)
	}
}
