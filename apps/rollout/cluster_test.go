package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"paddock/apps/rollout"
)

const registry = "111122223333.dkr.ecr.us-west-2.amazonaws.com/paddock-dev/frontend/frontend"

// world is a Deployment that is moving from v1 to v2, as a test wants it to stand.
type world struct {
	deployment *appsv1.Deployment
	sets       []*appsv1.ReplicaSet
	pods       []*corev1.Pod
	events     []*corev1.Event
	log        map[bool]string // by whether the previous run's is asked for
}

func template(version string) corev1.PodTemplateSpec {
	probe := func(path string) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}}}
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "frontend"}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "frontend", Image: registry + ":" + version, Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
			Resources:      corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")}},
			ReadinessProbe: probe("/healthz"), StartupProbe: probe("/healthz"), LivenessProbe: probe("/livez"),
		}}},
	}
}

// moving is a world in which v1 serves with two pods, and one pod of v2 has been made.
func moving() *world {
	two := int32(2)
	w := &world{deployment: &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "frontend", Namespace: "frontend", UID: "d", Generation: 2},
		Spec: appsv1.DeploymentSpec{Replicas: &two, Template: template("v2"),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "frontend"}}},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 1, AvailableReplicas: 2},
	}}
	w.set("v1", 1, 2)
	w.set("v2", 2, 0)
	w.pod("v1", "old-1").Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	w.pod("v1", "old-2").Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	w.pod("v2", "new-1")
	return w
}

func (w *world) set(version string, revision, available int32) {
	yes := true
	t := template(version)
	t.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = version
	w.sets = append(w.sets, &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: "frontend-" + version, Namespace: "frontend", UID: types.UID(version), Labels: t.Labels,
			Annotations:     map[string]string{"deployment.kubernetes.io/revision": fmt.Sprint(revision)},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Deployment", Name: "frontend", UID: "d", Controller: &yes}}},
		Spec:   appsv1.ReplicaSetSpec{Template: t},
		Status: appsv1.ReplicaSetStatus{AvailableReplicas: available},
	})
}

func (w *world) pod(version, name string) *corev1.Pod {
	yes := true
	t := template(version)
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "frontend", UID: types.UID(name), Labels: t.Labels,
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "frontend-" + version, UID: types.UID(version), Controller: &yes}}},
		Spec: t.Spec, Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	p.Spec.NodeName = "node-1"
	w.pods = append(w.pods, p)
	return p
}

// fresh is the pod of v2.
func (w *world) fresh() *corev1.Pod { return w.pods[len(w.pods)-1] }

func (w *world) event(reason, message string) {
	w.events = append(w.events, &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("e", len(w.events)), Namespace: "frontend"}, Reason: reason, Message: message,
		InvolvedObject: corev1.ObjectReference{UID: w.fresh().UID}, LastTimestamp: metav1.NewTime(time.Unix(int64(len(w.events)), 0)),
	})
}

// container is the state of the one container of v2's pod.
func (w *world) container(st corev1.ContainerStatus) {
	st.Name = "frontend"
	w.fresh().Status.ContainerStatuses = []corev1.ContainerStatus{st}
}

func waits(reason, message string) corev1.ContainerStatus {
	return corev1.ContainerStatus{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}
}

// again is a container that waits to be started anew, after so many restarts.
func again(restarts int32, end corev1.ContainerStateTerminated) corev1.ContainerStatus {
	st := waits("CrashLoopBackOff", "back-off 20s restarting failed container")
	st.RestartCount, st.LastTerminationState.Terminated = restarts, &end
	return st
}

func running(started bool) corev1.ContainerStatus {
	return corev1.ContainerStatus{Started: &started, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}
}

// refused is what the ReplicaSet of v2 hears when it makes a pod.
func (w *world) refused(message string) {
	w.pods = w.pods[:2]
	w.sets[1].Status.Conditions = []appsv1.ReplicaSetCondition{{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue,
		Reason: "FailedCreate", Message: message}}
}

func (w *world) unschedulable(message string) {
	w.fresh().Spec.NodeName = ""
	w.fresh().Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: message}}
}

func (w *world) client() *fake.Clientset {
	objects := []runtime.Object{w.deployment}
	for _, o := range w.sets {
		objects = append(objects, o)
	}
	for _, o := range w.pods {
		objects = append(objects, o)
	}
	for _, o := range w.events {
		objects = append(objects, o)
	}
	client := fake.NewClientset(objects...)
	client.PrependReactor("get", "pods", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if a.GetSubresource() != "log" {
			return false, nil, nil
		}
		options, _ := a.(clienttesting.GenericAction).GetValue().(*corev1.PodLogOptions)
		return true, &runtime.Unknown{Raw: []byte(w.log[options.Previous])}, nil
	})
	return client
}

func appsResource(name string) schema.GroupVersionResource {
	return appsv1.SchemeGroupVersion.WithResource(name)
}

// outcome is how a wait ended, and after how long, on a clock that runs only while everybody waits.
type outcome struct {
	err  error
	took time.Duration
	said []string
}

func (w *world) wait(t *testing.T, o rollout.Options, during ...func(*fake.Clientset)) (out outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := w.client()
		o.Say = func(line string) { out.said = append(out.said, line) }
		start := time.Now()
		for _, f := range during {
			go f(client)
		}
		out.err = rollout.Wait(t.Context(), client, "frontend", "frontend", o)
		out.took = time.Since(start)
	})
	return out
}

// explained compares a whole explanation.
func (o outcome) explained(t *testing.T, want string) {
	t.Helper()
	var f *rollout.Failure
	if !errors.As(o.err, &f) {
		t.Fatalf("after %v: %v, want a failure\n%s", o.took, o.err, strings.Join(o.said, "\n"))
	}
	if got := o.err.Error(); got != strings.TrimSpace(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, strings.TrimSpace(want))
	}
}

func ask(status int, body string, err error) func(context.Context, *corev1.Pod, int32, string) (int, string, error) {
	return func(_ context.Context, pod *corev1.Pod, port int32, path string) (int, string, error) {
		if pod.Name != "new-1" || port != 8080 || path != "/healthz" && path != "/livez" {
			return 0, "", fmt.Errorf("asked %s:%d%s", pod.Name, port, path)
		}
		return status, body, err
	}
}
