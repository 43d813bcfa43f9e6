package e2e

import (
	"testing"
)

// short takes a minute: the autoscaler learns what became of a launch when it asks AWS the next time.
func (a *scaled) short(t *testing.T) {
	before := len(a.scaling(t, 0))
	a.fate(t, object{"fault": "capacity", "zone": "us-west-2a", "times": -1})
	a.apply(t, deployment("load", 2, whole, zonal))
	a.did(t, before, "autoscaling:SetDesiredCapacity", "west-a", "ok")
	a.size(t, "west-b", 2)
	a.running(t, "load", 2)
	a.logged(t, "eks-west-a-", "is not ready for scaleup - backoff")
	a.fate(t)
	a.rest(t)
}

func (a *scaled) astray(t *testing.T) {
	before := len(a.scaling(t, 0))
	a.fate(t, object{"fault": "never-joins"})
	a.apply(t, deployment("load", 1, whole, zonal))
	a.did(t, before, "autoscaling:SetDesiredCapacity", "west", "ok")
	a.flags(t, "--max-node-provision-time=10s")
	a.logged(t, "Marking unregistered node aws:///us-west-2")
	a.running(t, "load", 1)
	given := 0
	for _, c := range a.scaling(t, before) {
		if c.Action == "autoscaling:TerminateInstanceInAutoScalingGroup" && c.Outcome == "ok" {
			given++
		}
	}
	if given != 1 {
		t.Errorf("%d instances given up, want the one that never joined", given)
	}
	a.undo(t)
	a.rest(t)
}
