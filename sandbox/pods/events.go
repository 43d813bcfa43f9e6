package pods

import corev1 "k8s.io/api/core/v1"

// event tells what happened, for `kubectl describe pod`. It is called by the goroutine of the pod alone.
func (p *pod) event(of, reason, message string) {
	about := corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: p.Namespace, Name: p.Name, UID: p.UID}
	p.ask(p.run.life, "event", p.events.Happened(about, of, reason, message).Tell)
}
