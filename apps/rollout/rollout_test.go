package rollout_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"paddock/apps/rollout"
)

// over makes the world one in which v2 serves alone.
func (w *world) over(client *fake.Clientset) {
	d := w.deployment.DeepCopy()
	d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.AvailableReplicas = 2, 2, 2
	set := w.sets[1].DeepCopy()
	set.Status.AvailableReplicas = 2
	_ = client.Tracker().Update(appsResource("replicasets"), set, "frontend") // they are there
	_ = client.Tracker().Update(appsResource("deployments"), d, "frontend")
}

// later does something to the cluster after a while.
func later(after time.Duration, do func(*fake.Clientset)) func(*fake.Clientset) {
	return func(c *fake.Clientset) {
		time.Sleep(after)
		do(c)
	}
}

// What is normal on the way is waited for, however bad it looks at first.
func TestWaits(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(*world)
		after time.Duration
		said  string
	}{
		{"pods start", func(w *world) { w.container(running(false)) }, 20 * time.Second, "version v2: 0 of 2 pods are ready, 2 of version v1 still serve"},
		{"nodes boot", func(w *world) {
			w.unschedulable("0/2 nodes are available: 2 Insufficient cpu.")
			w.event("TriggeredScaleUp", "pod triggered scale-up: [{eks-default 2->3 (max: 6)}]")
		}, 4 * time.Minute, "the autoscaler adds a node"},
		{"a crash or two before what it needs is there", func(w *world) {
			w.container(again(1, corev1.ContainerStateTerminated{ExitCode: 1}))
		}, 25 * time.Second, "it crashes"},
		{"the image is being pushed", func(w *world) { w.container(waits("ErrImagePull", "not found")) }, 8 * time.Second, "its image cannot be pulled"},
		{"the controller is busy", func(w *world) { w.deployment.Status.ObservedGeneration = 1 }, 8 * time.Second, "the cluster has not taken note of it"},
		{"an old pod that hangs on", func(w *world) {
			now := metav1.Now()
			p := w.fresh()
			p.DeletionTimestamp, p.Finalizers = &now, []string{"x"}
			w.container(waits("InvalidImageName", ""))
		}, 5 * time.Second, "0 of 2 pods are ready"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := moving()
			c.set(w)
			observed := func(client *fake.Clientset) {
				w.deployment.Status.ObservedGeneration = 2
				w.over(client)
			}
			got := w.wait(t, rollout.Options{}, later(c.after, observed))
			said := strings.Join(got.said, "\n")
			if got.err != nil || got.took < c.after || got.took > c.after+2*time.Second {
				t.Errorf("%v after %v, want success after %v", got.err, got.took, c.after)
			}
			if !strings.Contains(said, c.said) || !strings.HasSuffix(said, "version v2 is rolled out: it serves with 2 of 2 pods") {
				t.Errorf("said:\n%s\nwant %s", said, c.said)
			}
		})
	}
}

// A service that says it starts slowly is given that time.
func TestSlowStart(t *testing.T) {
	w := moving()
	w.container(running(false))
	got := w.wait(t, rollout.Options{Start: 2 * time.Minute})
	var f *rollout.Failure
	if !errors.As(got.err, &f) || got.took < 2*time.Minute || got.took > 4*time.Minute {
		t.Errorf("%v after %v, want a failure after more than two minutes", got.err, got.took)
	}
}

// Many pods that start slowly, few at a time, take their time: while there is progress, nothing is overdue.
func TestManyRounds(t *testing.T) {
	for _, after := range []time.Duration{25 * time.Minute, 0} {
		w := moving()
		eight, quarter := int32(8), intstr.FromString("25%")
		w.deployment.Spec.Replicas, w.deployment.Spec.MinReadySeconds = &eight, 20
		w.deployment.Spec.Strategy.RollingUpdate = &appsv1.RollingUpdateDeployment{MaxSurge: &quarter}
		w.fresh().Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
		done := later(after, func(client *fake.Clientset) {
			d := w.deployment.DeepCopy()
			d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.AvailableReplicas = 8, 8, 8
			_ = client.Tracker().Update(appsResource("deployments"), d, "frontend")
		})
		if after == 0 {
			done = func(*fake.Clientset) {}
		}
		got := w.wait(t, rollout.Options{Start: 5 * time.Minute}, done)
		if after > 0 && got.err != nil {
			t.Errorf("%v after %v, want success after %v", got.err, got.took, after)
		} // 15 minutes, and four rounds of five minutes and 20 seconds
		if want := "it is not done after 36m20s"; after == 0 && (got.err == nil || !strings.Contains(got.err.Error(), want)) {
			t.Errorf("%v, want %s", got.err, want)
		}
	}
}

