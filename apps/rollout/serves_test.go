package rollout_test

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"paddock/apps/rollout"
)

// Who serves is told as it is.
func TestServes(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*world)
		want string
	}{
		{"one of two", func(w *world) { w.sets[0].Status.AvailableReplicas = 1 }, "version v1 still serves with 1 of 2 pods"},
		{"the same image", func(w *world) {
			before := &w.sets[0].Spec.Template.Spec.Containers[0]
			before.Image, before.ReadinessProbe = registry+":v2", nil
		}, "the version before, of the same image, still serves with 2 of 2 pods"},
		{"both", func(w *world) { w.sets[1].Status.AvailableReplicas = 1 },
			"version v1 still serves with 2 of 2 pods, version v2 serves with 1 of 2 pods"},
		{"nothing before", func(w *world) { w.sets, w.pods = w.sets[1:], w.pods[2:] }, "nothing serves: there was no version before"},
		{"the old is down", func(w *world) { w.sets[0].Status.AvailableReplicas = 0 }, "nothing serves: the version before has no pod that is ready"},
		{"recreated", func(w *world) {
			w.sets[0].Status.AvailableReplicas = 0
			w.deployment.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
		}, "nothing serves: a service with a volume stops its old version before the new one starts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := moving()
			w.container(waits("InvalidImageName", ""))
			c.set(w)
			var f *rollout.Failure
			if err := w.wait(t, rollout.Options{}).err; !errors.As(err, &f) || f.Serves != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
