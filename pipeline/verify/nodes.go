package verify

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// patience is how long a node may be without being Ready: it boots, or its kubelet restarts.
const patience = time.Minute

// nodes wants as many as the groups have at least, and none that has not been Ready for long.
func (c *cluster) nodes(ctx context.Context) outcome {
	var list corev1.NodeList
	if err := c.get(ctx, "/api/v1/nodes", &list); err != nil {
		return trouble(err, "nodes")
	}
	least, source := c.least(ctx)
	ready, booting := 0, 0
	var bad []string
	for _, n := range list.Items {
		state, since := readiness(&n)
		age := c.now().Sub(since)
		switch {
		case leaving(&n):
		case state != nil && state.Status == corev1.ConditionTrue:
			ready++
		case age <= patience:
			booting++
		case state == nil:
			bad = append(bad, fmt.Sprintf("%s: its kubelet has not reported for %s", n.Name, age.Round(time.Second)))
		default:
			bad = append(bad, fmt.Sprintf("%s: not Ready for %s: %s: %s", n.Name, age.Round(time.Second), state.Reason, state.Message))
		}
	}
	switch {
	case len(bad) > 0:
		return wait("%s; look at `kubectl describe node` and at the instance's system log; a node that stays so is replaced by "+
			"terminating its instance",
			strings.Join(bad, "; "))
	case ready < least:
		return wait("%d nodes are Ready, want at least %d (%s), %d are booting; if none comes, the group's health in EKS and the "+
			"activities of its "+
			"Auto Scaling group tell why", ready, least, source, booting)
	}
	return ok("%d Ready, at least %d wanted (%s)", ready, least, source)
}

// readiness gives the condition Ready, nil if the kubelet never told, and since when it is as it is.
func readiness(n *corev1.Node) (*corev1.NodeCondition, time.Time) {
	for i := range n.Status.Conditions {
		if cond := &n.Status.Conditions[i]; cond.Type == corev1.NodeReady {
			return cond, cond.LastTransitionTime.Time
		}
	}
	return nil, n.CreationTimestamp.Time
}

// leaving says that a node is on its way out: it is being deleted, or the autoscaler has chosen it.
func leaving(n *corev1.Node) bool {
	for _, t := range n.Spec.Taints {
		if t.Key == "ToBeDeletedByClusterAutoscaler" {
			return true
		}
	}
	return n.DeletionTimestamp != nil
}

// least is the sum of the groups' minimum sizes, as the autoscaler reads them from their Auto Scaling groups. Nothing else in
// the cluster knows them; AWS is not asked, so that no right to is needed.
func (c *cluster) least(ctx context.Context) (int, string) {
	s, err := c.readStatus(ctx)
	if err != nil {
		return 1, "the minimum of the node groups is not known: " + brief(err)
	}
	sum := 0
	for _, g := range s.NodeGroups {
		sum += g.Health.MinSize
	}
	return sum, "the minimum of the node groups"
}

func brief(err error) string {
	if apierrors.IsNotFound(err) {
		return "the autoscaler has no status"
	}
	return err.Error()
}
