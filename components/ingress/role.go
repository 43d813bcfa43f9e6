package ingress

import "paddock/components/policy"

// ClusterTag is what the controller puts on all that it makes, with the cluster's name.
const ClusterTag = "elbv2.k8s.aws/cluster"

const (
	elb = "elasticloadbalancing"
	ec2 = "ec2"
)

// rights is what the controller calls for Ingresses whose targets are pods. Upstream's policy grants more: cognito, WAF and Shield,
// network load balancers, addresses of one's own, and writes to whatever carries any cluster's tag. Here, the tag must hold this
// cluster's name.
func rights(s *settings) policy.Document {
	made := policy.StringEquals("aws:ResourceTag/"+ClusterTag, s.ClusterName)
	making := policy.StringEquals("aws:RequestTag/"+ClusterTag, s.ClusterName)
	groups, targets := s.arn(ec2, "security-group/*"), s.arn(elb, "targetgroup/*/*")
	balancers, listeners := s.arn(elb, "loadbalancer/app/*/*"), s.arn(elb, "listener/app/*/*/*")
	rules := s.arn(elb, "listener-rule/app/*/*/*/*")
	all := []string{balancers, listeners, rules, targets}
	return policy.Document{Statements: []policy.Statement{
		look(),
		{
			// The first load balancer of an account brings a role of AWS's own.
			Sid: "ServiceRole", Actions: []string{"iam:CreateServiceLinkedRole"},
			Resources:  []string{"arn:" + s.partition + ":iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"},
			Conditions: policy.StringEquals("iam:AWSServiceName", "elasticloadbalancing.amazonaws.com"),
		},
		{Sid: "MakeGroups", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: []string{groups}, Conditions: making},
		{Sid: "MakeGroupsIn", Actions: []string{"ec2:CreateSecurityGroup"}, Resources: []string{s.arn(ec2, "vpc/*")}},
		{
			Sid: "TagNewGroups", Actions: []string{"ec2:CreateTags"}, Resources: []string{groups},
			Conditions: policy.Join(making, policy.StringEquals("ec2:CreateAction", "CreateSecurityGroup")),
		},
		{
			Sid: "OwnGroups", Resources: []string{groups}, Conditions: made,
			Actions: []string{
				"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateTags", "ec2:DeleteSecurityGroup", "ec2:DeleteTags", "ec2:RevokeSecurityGroupIngress",
			},
		},
		{
			// The pods' side of the wire. EKS puts this tag on the security group of cluster and nodes.
			Sid: "LetInToPods", Resources: []string{groups},
			Actions:    []string{"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"},
			Conditions: policy.StringEquals("aws:ResourceTag/kubernetes.io/cluster/"+s.ClusterName, "owned"),
		},
		{
			Sid: "Make", Resources: all, Conditions: making,
			Actions: []string{elb + ":AddTags", elb + ":CreateListener", elb + ":CreateLoadBalancer", elb + ":CreateRule",
				elb + ":CreateTargetGroup"},
		},
		{Sid: "Own", Resources: all, Conditions: made, Actions: own},
	}}
}

// look is all that it reads. None of these takes a resource or a tag condition, but for certificates, which are found by their
// name.
func look() policy.Statement {
	return policy.Statement{Sid: "Look", Resources: []string{"*"}, Actions: []string{
		"acm:DescribeCertificate", "acm:ListCertificates",
		"ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeNetworkInterfaces",
		"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcs",
		"ec2:GetSecurityGroupsForVpc",
		elb + ":DescribeCapacityReservation", elb + ":DescribeListenerAttributes", elb + ":DescribeListenerCertificates",
		elb + ":DescribeListeners",
		elb + ":DescribeLoadBalancerAttributes", elb + ":DescribeLoadBalancers", elb + ":DescribeRules", elb + ":DescribeSSLPolicies",
		elb + ":DescribeTags", elb + ":DescribeTargetGroupAttributes", elb + ":DescribeTargetGroups", elb + ":DescribeTargetHealth",
	}}
}

// own is what it does with what it has made. Listeners and rules are made on what has the tag already, and get it themselves.
var own = []string{
	elb + ":AddListenerCertificates", elb + ":AddTags", elb + ":CreateListener", elb + ":CreateRule", elb + ":DeleteListener",
	elb + ":DeleteLoadBalancer", elb + ":DeleteRule", elb + ":DeleteTargetGroup", elb + ":DeregisterTargets", elb + ":ModifyListener",
	elb + ":ModifyListenerAttributes", elb + ":ModifyLoadBalancerAttributes", elb + ":ModifyRule", elb + ":ModifyTargetGroup",
	elb + ":ModifyTargetGroupAttributes", elb + ":RegisterTargets", elb + ":RemoveListenerCertificates", elb + ":RemoveTags",
	elb + ":SetIpAddressType", elb + ":SetRulePriorities", elb + ":SetSecurityGroups", elb + ":SetSubnets",
}

// arn is that of resources of the region, in whichever account the role is.
func (s *settings) arn(service, resource string) string {
	return "arn:" + s.partition + ":" + service + ":" + s.Region + ":*:" + resource
}
