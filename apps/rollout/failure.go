package rollout

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Failure is a rollout that will not end well by itself.
type Failure struct {
	Service string   // namespace/name
	Version string   // that did not roll out
	Smoke   bool     // it did roll out, and does not work
	What    string   // in one sentence
	Facts   []string // what shows it
	Log     []string // the last lines of the container that it is about; empty = none, or not to be had
	Serves  string   // who answers requests now
	Do      string
}

// Error is the whole explanation, over several lines.
func (f *Failure) Error() string {
	var b strings.Builder
	went := "did not roll out"
	if f.Smoke {
		went = "is rolled out, but fails its smoke check"
	}
	fmt.Fprintf(&b, "%s: version %s %s: %s", f.Service, f.Version, went, f.What)
	for _, fact := range f.Facts {
		fmt.Fprintf(&b, "\n  %s", fact)
	}
	if len(f.Log) > 0 {
		b.WriteString("\n  the end of its log:")
		for _, line := range f.Log {
			fmt.Fprintf(&b, "\n    %s", line)
		}
	}
	fmt.Fprintf(&b, "\n%s\nwhat to do: %s", f.Serves, f.Do)
	return b.String()
}

// Limits of what an explanation quotes.
const (
	logLines = 10
	longest  = 300 // bytes of a line
	asking   = 5 * time.Second
)

func (w *waiter) failure(ctx context.Context, s *snapshot, c *cause) *Failure {
	f := &Failure{
		Service: w.namespace + "/" + w.name, Version: w.version(s), What: c.what, Facts: c.facts, Do: c.todo, Serves: w.serves(s),
	}
	if c.probe != nil && !c.dead {
		if fact := w.askProbe(ctx, c); fact != "" {
			f.Facts = append(f.Facts[:len(f.Facts):len(f.Facts)], fact)
		}
	}
	if c.pod != nil {
		f.Log = Log(ctx, w.client, c.pod, c.name, c.dead)
	}
	if s.deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType && w.nobody(s) {
		f.Do += "; until then, deploy the version before again"
	}
	return f
}

// serves says who answers requests while the new version does not.
func (w *waiter) serves(s *snapshot) string {
	var parts []string
	for _, old := range s.old() {
		if n := s.available(old); n > 0 {
			parts = append(parts, fmt.Sprintf("%s still serves with %d of %d pods", w.named(s, old), n, max(s.wanted(), n)))
		}
	}
	if n := s.available(s.fresh); n > 0 {
		parts = append(parts, fmt.Sprintf("version %s serves with %d of %d pods", w.version(s), n, s.wanted()))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case len(s.old()) == 0:
		return "nothing serves: there was no version before"
	case s.deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		return "nothing serves: a service with a volume stops its old version before the new one starts"
	}
	return "nothing serves: the version before has no pod that is ready"
}

// named calls a former version by its name, or by what tells it from the new one.
func (w *waiter) named(s *snapshot, old *appsv1.ReplicaSet) string {
	if name := versionOf(old.Spec.Template); name != w.version(s) {
		return "version " + name
	}
	return "the version before, of the same image,"
}

func (w *waiter) nobody(s *snapshot) bool {
	for _, set := range s.sets {
		if s.available(set) > 0 {
			return false
		}
	}
	return len(s.old()) > 0
}

// askProbe asks what the probe asks, for the words of the answer, which the kubelet does not hand on.
func (w *waiter) askProbe(ctx context.Context, c *cause) string {
	get := c.probe.HTTPGet
	if w.Ask == nil || get == nil {
		return ""
	}
	port := get.Port.IntVal
	if get.Port.Type == intstr.String {
		port = portOf(c.pod, c.name, get.Port.StrVal)
	}
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	status, body, err := w.Ask(ctx, c.pod, port, get.Path)
	switch {
	case err != nil:
		return fmt.Sprintf("asked once more: %v", err)
	case strings.TrimSpace(body) == "":
		return fmt.Sprintf("asked once more: %d, with an empty body", status)
	}
	return fmt.Sprintf("asked once more: %d: %s", status, short(strings.Join(strings.Fields(body), " ")))
}

// portOf is a container's port by its name; 0 = it has none such.
func portOf(pod *corev1.Pod, name, port string) int32 {
	if spec := container(pod, name); spec != nil {
		for _, p := range spec.Ports {
			if p.Name == port {
				return p.ContainerPort
			}
		}
	}
	return 0
}

func short(line string) string {
	if len(line) > longest {
		return strings.ToValidUTF8(line[:longest], "") + " ..."
	}
	return line
}
