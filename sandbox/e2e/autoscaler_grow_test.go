package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func (a *scaled) third(t *testing.T) {
	before := len(a.scaling(t, 0))
	a.apply(t, deployment("load", 3, whole, inGroup("default")))
	a.did(t, before, "autoscaling:SetDesiredCapacity", "default", "ok")
	a.size(t, "default", 3)
	if on := a.running(t, "load", 3); len(distinct(on)) != 3 {
		t.Errorf("pods on %v, want one on each node", on)
	}
	a.told(t, "TriggeredScaleUp", "eks-default-")
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// told waits for an event of the reason whose message holds all of words.
func (a *scaled) told(t *testing.T, reason string, words ...string) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("an event %s with %q", reason, words), func() bool {
		for line := range strings.Lines(a.kubectl(t, "get events -A --field-selector reason="+reason, "-o jsonpath='{range .items[*]}{.message}{\"\\n\"}{end}'").out) {
			if containsAll(line, words...) {
				return true
			}
		}
		return false
	})
}

func (a *scaled) most(t *testing.T) {
	before := len(a.scaling(t, 0))
	a.apply(t, deployment("load", 5, whole, inGroup("default")))
	a.told(t, "NotTriggerScaleUp", "max node group size reached")
	a.size(t, "default", 3)
	a.running(t, "load", 3)
	for _, c := range a.scaling(t, before) {
		if c.Action == "autoscaling:SetDesiredCapacity" {
			t.Errorf("beyond the maximum: %+v", c)
		}
	}
}

func (a *scaled) idle(t *testing.T) {
	before := len(a.scaling(t, 0))
	a.do(t, "delete deployment load")
	a.did(t, before, "autoscaling:TerminateInstanceInAutoScalingGroup", "default", "ok")
	a.size(t, "default", 2)
	a.told(t, "ScaleDown", "marked the node as toBeDeleted")
}

// zero has no node to look at: the program's tags on the groups say what theirs would be like.
func (a *scaled) zero(t *testing.T) {
	a.apply(t, deployment("load", 2, whole, zonal))
	a.size(t, "west-a", 1)
	a.size(t, "west-b", 1)
	a.running(t, "load", 2)
}

// budget begins with a node in each zone. One pod of its own moves to a node without load, and may not be evicted.
func (a *scaled) budget(t *testing.T) {
	held := deployment("held", 1, "100m", nil)
	prefer(held, zonal)
	forbid := object{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": object{"name": "held", "namespace": "default"},
		"spec": object{"maxUnavailable": 0, "selector": object{"matchLabels": object{"app": "held"}}},
	}
	a.apply(t, forbid, held)
	on := a.running(t, "held", 1)[0]
	a.do(t, "delete deployment load")
	a.afresh(t)
	a.logged(t, "Node "+on+" cannot be removed", "not enough pod disruption budget to move")
	a.nodes(t, 3) // the other one's has gone
	a.do(t, "delete pdb held")
	a.size(t, "west-a", 0)
	a.size(t, "west-b", 0)
	if now := a.running(t, "held", 1)[0]; now == on {
		t.Errorf("the pod is on %s still", now)
	}
	a.do(t, "delete deployment held")
	a.nodes(t, 2)
	a.afresh(t)
}

// prefer has a Deployment's pods go to nodes with the labels where there are any.
func prefer(deployment, labels object) {
	var terms []any
	for key, value := range labels {
		terms = append(terms, object{"key": key, "operator": "In", "values": []any{value}})
	}
	pod := deployment["spec"].(object)["template"].(object)["spec"].(object)
	pod["affinity"] = object{"nodeAffinity": object{"preferredDuringSchedulingIgnoredDuringExecution": []any{
		object{"weight": 100, "preference": object{"matchExpressions": terms}},
	}}}
}
