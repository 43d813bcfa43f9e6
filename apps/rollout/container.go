package rollout

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func (w *waiter) image(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event) *cause {
	image := st.Image
	if spec := container(pod, st.Name); spec != nil {
		image = spec.Image // as it was asked for
	}
	c := &cause{kind: "image", after: w.Patience.Image, what: "its image cannot be pulled", facts: []string{"image " + image},
		todo: "push the image, or deploy a tag that is in the registry: paddock-apps:tags"}
	if st.State.Waiting.Reason == "InvalidImageName" {
		c.after, c.what, c.todo = 0, "that is no name of an image", "mend image in service.yaml, or the tag: paddock-apps:tags"
	}
	said := st.State.Waiting.Message
	// While it backs off, the container says no more than that; the event has the registry's words.
	if e := last(events, "Failed"); e != nil && strings.HasPrefix(e.Message, "Failed to pull image") {
		said = e.Message
	}
	if said != "" {
		c.facts = append(c.facts, "the registry says: "+registry(said, image))
	}
	return c
}

// registry takes the repetitions from what a kubelet says of a pull.
func registry(said, image string) string {
	for _, prefix := range []string{
		fmt.Sprintf("Failed to pull image %q: ", image), "rpc error: code = NotFound desc = ", "rpc error: code = Unknown desc = ",
		"failed to pull and unpack image ", fmt.Sprintf("%q: ", image),
	} {
		said = strings.TrimPrefix(said, prefix)
	}
	return said
}

func (w *waiter) config(pod *corev1.Pod, message string) *cause {
	return &cause{kind: "config", after: w.Patience.Config, what: "something that its container is given is missing",
		facts: []string{"pod " + pod.Name + ": " + message},
		todo:  fmt.Sprintf("make it in namespace %s, or mend secrets in service.yaml; the cluster tries again by itself", pod.Namespace)}
}

// creating is a container that waits for its volume, its network or its node.
func (w *waiter) creating(pod *corev1.Pod, events []*corev1.Event) *cause {
	c := &cause{kind: "creating", after: w.Patience.Mount, what: "its container does not come to be",
		facts: []string{"pod " + pod.Name + " on node " + pod.Spec.NodeName},
		todo:  "ask whoever runs the platform: this is between the cluster and its node"}
	if e := last(events, "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "FailedMapVolume"); e != nil {
		c.facts = append(c.facts, e.Message)
		if strings.Contains(e.Message, "not found") {
			c.kind, c.after, c.todo = "config", w.Patience.Config, "make what is not found, or mend service.yaml"
		}
	}
	return c
}

// crashes is after how many ends of a container it counts as one that will not stay up: it may have come up before what it needs.
const crashes = 3

// crash is a container that has ended, again and again.
func (w *waiter) crash(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event) *cause {
	end := st.LastTerminationState.Terminated
	if st.State.Terminated != nil {
		end = st.State.Terminated
	}
	if end == nil {
		return nil
	}
	if c := w.killed(pod, st, events); c != nil {
		return c
	}
	ends := st.RestartCount
	if st.State.Running == nil {
		ends++
	}
	c := &cause{kind: "crash", pod: pod, dead: true, after: w.Patience.Ready + w.Start}
	if ends >= crashes {
		c.after = 0
	}
	switch {
	case end.Reason == "OOMKilled":
		c.kind, c.what = "memory", "it uses more memory than its limit"
		c.todo = "raise memory.limit in service.yaml, or let the service use less"
		if limit := limitOf(pod, st.Name); limit != "" {
			c.what += " of " + limit
		}
		c.facts = []string{fmt.Sprintf("pod %s: OOMKilled, %s", pod.Name, times(ends))}
	case end.ExitCode == 0:
		c.what, c.todo = "it ends instead of serving", "let the service's process run until it is sent SIGTERM"
		c.facts = []string{fmt.Sprintf("pod %s: exit code 0, %s", pod.Name, times(ends))}
	default:
		c.what, c.todo = "it crashes", "mend what its log tells, and deploy again"
		c.facts = []string{fmt.Sprintf("pod %s: %s, %s", pod.Name, exit(end), times(ends))}
	}
	return c
}

