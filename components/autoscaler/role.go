package autoscaler

import (
	"fmt"

	"paddock/components/policy"
)

// rights is what the AWS side of the binary calls with our node groups, and nothing else.
//
// docs/autoscaler-rights.md tells what breaks without each. DescribeInstanceTypes knows types that are newer than the binary's own
// list.
//
// Older examples also list DescribeTags, DescribeAutoScalingInstances and DescribeInstances, which
// it does not call, and DescribeLaunchTemplateVersions, DescribeLaunchConfigurations, DescribeImages and
// GetInstanceTypesFromInstanceRequirements, which it calls only for groups that are not made here: the platform's node groups
// name their instance types, and so do the Auto Scaling groups that EKS makes of them. Give it the first of these before such a
// group gets the tags by which it is found: refused there, the autoscaler does not start (kubernetes/autoscaler#6496).
func rights(s *settings) policy.Document {
	return policy.Document{Statements: []policy.Statement{
		{
			// None of these takes a resource or a tag condition: AWS evaluates them against "*" only.
			Sid: "Look",
			Actions: []string{
				"autoscaling:DescribeAutoScalingGroups",
				"autoscaling:DescribeScalingActivities",
				"ec2:DescribeInstanceTypes",
			},
			Resources: []string{"*"},
		},
		{
			// Scaling from zero: labels and taints of a group without nodes.
			Sid:       "LookAtNodeGroups",
			Actions:   []string{"eks:DescribeNodegroup"},
			Resources: []string{fmt.Sprintf("arn:%s:eks:%s:*:nodegroup/%s/*/*", s.partition, s.Region, s.ClusterName)},
		},
		{
			// EKS puts this tag on the groups of its managed node groups, so another cluster's are out of reach.
			Sid:        "Scale",
			Actions:    []string{"autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"},
			Resources:  []string{fmt.Sprintf("arn:%s:autoscaling:%s:*:autoScalingGroup:*:autoScalingGroupName/*", s.partition, s.Region)},
			Conditions: policy.StringEquals("aws:ResourceTag/"+clusterTag(s.ClusterName), "owned"),
		},
	}}
}

// Tags that EKS puts on a managed node group's Auto Scaling group. Discovery and rights use the same.
const enabledTag = "k8s.io/cluster-autoscaler/enabled"

func clusterTag(cluster string) string { return "k8s.io/cluster-autoscaler/" + cluster }