// Pods that start one after the other overlap, so that one always fails its startup probe; each is given its own time for it.
func TestOverlappingStarts(t *testing.T) {
	w := moving()
	starts := func(name string, from, to time.Duration) func(*fake.Clientset) {
		return later(from, func(client *fake.Clientset) {
			pod := w.pod("v2", name)
			w.container(running(false))
			_ = client.Tracker().Add(pod.DeepCopy())
			time.Sleep(to - from)
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
			_ = client.Tracker().Update(corev1.SchemeGroupVersion.WithResource("pods"), pod.DeepCopy(), "frontend")
		})
	}
	got := w.wait(t, rollout.Options{Start: 30 * time.Second}, starts("new-2", 0, 40*time.Second), starts("new-3", 35*time.Second, 75*time.Second),
		starts("new-4", 70*time.Second, 110*time.Second), later(115*time.Second, w.over))
	if got.err != nil || got.took < 115*time.Second {
		t.Errorf("%v after %v, want success after 115 s", got.err, got.took)
	}
}

// A pod that the cluster has ended and replaced stays to be looked at: it is the new one that counts.
func TestEvicted(t *testing.T) {
	w := moving()
	w.fresh().Status.Phase, w.fresh().Status.Reason = corev1.PodFailed, "Evicted"
	w.pod("v2", "new-2")
	w.container(running(true))
	if got := w.wait(t, rollout.Options{}, later(40*time.Second, w.over)); got.err != nil {
		t.Errorf("%v after %v, want success once the other serves", got.err, got.took)
	}
}

// An HPA that has not yet raised the Deployment to its minimum is waited for.
func TestMinimum(t *testing.T) {
	w := moving()
	got := w.wait(t, rollout.Options{Replicas: 3}, later(5*time.Second, w.over), later(20*time.Second, func(client *fake.Clientset) {
		three := int32(3)
		d := w.deployment.DeepCopy()
		d.Spec.Replicas = &three
		d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.AvailableReplicas = 3, 3, 3
		_ = client.Tracker().Update(appsResource("deployments"), d, "frontend")
	}))
	if got.err != nil || got.took < 20*time.Second {
		t.Errorf("%v after %v, want success once there are three", got.err, got.took)
	}
}

// A cluster that is away for a moment is asked again; one that stays away is told.
func TestClusterAway(t *testing.T) {
	for _, away := range []time.Duration{30 * time.Second, time.Hour} {
		w := moving()
		var err error
		var took time.Duration
		synctest.Test(t, func(t *testing.T) {
			client, start := w.client(), time.Now()
			w.over(client)
			client.PrependReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
				return time.Since(start) < away, nil, errors.New("connection refused")
			})
			err = rollout.Wait(t.Context(), client, "frontend", "frontend", rollout.Options{})
			took = time.Since(start)
		})
		if away < time.Minute && err != nil {
			t.Errorf("away for %v: %v", away, err)
		}
		if want := "frontend/frontend: rollout: the cluster has not answered for 2m0s: connection refused"; away > time.Minute && (err == nil || err.Error() != want || took > 3*time.Minute) {
			t.Errorf("away for good: %v after %v, want %s", err, took, want)
		}
	}
}

// What an earlier deploy could not do is tried again at once, and once.
func TestRetries(t *testing.T) {
	w := moving()
	w.refused("pods forbidden: exceeded quota: q")
	patched := 0
	got := w.wait(t, rollout.Options{}, later(10*time.Second, func(client *fake.Clientset) {
		for _, a := range client.Actions() {
			if p, ok := a.(clienttesting.PatchAction); ok && p.GetResource().Resource == "replicasets" && p.GetName() == "frontend-v2" {
				patched++
			}
		}
		w.over(client)
	}))
	if got.err != nil || patched != 1 {
		t.Errorf("%v after %d patches, want one", got.err, patched)
	}
}

func TestNoDeployment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := rollout.Wait(t.Context(), fake.NewClientset(), "frontend", "frontend", rollout.Options{})
		if err == nil || err.Error() != `frontend/frontend: rollout: deployments.apps "frontend" not found` {
			t.Error(err)
		}
	})
}

func TestNewest(t *testing.T) {
	w := moving()
	w.fresh().Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	pods, version, err := rollout.Newest(t.Context(), w.client(), "frontend", "frontend")
	if err != nil || version != "v2" || len(pods) != 1 || pods[0].Name != "new-1" {
		t.Errorf("%v %s %v, want the one of v2", pods, version, err)
	}
}