func limitOf(pod *corev1.Pod, name string) string {
	if spec := container(pod, name); spec != nil && !spec.Resources.Limits.Memory().IsZero() {
		return spec.Resources.Limits.Memory().String()
	}
	return ""
}

func exit(end *corev1.ContainerStateTerminated) string {
	if end.ExitCode > 128 && end.ExitCode < 160 {
		return fmt.Sprintf("exit code %d: signal %d", end.ExitCode, end.ExitCode-128)
	}
	return fmt.Sprintf("exit code %d", end.ExitCode)
}

func times(n int32) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// probes are what a kubelet calls them in its events, with the field of the service file that they come from.
var probes = []struct {
	name, field string
	of          func(*corev1.Container) *corev1.Probe
}{
	{"startup", "health.ready", func(c *corev1.Container) *corev1.Probe { return c.StartupProbe }},
	{"liveness", "health.live", func(c *corev1.Container) *corev1.Probe { return c.LivenessProbe }},
	{"readiness", "health.ready", func(c *corev1.Container) *corev1.Probe { return c.ReadinessProbe }},
}

// killed is a container that the kubelet has ended, because a probe failed.
func (w *waiter) killed(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event) *cause {
	e := last(events, "Killing")
	if e == nil {
		return nil
	}
	for _, p := range probes[:2] {
		if !strings.Contains(e.Message, "failed "+p.name+" probe") {
			continue
		}
		c := failing(pod, st, events, p.name)
		c.facts = append(c.facts, "the cluster has ended it for that, "+times(max(st.RestartCount, 1)))
		if p.name == "startup" {
			c.todo += "; a service that needs longer says so: health.startSeconds"
		} else if st.RestartCount < crashes {
			c.after = w.Patience.Ready
		}
		return c
	}
	return nil
}

// unready is a container that runs and has not passed its probes.
func (w *waiter) unready(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event) *cause {
	name := "readiness"
	if st.Started != nil && !*st.Started {
		name = "startup"
	}
	c := failing(pod, st, events, name)
	c.after = w.Patience.Ready
	if name == "startup" || time.Since(st.State.Running.StartedAt.Time) < w.Start {
		c.after += w.Start
	}
	return c
}

// failing says of a probe what it asks, and what it is answered.
func failing(pod *corev1.Pod, st corev1.ContainerStatus, events []*corev1.Event, name string) *cause {
	c := &cause{kind: name, what: "its " + name + " probe fails", pod: pod, dead: st.State.Running == nil}
	for _, p := range probes {
		if spec := container(pod, st.Name); p.name == name && spec != nil {
			c.probe = p.of(spec)
			c.todo = "let it answer with a status from 200 to 399, or mend " + p.field + " in service.yaml"
		}
	}
	said := usual(events, strings.ToUpper(name[:1])+name[1:]+" probe failed: ")
	if said == "" {
		c.facts = append(c.facts, fmt.Sprintf("pod %s: %s has not succeeded", pod.Name, asked(c.probe)))
		return c
	}
	c.facts = append(c.facts, fmt.Sprintf("pod %s: %s: %s", pod.Name, asked(c.probe), answered(said)))
	if strings.Contains(said, "connection refused") {
		c.todo = "listen on $PORT, on all interfaces: nothing does"
	}
	return c
}

// usual is what a probe has been answered most often: a container that has only just been started refuses connections, whatever it
// will answer later.
func usual(events []*corev1.Event, prefix string) (said string) {
	most := int32(-1)
	for _, e := range events {
		if text, ok := strings.CutPrefix(e.Message, prefix); ok && e.Reason == "Unhealthy" && e.Count >= most {
			said, most = text, e.Count
		}
	}
	return said
}

func asked(p *corev1.Probe) string {
	if p == nil || p.HTTPGet == nil {
		return "the probe"
	}
	return fmt.Sprintf("GET %s on port %s", p.HTTPGet.Path, p.HTTPGet.Port.String())
}

func answered(said string) string {
	if code, ok := strings.CutPrefix(said, "HTTP probe failed with statuscode: "); ok {
		return "answers " + code
	}
	if strings.Contains(said, "connection refused") {
		return "the connection is refused"
	}
	if strings.Contains(said, "context deadline exceeded") || strings.Contains(said, "Client.Timeout") {
		return "no answer in time"
	}
	return said
}
