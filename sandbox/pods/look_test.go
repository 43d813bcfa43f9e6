package pods_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"paddock/sandbox/pods"
)

func (w *world) exists() bool {
	_, err := w.kube.Tracker().Get(podResource, "kube-system", "ca-1")
	return err == nil
}

func (w *world) pod() *corev1.Pod {
	w.t.Helper()
	got, err := w.kube.Tracker().Get(podResource, "kube-system", "ca-1")
	if err != nil {
		w.t.Fatal(err)
	}
	var p corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(got.(*unstructured.Unstructured).Object, &p); err != nil {
		w.t.Fatal(err)
	}
	return &p
}

// status is that of the one container; zero = the runner has said nothing yet.
func (w *world) status() corev1.ContainerStatus {
	w.t.Helper()
	if all := w.pod().Status.ContainerStatuses; len(all) == 1 {
		return all[0]
	}
	return corev1.ContainerStatus{}
}

func (w *world) ready() bool {
	w.t.Helper()
	return condition(w.pod(), corev1.PodReady).Status == corev1.ConditionTrue
}

func condition(p *corev1.Pod, of corev1.PodConditionType) corev1.PodCondition {
	for _, c := range p.Status.Conditions {
		if c.Type == of {
			return c
		}
	}
	return corev1.PodCondition{}
}

func (w *world) eventually(what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	w.t.Fatalf("never seen: %s; the pod is now %+v", what, w.status())
}

func (w *world) running() {
	w.t.Helper()
	w.eventually("a running container", func() bool { return w.status().State.Running != nil && w.pid() != 0 })
}

func (w *world) pid() int {
	for _, p := range w.run.Processes() {
		return p.PID
	}
	return 0
}

func (w *world) folder() string { return filepath.Join(w.cfg.Dir, "kube-system_ca-1_uid-1") }

func (w *world) log(o pods.LogOptions) (string, error) {
	w.t.Helper()
	r, err := w.run.Log(context.Background(), "kube-system", "ca-1", o)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

// says waits for a log that holds the text.
func (w *world) says(text string) {
	w.t.Helper()
	w.eventually("a log with "+text, func() bool {
		got, err := w.log(pods.LogOptions{Tail: -1})
		return err == nil && strings.Contains(got, text)
	})
}

// happened is how often the cluster has heard of an event with the reason, by what the event itself says.
func (w *world) happened(reason string) (times int64) {
	list, err := w.kube.Resource(eventResource).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list.Items {
		if e.Object["reason"] == reason {
			n, _, _ := unstructured.NestedInt64(e.Object, "count")
			times += n
		}
	}
	return times
}

// events are those of one reason.
func (w *world) events(reason string) (messages []string) {
	for _, a := range w.kube.Actions() {
		c, ok := a.(clienttesting.CreateAction)
		if !ok || a.GetResource().Resource != "events" {
			continue
		}
		o := c.GetObject().(*unstructured.Unstructured).Object
		if o["reason"] == reason {
			messages = append(messages, o["message"].(string))
		}
	}
	return messages
}
