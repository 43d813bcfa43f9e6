// Package placement says on which nodes pods run: like pods apart from each other, and the platform's own controllers off spot where
// there is another choice, and soon gone from a node that is lost.
package placement

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lostNodeSeconds is how long a pod stays on a node that stopped answering; Kubernetes' default is 300.
const lostNodeSeconds = 30

// OffSpot prefers nodes that AWS does not take back. It only prefers: a cluster may be all spot.
func OffSpot() corev1.AffinityArgs {
	return corev1.AffinityArgs{NodeAffinity: corev1.NodeAffinityArgs{
		PreferredDuringSchedulingIgnoredDuringExecution: corev1.PreferredSchedulingTermArray{corev1.PreferredSchedulingTermArgs{
			Weight: pulumi.Int(100),
			Preference: corev1.NodeSelectorTermArgs{MatchExpressions: corev1.NodeSelectorRequirementArray{
				corev1.NodeSelectorRequirementArgs{
					Key:      pulumi.String("eks.amazonaws.com/capacityType"),
					Operator: pulumi.String("NotIn"),
					Values:   pulumi.ToStringArray([]string{"SPOT"}),
				},
			}},
		}},
	}}
}

// Tolerations let a pod run on nodes kept for such pods, and leave a lost node soon.
func Tolerations() corev1.TolerationArray {
	list := corev1.TolerationArray{corev1.TolerationArgs{
		Key: pulumi.String("CriticalAddonsOnly"), Operator: pulumi.String("Exists"),
	}}
	for _, taint := range []string{"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"} {
		list = append(list, corev1.TolerationArgs{
			Key:               pulumi.String(taint),
			Operator:          pulumi.String("Exists"),
			Effect:            pulumi.String("NoExecute"),
			TolerationSeconds: pulumi.Int(lostNodeSeconds),
		})
	}
	return list
}

// What pods can be spread over.
const (
	Nodes = "kubernetes.io/hostname"
	Zones = "topology.kubernetes.io/zone"
)

// Spread prefers that each of what it is over has as many of the pods that the labels select as any other. It only prefers: where one
// has no room to give, pods that must go there would wait while others have some.
func Spread(selector map[string]string, over ...string) corev1.TopologySpreadConstraintArray {
	var list corev1.TopologySpreadConstraintArray
	for _, key := range over {
		list = append(list, corev1.TopologySpreadConstraintArgs{
			MaxSkew:           pulumi.Int(1),
			TopologyKey:       pulumi.String(key),
			WhenUnsatisfiable: pulumi.String("ScheduleAnyway"),
			LabelSelector:     metav1.LabelSelectorArgs{MatchLabels: pulumi.ToStringMap(selector)},
			// Count one rollout's pods only, or the outgoing ones push the new ones together.
			MatchLabelKeys: pulumi.ToStringArray([]string{"pod-template-hash"}),
		})
	}
	return list
}
