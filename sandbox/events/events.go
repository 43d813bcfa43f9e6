// Package events tells what happens to a cluster's objects, for `kubectl describe`. As with Kubernetes' own components, what
// happens again is counted.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

var resource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

const (
	again = 10 * time.Second // between two tellings that an event goes on happening; its second time is told at once
	kept  = time.Hour        // after which an apiserver forgets an event that does not happen any more, and so does a Writer
)

// Writer tells the events of one component. It is for one goroutine.
type Writer struct {
	kube   dynamic.Interface
	source corev1.EventSource
	known  map[key]*Event
}

// key is what makes two events the same.
type key struct {
	of                    types.UID
	kind, reason, message string
}

// New makes a writer of the component's events.
func New(kube dynamic.Interface, source corev1.EventSource) *Writer {
	return &Writer{kube: kube, source: source, known: map[key]*Event{}}
}

// Event is something that has happened to an object, perhaps several times.
type Event struct {
	w                     *Writer
	of                    corev1.ObjectReference
	kind, reason, message string
	name                  string
	first, last           time.Time // that it happened
	count                 int32
	told                  int32     // of count, as the cluster has it; 0 = it has not heard of the event
	at                    time.Time // when it last heard
}

// Happened counts an event of a kind, Normal or Warning. The cluster hears of it by Tell.
func (w *Writer) Happened(of corev1.ObjectReference, kind, reason, message string) *Event {
	now := time.Now()
	maps.DeleteFunc(w.known, func(_ key, e *Event) bool { return now.Sub(e.last) > kept })
	k := key{of.UID, kind, reason, message}
	e := w.known[k]
	if e == nil {
		name := fmt.Sprintf("%s.%x", of.Name, now.UnixNano())
		e = &Event{w: w, of: of, kind: kind, reason: reason, message: message, name: name, first: now}
		w.known[k] = e
	}
	e.count, e.last = e.count+1, now
	return e
}

// First says that the event has not happened before.
func (e *Event) First() bool { return e.count == 1 }

// Tell writes the event, or how often it has happened by now, unless the cluster has just heard. What fails is told by the next
// call, whether that is of the same time that it happened or of a later one.
func (e *Event) Tell(ctx context.Context) error {
	now := time.Now()
	if e.told == e.count || e.told > 1 && now.Sub(e.at) < again {
		return nil
	}
	err := e.write(ctx)
	if err == nil {
		e.told, e.at = e.count, now
	}
	return err
}

func (e *Event) write(ctx context.Context) error {
	there := e.w.kube.Resource(resource).Namespace(e.of.Namespace)
	if e.told > 0 {
		raw, err := json.Marshal(map[string]any{"count": e.count, "lastTimestamp": metav1.NewTime(e.last)})
		if err != nil {
			return err
		}
		if _, err = there.Patch(ctx, e.name, types.MergePatchType, raw, metav1.PatchOptions{}); !apierrors.IsNotFound(err) {
			return err
		}
	}
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&corev1.Event{
		TypeMeta:       metav1.TypeMeta{APIVersion: "v1", Kind: "Event"},
		ObjectMeta:     metav1.ObjectMeta{Name: e.name, Namespace: e.of.Namespace},
		InvolvedObject: e.of, Reason: e.reason, Message: e.message, Type: e.kind, Source: e.w.source,
		Count: e.count, FirstTimestamp: metav1.NewTime(e.first), LastTimestamp: metav1.NewTime(e.last),
	})
	if err != nil {
		return err
	}
	_, err = there.Create(ctx, &unstructured.Unstructured{Object: m}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) { // the answer to an earlier try was lost
		return nil
	}
	return err
}
