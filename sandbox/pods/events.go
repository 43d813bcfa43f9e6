package pods

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var events = schema.GroupVersionResource{Version: "v1", Resource: "events"}

// told is an event that may happen again.
type told struct {
	name  string
	count int32
	at    time.Time // when the cluster last heard of it
}

// again is how often the cluster hears that an event goes on happening.
const again = 10 * time.Second

// event tells what happened, for `kubectl describe pod`. As with a kubelet, what happens again is counted. It is called by the
// goroutine of the pod alone.
func (p *pod) event(of, reason, message string) {
	key := of + "\n" + reason + "\n" + message
	t := p.told[key]
	if t == nil {
		t = &told{name: fmt.Sprintf("%s.%x", p.Name, time.Now().UnixNano())}
		p.told[key] = t
	}
	t.count++
	if t.count > 2 && time.Since(t.at) < again {
		return
	}
	t.at = time.Now()
	if t.count > 1 && p.repeat(t) {
		return
	}
	now := metav1.NewTime(t.at)
	e := &corev1.Event{
		TypeMeta:       metav1.TypeMeta{APIVersion: "v1", Kind: "Event"},
		ObjectMeta:     metav1.ObjectMeta{Name: t.name, Namespace: p.Namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
		Reason:         reason, Message: message, Type: of, Count: t.count, FirstTimestamp: now, LastTimestamp: now,
		Source: corev1.EventSource{Component: "kubelet", Host: p.Spec.NodeName},
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(e)
	if err != nil {
		return
	}
	p.ask(p.run.life, "event", func(ctx context.Context) error {
		_, err := p.run.cfg.Kube.Resource(events).Namespace(p.Namespace).Create(ctx, &unstructured.Unstructured{Object: m}, metav1.CreateOptions{})
		return err
	})
}

// repeat counts an event that the cluster has; false = it has forgotten it.
func (p *pod) repeat(t *told) (there bool) {
	raw, err := json.Marshal(map[string]any{"count": t.count, "lastTimestamp": metav1.NewTime(t.at)})
	if err != nil {
		return true
	}
	there = true
	p.ask(p.run.life, "event", func(ctx context.Context) error {
		_, err := p.run.cfg.Kube.Resource(events).Namespace(p.Namespace).Patch(ctx, t.name, types.MergePatchType, raw, metav1.PatchOptions{})
		there = !apierrors.IsNotFound(err)
		return err
	})
	return there
}
