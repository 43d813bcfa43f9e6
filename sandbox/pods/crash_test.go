package pods_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/sandbox/pods"
)

// A container that dies is started again at once, and then after pauses; its pod tells why.
func TestCrashLoop(t *testing.T) {
	w := newWorld(t)
	w.add(pod("echo run $$; echo because >&2; exit 3", container(func(c *corev1.Container) {
		c.TerminationMessagePolicy = corev1.TerminationMessageFallbackToLogsOnError
	})))
	began := time.Now()
	w.eventually("a crash loop", func() bool { return w.status().State.Waiting != nil })
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the second crash came after %s, want the first restart at once", took)
	}
	s := w.status()
	if s.State.Waiting.Reason != "CrashLoopBackOff" || s.RestartCount != 1 || s.Ready ||
		s.State.Waiting.Message != "back-off 10s restarting failed container=autoscaler pod=ca-1_kube-system(uid-1)" {
		t.Errorf("status %+v", s)
	}
	last := s.LastTerminationState.Terminated
	if last == nil || last.ExitCode != 3 || last.Reason != "Error" || !strings.HasSuffix(last.Message, "because") || !strings.HasPrefix(last.Message, "run ") {
		t.Errorf("last state %+v, want exit code 3 and the log's end", last)
	}
	if p := w.pod(); p.Status.Phase != corev1.PodRunning || w.ready() {
		t.Errorf("status %+v, want a pod that is running and not ready", p.Status)
	}
	if w.happened("BackOff") != 1 || w.happened("Started") != 2 {
		t.Errorf("events %d times %v, %d times %v", w.happened("Started"), w.events("Started"), w.happened("BackOff"), w.events("BackOff"))
	}
	if got := w.run.Processes(); len(got) != 1 || got[0].State != "waiting" || got[0].Restarts != 1 {
		t.Errorf("processes %+v, want one that waits", got)
	}
	// In the pause kubectl gets the log of the run that has died, with --previous and without.
	was, err := w.log(pods.LogOptions{Previous: true, Tail: -1})
	now, fault := w.log(pods.LogOptions{Tail: -1})
	if was != now || !strings.HasPrefix(now, "run ") || err != nil || fault != nil {
		t.Errorf("logs %q, %v and %q, %v; want the last run's twice", was, err, now, fault)
	}
	if logs, err := os.ReadDir(filepath.Join(w.folder(), "autoscaler")); err != nil || len(logs) != 1 {
		t.Errorf("%v, %v are kept, want the last run's log alone", logs, err)
	}
}

// The message is the container's own affair, and an end that is no error needs none.
func TestNoMessage(t *testing.T) {
	for name, row := range map[string]struct {
		script string
		policy corev1.TerminationMessagePolicy
		reason string
	}{
		"policy":  {"echo because; exit 3", corev1.TerminationMessageReadFile, "Error"},
		"success": {"echo because", corev1.TerminationMessageFallbackToLogsOnError, "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(pod(row.script, container(func(c *corev1.Container) { c.TerminationMessagePolicy = row.policy })))
			w.eventually("an end", func() bool { return w.status().LastTerminationState.Terminated != nil })
			if last := w.status().LastTerminationState.Terminated; last.Message != "" || last.Reason != row.reason {
				t.Errorf("last state %+v, want %s without a message", last, row.reason)
			}
		})
	}
}

// A signal is told as by a shell.
func TestKilledBySignal(t *testing.T) {
	w := newWorld(t)
	w.add(pod("kill -9 $$"))
	w.eventually("an end", func() bool { return w.status().LastTerminationState.Terminated != nil })
	if code := w.status().LastTerminationState.Terminated.ExitCode; code != 137 {
		t.Errorf("exit code %d, want 137", code)
	}
}

func TestPauses(t *testing.T) {
	want := []time.Duration{0, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute, 5 * time.Minute}
	pause := time.Duration(0)
	for i, w := range want {
		if pause != w {
			t.Errorf("pause %d is %s, want %s", i, pause, w)
		}
		pause = pods.Longer(pause)
	}
}

