package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// cause is something that keeps a rollout from ending.
type cause struct {
	kind  string        // while one of this kind is seen without a break, of the same pod, its time runs
	of    string        // the pod; empty = none of them
	after time.Duration // how long it may last before it is final
	what  string        // what is wrong, to follow "version v2 did not roll out: "
	facts []string      // what shows it, a line each
	todo  string        // what to do about it
	pod   *corev1.Pod   // where the log may tell more; nil = nowhere
	name  string        // of the container there
	dead  bool          // the log of the run that ended is meant
	probe *corev1.Probe // what it fails; nil = none
}

// state is what has to last: pods that start one after the other each have their own time.
func (c *cause) state() string { return c.kind + " " + c.of }

// causes are all that can be seen now, the most telling first.
func (w *waiter) causes(s *snapshot) []*cause {
	var list []*cause
	if !s.seen() {
		list = append(list, &cause{kind: "controller", after: w.Patience.Cluster, what: "the cluster has not taken note of it",
			todo: "tell whoever runs the platform: the cluster's controllers do not work"})
	}
	if s.fresh != nil {
		list = append(list, w.uncreated(s)...)
		for _, pod := range s.troubled() {
			for _, c := range w.podCauses(pod, s.events[pod.UID]) {
				c.of = pod.Name
				list = append(list, c)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *cause) int { return cmp.Compare(a.after, b.after) })
	return append(list, w.overdue(s, list)...)
}

// overdue is what counts however things look.
func (w *waiter) overdue(s *snapshot, seen []*cause) []*cause {
	what := ""
	for _, c := range s.deployment.Status.Conditions {
		if s.seen() && c.Type == appsv1.DeploymentProgressing && c.Reason == "ProgressDeadlineExceeded" {
			what = "it has made no progress for longer than its deadline"
			if d := s.deployment.Spec.ProgressDeadlineSeconds; d != nil {
				what = fmt.Sprintf("it has made no progress for %d seconds", *d)
			}
		}
	}
	if whole := w.Patience.Whole + w.rounds(s.deployment); what == "" && time.Since(w.began) >= whole {
		what = fmt.Sprintf("it is not done after %v", whole)
	}
	if what == "" {
		return nil
	}
	c := &cause{kind: "overdue", what: what, todo: "look at what is said above, and at the events of the namespace"}
	if len(seen) > 0 {
		first := *seen[0]
		first.kind, first.of, first.after, first.what = c.kind, "", 0, what+": "+first.what
		c = &first
	} else if pods := s.troubled(); len(pods) > 0 {
		c.facts, c.pod, c.name = []string{"pod " + pods[0].Name + ": " + phase(pods[0])}, pods[0], firstContainer(pods[0])
	}
	return []*cause{c}
}

// phase says where a pod is on its way.
func phase(p *corev1.Pod) string {
	for _, st := range statuses(p) {
		wait := st.State.Waiting
		switch {
		case wait != nil && wait.Reason != "":
			return strings.TrimSpace(fmt.Sprintf("%s, container %s waits: %s %s", p.Status.Phase, st.Name, wait.Reason, wait.Message))
		case st.State.Running != nil && !st.Ready:
			return "container " + st.Name + " runs, and is not ready"
		}
	}
	return string(p.Status.Phase)
}

func firstContainer(p *corev1.Pod) string {
	if len(p.Spec.Containers) == 0 {
		return ""
	}
	return p.Spec.Containers[0].Name
}

// podCauses are what is wrong with one pod.
func (w *waiter) podCauses(pod *corev1.Pod, events []*corev1.Event) []*cause {
	if c := schedulerRefusal(pod); c != nil {
		return []*cause{w.unschedulable(pod, c, events)}
	}
	if pod.Spec.NodeName == "" {
		return []*cause{w.unseen(pod, events)}
	}
	if pod.Status.Phase == corev1.PodFailed {
		return []*cause{{kind: "failed", after: w.Patience.Created, what: "its pods are ended by the cluster",
			facts: []string{"pod " + pod.Name + ": " + strings.TrimSpace(pod.Status.Reason+": "+pod.Status.Message)},
			todo:  "if it was evicted, memory.request is less than what the service uses"}}
	}
	var list []*cause
	for _, st := range statuses(pod) {
		if c := w.containerCause(pod, st, events); c != nil {
			c.name = st.Name
			list = append(list, c)
		}
	}
	return list
}

func (w *waiter) containerCause(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event) *cause {
	if wait := st.State.Waiting; wait != nil {
		switch wait.Reason {
		case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
			return w.image(pod, st, events)
		case "CreateContainerConfigError":
			return w.config(pod, wait.Message)
		case "CreateContainerError", "RunContainerError", "StartError":
			return &cause{kind: "container", after: w.Patience.Config, what: "its container cannot be started",
				facts: []string{"pod " + pod.Name + ": " + wait.Message},
				todo:  "look at ENTRYPOINT and CMD of the Dockerfile: the command must be in the image"}
		case "ContainerCreating", "PodInitializing":
			return w.creating(pod, events)
		}
	}
	if c := w.crash(pod, st, events); c != nil {
		return c
	}
	if st.State.Running != nil && !st.Ready {
		return w.unready(pod, st, events)
	}
	return nil
}

// trouble is how long something must have been wrong to be worth a word: pods that start fail their probes at first.
const trouble = 5 * time.Second

// waiting says in a few words what a rollout that may yet end well is waiting for; empty = nothing special.
func (w *waiter) waiting(s *snapshot, causes []*cause) string {
	for _, pod := range s.troubled() {
		if c := schedulerRefusal(pod); c != nil {
			if last(s.events[pod.UID], "TriggeredScaleUp") != nil {
				return "the autoscaler adds a node"
			}
			return "no node has room yet"
		}
	}
	for _, c := range causes {
		if time.Since(w.since[c.state()]) >= trouble {
			return c.what
		}
	}
	return ""
}

// schedulerRefusal is what the scheduler says of a pod that has no node; nil = it has one, or nothing is said yet.
func schedulerRefusal(pod *corev1.Pod) *corev1.PodCondition {
	c := condition(pod, corev1.PodScheduled)
	if pod.Spec.NodeName != "" || c == nil || c.Status != corev1.ConditionFalse {
		return nil
	}
	return c
}
