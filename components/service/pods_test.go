package service_test

import (
	"slices"
	"testing"

	"paddock/components/scaling"
)

// The number of pods has one master.
func TestReplicas(t *testing.T) {
	fixed := record(t, args(t, "replicas: {min: 3}\n")).Get(t, workload)
	if fixed.Input("spec.replicas") != 3.0 || len(fixed.IgnoreChanges) > 0 {
		t.Errorf("fixed: replicas %v, ignored %q", fixed.Input("spec.replicas"), fixed.IgnoreChanges)
	}
	follows := record(t, args(t, scaled)).Get(t, workload)
	if follows.Input("spec.replicas") != nil || !slices.Equal(follows.IgnoreChanges, []string{"spec.replicas"}) {
		t.Errorf("scaled: replicas %v, ignored %q", follows.Input("spec.replicas"), follows.IgnoreChanges)
	}
}

func TestAutoscalerFollowsTheRecommendation(t *testing.T) {
	want := scaling.Recommended()
	got := record(t, args(t, scaled)).Get(t, autoscaler)
	up, _ := got.Input("spec.behavior.scaleUp.policies").([]any)
	if len(up) != len(want.Up.Policies) || up[0].(map[string]any)["value"] != float64(want.Up.Policies[0].Value) {
		t.Errorf("up %v, want %v", up, want.Up)
	}
	if w := got.Input("spec.behavior.scaleDown.stabilizationWindowSeconds"); w != want.Down.Window.Seconds() {
		t.Errorf("down's window %v, want %v", w, want.Down.Window)
	}
	if w := got.Input("spec.behavior.scaleUp.stabilizationWindowSeconds"); w != 0.0 {
		t.Errorf("up's window %v, want 0: unset is Kubernetes' own", w)
	}
}

// The load balancer is slower than the cluster to learn of a new pod: the old one must not go before it has.
func TestExposedPodsReplaceOthersLater(t *testing.T) {
	for lines, want := range map[string]any{"": nil, exposed: 20.0} {
		if got := record(t, args(t, lines)).Get(t, workload).Input("spec.minReadySeconds"); got != want {
			t.Errorf("%q: minReadySeconds %v, want %v", lines, got, want)
		}
	}
}

// A pod serves until nothing sends to it any more, and then has its seconds.
func TestStop(t *testing.T) {
	for lines, want := range map[string][2]float64{"": {5, 35}, exposed: {20, 50}, exposed + "stopSeconds: 100\n": {20, 120}} {
		r := record(t, args(t, lines)).Get(t, workload)
		pod, _ := r.Input("spec.template.spec").(map[string]any)
		container := pod["containers"].([]any)[0].(map[string]any)
		sleep := container["lifecycle"].(map[string]any)["preStop"].(map[string]any)["sleep"].(map[string]any)["seconds"]
		if sleep != want[0] || pod["terminationGracePeriodSeconds"] != want[1] {
			t.Errorf("%q: sleeps %v of %v, want %v", lines, sleep, pod["terminationGracePeriodSeconds"], want)
		}
	}
}
