package pods_test

import (
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/sandbox/pods"
)

// Before SIGTERM a pod waits for as long as it asks for; its process serves meanwhile. The whole cloud does not wait.
func TestPreStop(t *testing.T) {
	sleeps := func(seconds int64) func(*corev1.Pod) {
		return container(func(c *corev1.Container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: seconds}}}
		})
	}
	t.Run("within the grace", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`trap 'echo told; exit 0' TERM; echo up; while :; do sleep 0.02; done`, sleeps(1)))
		w.says("up")
		began := time.Now()
		w.change(deleted)
		time.Sleep(500 * time.Millisecond)
		if text, err := w.log(pods.LogOptions{Tail: -1}); err != nil || text != "up\n" {
			t.Errorf("log %q, %v; want it not to be told yet", text, err)
		}
		w.eventually("no pod", func() bool { return !w.exists() })
		if took := time.Since(began); took < time.Second || took > 4*time.Second {
			t.Errorf("took %s, want the second that it asks for", took)
		}
	})
	t.Run("longer than the grace", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`echo up; exec sleep 60`, sleeps(30), func(p *corev1.Pod) { p.Spec.TerminationGracePeriodSeconds = new(int64(1)) }))
		w.says("up")
		w.change(deleted)
		w.eventually("no pod", func() bool { return !w.exists() })
	})
	t.Run("down", func(t *testing.T) {
		w := newWorld(t)
		w.add(service(`trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done`, sleeps(30)))
		w.says("up")
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("took %s, want no wait", took)
		}
	})
}

// What a claim keeps outlives the pod.
func TestClaim(t *testing.T) {
	w := newWorld(t)
	claim := &corev1.PersistentVolumeClaim{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "kube-system"},
		Spec: corev1.PersistentVolumeClaimSpec{VolumeName: "pvc-1"},
	}
	store := func() {
		t.Helper()
		m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(claim)
		if err != nil {
			t.Fatal(err)
		}
		u := generic(t, pod(""))
		u.Object = m
		resource := schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
		_ = w.kube.Tracker().Delete(resource, "kube-system", "data")
		if err := w.kube.Tracker().Create(resource, u, "kube-system"); err != nil {
			t.Fatal(err)
		}
	}
	store()
	claimed := func(script string) *corev1.Pod {
		return service(script, container(func(c *corev1.Container) {
			c.Env = append(c.Env, corev1.EnvVar{Name: "DATA", Value: "/data"})
			c.VolumeMounts = []corev1.VolumeMount{{Name: "d", MountPath: "/data"}}
		}), func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "d", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
			}}}
		})
	}
	w.add(claimed(`echo kept > "$DATA/file"; echo up; exec sleep 60`))
	w.eventually("told that it waits", func() bool { return len(w.events("FailedMount")) > 0 })
	if got := w.events("FailedMount")[0]; got != `MountVolume.SetUp failed for volume "d": persistentvolumeclaim "data" is not bound` {
		t.Errorf("waits: %s", got)
	}
	claim.Status.Phase = corev1.ClaimBound
	store()
	w.says("up")
	w.change(deleted)
	w.eventually("no pod", func() bool { return !w.exists() })
	w.eventually("no folder", func() bool { _, err := os.Stat(w.folder()); return os.IsNotExist(err) })
	second := claimed(`cat "$DATA/file"; exec sleep 60`)
	second.UID = "uid-2"
	w.add(second)
	w.says("kept")
}
