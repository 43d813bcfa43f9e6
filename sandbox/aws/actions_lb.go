package aws

// The calls of the controller that makes load balancers of Ingresses, for what it makes with each.

var (
	balancerARN = elbARN("loadbalancer/app/{name}", "/*")
	targetsARN  = elbARN("targetgroup/{name}", "/*")
	listenerARN = elbARN("listener/app/{name}", "/*/*")
	ruleARN     = elbARN("listener-rule/app/{name}", "/*/*/*")
)

// its own things have the tags that they were made with.
func madeSo(target func(*Op) []Target) func(*Op) []Target {
	return func(o *Op) []Target {
		list := target(o)
		for i := range list {
			list[i].Tags = pairs(o.In, "tags")
		}
		return list
	}
}

// newGroup is a security group in the making.
func newGroup(o *Op) []Target { return []Target{{ARN: arnPattern(o.Env, tokenSecurityGroup, "*")}} }

// ownGroup is the one that was made.
func ownGroup(o *Op) []Target {
	in := o.In
	if o.Old != nil && len(in) == 0 {
		in = o.Old.State
	}
	return []Target{{ARN: arnPattern(o.Env, tokenSecurityGroup, "*"), Tags: pairs(in, "tags")}}
}

// podsGroup is the security group of the cluster and its nodes.
func podsGroup(o *Op) []Target {
	in := o.In
	if o.Old != nil && len(in) == 0 {
		in = o.Old.State
	}
	cluster := pairs(in, "tags")[BalancerCluster]
	id := str(recordState(o.Tx.peek(tokenCluster, cluster)), "vpcConfig.clusterSecurityGroupId")
	return []Target{{ARN: arnPattern(o.Env, tokenSecurityGroup, id), Tags: map[string]string{
		"kubernetes.io/cluster/" + cluster: "owned", "aws:eks:cluster-name": cluster,
	}}}
}

// tagsAlong is a call that brings the tags of what it makes.
func tagsAlong(target func(*Op) []Target, action string) act {
	return act{action: action, on: target, tags: true}
}

var _ = provides(map[string]*acts{
	tokenBalancer: {
		create: []act{
			{action: "ec2:DescribeSubnets", on: anywhere}, {action: "ec2:DescribeAvailabilityZones", on: anywhere},
			{action: "ec2:DescribeSecurityGroups", on: anywhere}, {action: elb + ":DescribeLoadBalancers", on: anywhere},
			tagsAlong(newGroup, "ec2:CreateSecurityGroup"),
			{action: "ec2:CreateSecurityGroup", on: its(tokenVpc, "", "vpcId")},
			{action: "ec2:CreateTags", on: newGroup, tags: true, keys: map[string]string{"ec2:CreateAction": "CreateSecurityGroup"}},
			{action: "ec2:AuthorizeSecurityGroupIngress", on: ownGroup}, {action: "ec2:AuthorizeSecurityGroupIngress", on: podsGroup},
			tagsAlong(balancerARN, elb+":CreateLoadBalancer"), tagsAlong(targetsARN, elb+":CreateTargetGroup"),
			tagsAlong(madeSo(balancerARN), elb+":CreateListener"), tagsAlong(madeSo(listenerARN), elb+":CreateRule"),
			{action: elb + ":RegisterTargets", on: madeSo(targetsARN)}, {action: elb + ":DescribeTargetHealth", on: anywhere},
		},
		update: []act{
			{action: elb + ":DescribeLoadBalancers", on: anywhere}, {action: elb + ":DescribeTags", on: anywhere},
			{action: elb + ":ModifyListener", on: madeSo(listenerARN), when: []string{"certificates"}},
		},
		delete: []act{
			{action: elb + ":DescribeLoadBalancers", on: anywhere}, {action: elb + ":DescribeTags", on: anywhere},
			{action: elb + ":DeleteListener", on: listenerARN}, {action: elb + ":DeleteRule", on: ruleARN}, {action: elb + ":DeleteLoadBalancer", on: balancerARN},
			{action: elb + ":DeregisterTargets", on: targetsARN}, {action: elb + ":DeleteTargetGroup", on: targetsARN},
			{action: "ec2:RevokeSecurityGroupIngress", on: podsGroup}, {action: "ec2:RevokeSecurityGroupIngress", on: ownGroup},
			{action: "ec2:DeleteSecurityGroup", on: ownGroup},
		},
		tag: on(madeSo(balancerARN), elb+":AddTags"), untag: on(madeSo(balancerARN), elb+":RemoveTags"),
	},
})