// What cannot be started is told, and tried again: a file may come.
func TestBadCommand(t *testing.T) {
	for name, f := range map[string]func(*world, *corev1.Container){
		"another program": func(_ *world, c *corev1.Container) { c.Command = []string{"/bin/date"} },
		"no such file":    func(w *world, _ *corev1.Container) { _ = os.Remove(filepath.Join(w.cfg.Bin, "cluster-autoscaler")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(pod("exec sleep 60", container(func(c *corev1.Container) { f(w, c) })))
			w.eventually("a reason", func() bool { return w.status().State.Waiting != nil })
			waiting := w.status().State.Waiting
			if waiting.Reason != "RunContainerError" || !strings.Contains(waiting.Message, "cluster-autoscaler") && !strings.Contains(waiting.Message, `exec: "/bin/date": executable file not found in $PATH`) {
				t.Errorf("waits for %+v", waiting)
			}
			if w.pod().Status.Phase != corev1.PodPending || w.status().RestartCount != 0 {
				t.Errorf("status %+v, want a pod that has never run", w.pod().Status)
			}
		})
	}
}

func probe(path string) *corev1.Probe {
	get := &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8085)}
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: get}, PeriodSeconds: 1, FailureThreshold: 1}
}

// listening is a pod of a server, which takes as long as the machine is busy until it listens: its other probes wait for that.
func listening(t *testing.T, change func(*corev1.Container)) *corev1.Pod {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return pod(listen, container(func(c *corev1.Container) {
		c.Env = append(c.Env, corev1.EnvVar{Name: "TEST_BINARY", Value: self})
		c.StartupProbe = probe("/start")
		c.StartupProbe.FailureThreshold = 60
		change(c)
	}))
}

// unhealthy are the events of failed probes of a kind.
func (w *world) unhealthy(kind string) []string {
	return slices.DeleteFunc(w.events("Unhealthy"), func(text string) bool { return !strings.HasPrefix(text, kind) })
}

// A pod is as ready as its probe says; whoever looks sees since when.
func TestReadiness(t *testing.T) {
	w := newWorld(t)
	w.write(filepath.Join(w.folder(), "ready"), "")
	w.add(listening(t, func(c *corev1.Container) { c.ReadinessProbe = probe("/ready") }))
	w.running()
	time.Sleep(300 * time.Millisecond)
	was := w.pod()
	if c := condition(was, corev1.PodReady); w.status().Ready || c.Status != corev1.ConditionFalse || c.Reason != "ContainersNotReady" {
		t.Fatalf("ready condition %+v, want one that is false", c)
	}
	if err := os.Remove(filepath.Join(w.folder(), "ready")); err != nil {
		t.Fatal(err)
	}
	w.eventually("ready", w.ready)
	now := w.pod()
	if c := condition(now, corev1.PodReady); c.Reason != "" || !w.status().Ready {
		t.Errorf("ready condition %+v, want no reason", c)
	}
	if a, b := condition(was, corev1.PodInitialized), condition(now, corev1.PodInitialized); !a.LastTransitionTime.Equal(&b.LastTransitionTime) {
		t.Errorf("initialized since %s and then %s: nothing changed", a.LastTransitionTime, b.LastTransitionTime)
	}
	w.write(filepath.Join(w.folder(), "ready"), "")
	w.eventually("not ready again", func() bool { return !w.ready() })
	if got := w.unhealthy("Readiness"); len(got) != 1 || got[0] != "Readiness probe failed: HTTP probe failed with statuscode: 503" {
		t.Errorf("events %v", got)
	}
	if w.status().RestartCount != 0 || w.status().State.Running == nil {
		t.Errorf("status %+v, want the same run", w.status())
	}
}

func TestLiveness(t *testing.T) {
	w := newWorld(t)
	w.write(filepath.Join(w.folder(), "live"), "")
	w.add(listening(t, func(c *corev1.Container) { c.LivenessProbe = probe("/live") }))
	w.running()
	first := w.pid()
	w.eventually("a restart", func() bool { return w.status().RestartCount == 1 && w.pid() != 0 && w.pid() != first })
	if got := w.unhealthy("Liveness"); len(got) != 1 || got[0] != "Liveness probe failed: HTTP probe failed with statuscode: 503" {
		t.Errorf("events %v", got)
	}
	if last := w.status().LastTerminationState.Terminated; last == nil || last.ExitCode != 0 {
		t.Errorf("last state %+v, want the one that heeded SIGTERM", last)
	}
}
