package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestHeadroom is a platform that keeps a quarter as much room as it has nodes, in slices of a quarter of a node, by priority the
// first to go. Its parts share one sandbox.
func TestHeadroom(t *testing.T) {
	t.Parallel()
	a := &scaled{newSandbox(t, "dev")}
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"slices hold room", a.held},
		{"a team's pods take it at once", a.taken},
		{"a node comes for the slices", a.regained},
		{"the scaler follows the nodes", a.followed},
		{"each of the scaler's rights is missed", a.scalersMissed},
	} {
		ok := t.Run(part.story, func(t *testing.T) {
			t.Cleanup(func() { a.explain(t) })
			part.tell(t)
		})
		if !ok {
			return
		}
	}
}

const (
	room        = "paddock-headroom"
	roomScaler  = "deployment/headroom-scaler"
	slicesLabel = "app.kubernetes.io/name=headroom"
	scalerLabel = "app.kubernetes.io/name=headroom-scaler"
)

func (a *scaled) held(t *testing.T) {
	config := dev()
	config["headroom"], config["teams"] = object{"share": 0.25}, object{"frontend": object{}}
	a.configure(t, config)
	a.succeed(t, "up")
	a.nodes(t, 2)
	a.slices(t, 4, 0)
}

// slices waits until so many run, and so many have no node.
func (a *scaled) slices(t *testing.T, run, wait int) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%d slices run, %d wait", run, wait), func() bool {
		running, waiting := a.phases(t, room, slicesLabel)
		return len(running) == run && waiting == wait
	})
}

// phases gives the nodes of the pods that run, and how many have none.
func (a *scaled) phases(t *testing.T, namespace, label string) (running []string, waiting int) {
	t.Helper()
	var list struct{ Items []workload }
	a.get(t, &list, "pods", "-n", namespace, "-l", label)
	for _, p := range list.Items {
		switch {
		case p.Status.Phase == "Running":
			running = append(running, p.Spec.NodeName)
		case p.Spec.NodeName == "":
			waiting++
		}
	}
	return running, waiting
}

// taken asks for more than two nodes have beside the slices, and for less than they have without. A node takes longer to boot than
// a slice to go.
func (a *scaled) taken(t *testing.T) {
	if got := a.cmd(t, "conditions", "--boot-delay", "6s"); got.code != 0 {
		t.Fatal(got.all())
	}
	before := a.nodes(t, 2)
	load := deployment("load", 2, "1", nil)
	load["metadata"].(object)["namespace"] = "frontend"
	pod := load["spec"].(object)["template"].(object)["spec"].(object)
	pod["securityContext"] = object{"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": object{"type": "RuntimeDefault"}}
	container := pod["containers"].([]any)[0].(object)
	container["securityContext"] = object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}}
	container["resources"] = object{"requests": object{"cpu": "1"}, "limits": object{"cpu": "1"}}
	began := time.Now()
	a.apply(t, load)
	var on []string
	eventually(t, 20*time.Second, "the team's pods run", func() bool {
		on, _ = a.phases(t, "frontend", "app=load")
		return len(on) == 2
	})
	t.Logf("the team's pods ran %.1f s after they were asked for", time.Since(began).Seconds())
	for _, name := range on {
		if !slices.ContainsFunc(before, func(n node) bool { return n.Metadata.Name == name }) {
			t.Errorf("a pod waited for the new node %s", name)
		}
	}
	if _, waiting := a.phases(t, room, slicesLabel); waiting == 0 {
		t.Error("no slice was pushed away")
	}
}

// regained needs nothing but the slices that wait: the team's pods have their places. One node would hold them all. But no node is
// older than a minute, and the autoscaler takes none that is younger for a pattern: what it makes up instead has a second kube-proxy
// and no room for the fourth slice, so two may come.
func (a *scaled) regained(t *testing.T) {
	a.told(t, "TriggeredScaleUp", "eks-default-")
	a.slices(t, 4, 0)
}

// followed has a slice for each node from five nodes on; up to four there is a node's worth, the least.
func (a *scaled) followed(t *testing.T) {
	if got := a.cmd(t, "conditions", "--boot-delay", "0s"); got.code != 0 {
		t.Fatal(got.all())
	}
	a.desire(t, "default", 5)
	a.slices(t, 5, 0)
}
