package e2e

import (
	"testing"
)

// TestAutoscaler is a platform whose load comes and goes: the real Cluster Autoscaler, with the rights that the program gives it,
// decides how many nodes there are. Its parts share one sandbox; each leaves the cluster at rest.
func TestAutoscaler(t *testing.T) {
	t.Parallel()
	a := &scaled{newSandbox(t, "dev")}
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"it goes up and leads", a.up},
		{"pods without room bring a node", a.third},
		{"the maximum holds", a.most},
		{"a node without load goes", a.idle},
		{"similar groups grow evenly, from zero", a.zero},
		{"a disruption budget keeps its node", a.budget},
		{"a zone without capacity is left out", a.short},
		{"a node that never joins is given up", a.astray},
		{"a wrong flag is told, and the old pods go on", a.flag},
		{"groups of other tags are let be", a.tags},
		{"without rights nothing scales, and the log says why", a.denied},
		{"an association that comes later leaves a pod without rights", a.late},
		{"each of its rights is missed", a.each},
		{"destroy leaves nothing", a.destroy},
	} {
		ok := t.Run(part.story, func(t *testing.T) {
			t.Cleanup(func() { a.explain(t) })
			part.tell(t)
		})
		if !ok {
			return // the next part begins where this one should have ended
		}
	}
}

// zonal is the label of two groups that are alike, each in one zone, with nothing in them at rest.
var zonal = object{"example.com/pool": "zonal"}

func (a *scaled) up(t *testing.T) {
	config := dev()
	delete(config, "teams")
	of := func(zone string) object {
		return object{"min": 0, "max": 2, "zones": []string{zone}, "labels": zonal}
	}
	config["nodeGroups"] = object{"default": object{"min": 2, "max": 3}, "west-a": of("us-west-2a"), "west-b": of("us-west-2b")}
	config["autoscaler"] = object{"scanInterval": "2s", "unneededTime": "5s", "delayAfterAdd": "4s"}
	a.configure(t, config)
	a.succeed(t, "up")
	a.nodes(t, 2)
	a.flags(t, hasty...)
	a.logged(t, "successfully acquired lease kube-system/cluster-autoscaler")
}

// hasty are what a test cannot wait for: how long a failed group is let be, a node that could not go is not looked at again, a
// drain takes that asks no more than fifty questions a second while others do, too, and a lease outlives its holder.
var hasty = []string{
	"--initial-node-group-backoff-duration=20s", "--max-node-group-backoff-duration=20s",
	"--unremovable-node-recheck-timeout=2s", "--node-delete-delay-after-taint=0s",
	"--kube-client-qps=100", "--kube-client-burst=100", "--leader-elect-lease-duration=3s", "--leader-elect-renew-deadline=2s", "--leader-elect-retry-period=500ms",
}

func (a *scaled) destroy(t *testing.T) {
	a.succeed(t, "destroy")
	a.empty(t)
}
