package events_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"paddock/sandbox/events"
)

var resource = schema.GroupVersionResource{Version: "v1", Resource: "events"}

// world is a cluster without any events, whose next writes may fail. Its time passes only where the test sleeps.
type world struct {
	*testing.T
	kube   *fake.FakeDynamicClient
	writer *events.Writer
	fails  int
}

func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		scheme := runtime.NewScheme()
		if err := corev1.AddToScheme(scheme); err != nil {
			t.Fatal(err)
		}
		w := &world{T: t, kube: fake.NewSimpleDynamicClient(scheme)}
		w.kube.PrependReactor("*", "events", func(a clienttesting.Action) (bool, runtime.Object, error) {
			if w.fails == 0 || a.GetVerb() == "list" || a.GetVerb() == "delete" {
				return false, nil, nil
			}
			w.fails--
			return true, nil, errors.New("away")
		})
		w.writer = events.New(w.kube, corev1.EventSource{Component: "kubelet"})
		f(w)
	})
}

// happens is an event of a pod, told.
func (w *world) happens(message string) error {
	of := corev1.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: "red", Name: "web", UID: "1"}
	return w.writer.Happened(of, corev1.EventTypeWarning, "Failed", message).Tell(w.Context())
}

func (w *world) told() (all []corev1.Event) {
	w.Helper()
	list, err := w.kube.Resource(resource).Namespace("red").List(w.Context(), metav1.ListOptions{})
	if err != nil {
		w.Fatal(err)
	}
	for _, u := range list.Items {
		var e corev1.Event
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &e); err != nil {
			w.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// counts wants one event, which has happened so many times as far as the cluster knows.
func (w *world) counts(want int32) {
	w.Helper()
	if got := w.told(); len(got) != 1 || got[0].Count != want {
		w.Errorf("%+v; want one event, with count %d", got, want)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// The first time makes an event, and later ones are counted in it; what says something else is another event.
func TestCounted(t *testing.T) {
	in(t, func(w *world) {
		w.must(w.happens("no role"))
		begun := time.Now()
		e := w.told()[0]
		if e.Type != corev1.EventTypeWarning || e.Reason != "Failed" || e.Message != "no role" || e.Count != 1 ||
			e.Source.Component != "kubelet" || e.InvolvedObject.Kind != "Pod" || e.InvolvedObject.Name != "web" || e.InvolvedObject.UID != "1" {
			t.Errorf("%+v", e)
		}
		time.Sleep(3 * time.Second)
		w.must(w.happens("no role"))
		w.counts(2)
		if e = w.told()[0]; !e.FirstTimestamp.Time.Equal(begun) || !e.LastTimestamp.Time.Equal(begun.Add(3*time.Second)) {
			t.Errorf("first %v, last %v; want 3 s between them, from %v on", e.FirstTimestamp, e.LastTimestamp, begun)
		}
		w.must(w.happens("still none"))
		if got := w.told(); len(got) != 2 {
			t.Errorf("%d events, want another one", len(got))
		}
	})
}

// What goes on happening is told every ten seconds, with all the times in between.
func TestNotTooOften(t *testing.T) {
	in(t, func(w *world) {
		for range 10 {
			w.must(w.happens("no role"))
			time.Sleep(time.Second)
		}
		w.counts(2)
		time.Sleep(time.Second)
		w.must(w.happens("no role"))
		w.counts(11)
	})
}

// What could not be written is, when it happens again or when the same is tried again.
func TestTriedAgain(t *testing.T) {
	in(t, func(w *world) {
		for _, want := range []int32{2, 4} { // both a new event, and one that the cluster knows
			w.fails = 1
			if err := w.happens("no role"); err == nil {
				t.Error("a failure is not told")
			}
			w.must(w.happens("no role"))
			w.counts(want)
			time.Sleep(10 * time.Second)
		}
		w.fails = 1
		e := w.writer.Happened(corev1.ObjectReference{Namespace: "red", Name: "web", UID: "2"}, corev1.EventTypeNormal, "Started", "")
		if err := e.Tell(t.Context()); err == nil {
			t.Error("a failure is not told")
		}
		w.must(e.Tell(t.Context()))
		w.must(e.Tell(t.Context()))
		if got := w.told(); len(got) != 2 || got[0].Count+got[1].Count != 5 {
			t.Errorf("%+v; want another event, once", got)
		}
	})
}

// An event that the cluster has forgotten is made anew.
func TestForgotten(t *testing.T) {
	in(t, func(w *world) {
		w.must(w.happens("no role"))
		w.must(w.kube.Resource(resource).Namespace("red").Delete(t.Context(), w.told()[0].Name, metav1.DeleteOptions{}))
		w.must(w.happens("no role"))
		w.counts(2)
	})
}

// What happens after an hour of silence happens for the first time.
func TestFirst(t *testing.T) {
	in(t, func(w *world) {
		of := corev1.ObjectReference{Namespace: "red", Name: "web", UID: "1"}
		for i, want := range []bool{true, false, true} {
			if got := w.writer.Happened(of, corev1.EventTypeNormal, "Started", "").First(); got != want {
				t.Errorf("%d: first %v", i, got)
			}
			if i == 1 {
				time.Sleep(time.Hour + time.Second)
			}
		}
	})
}
