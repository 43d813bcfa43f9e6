package pods

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// status is that of the one container in a state.
func (p *pod) status(state corev1.ContainerState, ready bool) corev1.ContainerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	started := state.Running != nil && p.started
	return corev1.ContainerStatus{
		Name: p.container.Name, Image: p.container.Image, State: state, Ready: ready, Started: &started, RestartCount: max(p.runs-1, 0),
		LastTerminationState: corev1.ContainerState{Terminated: p.last},
	}
}

func (p *pod) running(since time.Time, ready bool) corev1.ContainerStatus {
	return p.status(corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(since)}}, ready)
}

func (p *pod) waiting(reason, message string) corev1.ContainerStatus {
	p.mu.Lock()
	p.waits = reason
	p.mu.Unlock()
	return p.status(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}, false)
}

// say writes the pod's status, as its kubelet would. It tries for a while, as a kubelet does, and then lets it be: the next
// change says it all again.
func (p *pod) say(c corev1.ContainerStatus) {
	status := map[string]any{
		"phase": corev1.PodRunning, "startTime": p.since, "containerStatuses": []corev1.ContainerStatus{c},
		"podIP": p.ip(), "podIPs": []corev1.PodIP{{IP: p.ip()}},
		"conditions": []any{
			p.condition(corev1.PodReadyToStartContainers, true), p.condition(corev1.PodInitialized, true),
			p.condition(corev1.ContainersReady, c.Ready), p.condition(corev1.PodReady, c.Ready),
		},
	}
	if c.State.Running == nil && c.LastTerminationState.Terminated == nil { // it has never run
		status["phase"] = corev1.PodPending
	}
	raw, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.UID}, "status": status})
	if err != nil {
		return
	}
	p.ask(p.run.life, "status", func(ctx context.Context) error {
		_, err := p.run.cfg.Kube.Resource(podResource).Namespace(p.Namespace).
			Patch(ctx, p.Name, types.StrategicMergePatchType, raw, metav1.PatchOptions{FieldManager: "kubelet"}, "status")
		return err
	})
}

// condition is as a patch has it: what does not hold any more is taken away. Its time is that of its last change.
func (p *pod) condition(of corev1.PodConditionType, yes bool) map[string]any {
	c := corev1.PodCondition{Type: of, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}
	out := map[string]any{"type": of, "reason": nil, "message": nil}
	if !yes {
		c.Status = corev1.ConditionFalse
		out["reason"], out["message"] = "ContainersNotReady", fmt.Sprintf("containers with unready status: [%s]", p.container.Name)
	}
	if before, told := p.conditions[of]; told && before.Status == c.Status {
		c = before
	}
	p.conditions[of] = c
	out["status"], out["lastTransitionTime"] = c.Status, c.LastTransitionTime
	return out
}

// remove tells the cluster that the pod has ended, which takes it away.
func (p *pod) remove() {
	now := int64(0)
	p.ask(context.Background(), "delete", func(ctx context.Context) error {
		return p.run.cfg.Kube.Resource(podResource).Namespace(p.Namespace).
			Delete(ctx, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.UID}})
	})
}

// ask talks to the apiserver, which may be away for a moment; a pod that is no longer there is no error. A cloud that stops waits
// for no status: it is told again with the next start.
func (p *pod) ask(life context.Context, what string, f func(context.Context) error) {
	var err error
	for range 3 {
		ctx, cancel := context.WithTimeout(life, soon)
		err = f(ctx)
		cancel()
		if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return
		}
		if !sleep(p.run.life, time.Second) {
			return
		}
	}
	p.run.cfg.Log.Warn("the cluster does not hear of a pod", "pod", p.Name, "what", what, "cause", err)
}

// ip is the address that the pod has already, or its own.
func (p *pod) ip() string {
	if p.Status.PodIP != "" {
		return p.Status.PodIP
	}
	return address(p.UID)
}

// address is a pod's own, in the upper part of the range that KWOK takes pod addresses from. It leads nowhere.
func address(uid types.UID) string {
	h := fnv.New32a()
	h.Write([]byte(uid))
	n := h.Sum32()
	return fmt.Sprintf("100.127.%d.%d", n>>8&0xff, max(n&0xff, 1))
}

// setStarted sets whether the container's start is over, which its status tells.
func (p *pod) setStarted(started bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = started
}
