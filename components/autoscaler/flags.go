package autoscaler

import (
	"fmt"
	"slices"
	"strconv"

	"paddock/components/controller"
)

// flags is the command line. Defaults that matter are stated, so that a preview shows them and a
// new release cannot change them unseen.
func flags(s *settings) []string {
	return slices.Concat([]string{
		"--cloud-provider=aws",
		// Only this cluster's groups: both tags must be there, with any value.
		fmt.Sprintf("--node-group-auto-discovery=asg:tag=%s,%s", enabledTag, clusterTag(s.ClusterName)),
		"--expander=least-waste",
		"--balance-similar-node-groups=true",
	}, unlike(s.GroupLabels), []string{
		// System pods and scratch volumes are no reason to pay for a node: system pods have disruption
		// budgets, and an emptyDir promises nothing beyond its pod.
		"--skip-nodes-with-system-pods=false",
		"--skip-nodes-with-local-storage=false",
		// A pod that finds no room is looked at at once; the interval is for all else. Older releases have that off.
		"--frequent-loops-enabled=true",
		// The default of 5 a second is spent on events and taints when many pods wait or many nodes go.
		"--kube-client-qps=50",
		"--kube-client-burst=100",
		fmt.Sprintf("--scan-interval=%s", s.ScanInterval),
		fmt.Sprintf("--scale-down-unneeded-time=%s", s.UnneededTime),
		fmt.Sprintf("--scale-down-delay-after-add=%s", s.DelayAfterAdd),
		"--scale-down-utilization-threshold=" + strconv.FormatFloat(s.UtilizationThreshold, 'g', -1, 64),
		"--namespace=" + controller.Namespace,
		"--leader-elect=true",
		"--logtostderr=true",
		"--stderrthreshold=info",
		"--v=2",
	})
}

// eksGroupLabels are those by which EKS tells groups or their zones apart.
var eksGroupLabels = []string{
	"eks.amazonaws.com/sourceLaunchTemplateId", "eks.amazonaws.com/sourceLaunchTemplateVersion", "topology.k8s.aws/zone-id",
	// The autoscaler reads it out of EKS's tags, into what it thinks a node of an empty group is like.
	"nodegroup-name",
}

// unlike names labels that differ between any two groups. Groups are similar if their labels are the same, so without these
// flags nothing would ever be balanced.
func unlike(labels []string) []string {
	var list []string
	for _, label := range slices.Concat(labels, eksGroupLabels) {
		list = append(list, "--balancing-ignore-label="+label)
	}
	return list
}
