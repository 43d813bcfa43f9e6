package aws

// What AWS's provider calls for each kind, by its source and by AWS's service authorization reference. It is what a deployer
// needs to be allowed. The first call of a list names the operation in the audit.

var ruleGroup = its(tokenSecurityGroup, "", "securityGroupId")

func ruleCalls(direction string) []act { return on(ruleGroup, "ec2:AuthorizeSecurityGroup"+direction) }

var (
	ec2TagCalls   = calls("ec2:CreateTags")
	ec2UntagCalls = calls("ec2:DeleteTags")
	itsRole       = its(tokenRole, "name", "role")
	itsCluster    = its(tokenCluster, "", "clusterName")
	itsTable      = its(tokenRouteTable, "", "routeTableId")
	itsSubnet     = its(tokenSubnet, "", "subnetId")
	itsGroup      = its(tokenGroup, "", "autoscalingGroupName")
	itsEndpoint   = its(tokenVpcEndpoint, "", "vpcEndpointId")
	gatewayAndVpc = together(itself, its(tokenVpc, "", "vpcId"))

	addressHolders   = []string{"instance", "networkInterface"}
	subnetAttributes = []string{
		"mapPublicIpOnLaunch", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch", "enableResourceNameDnsAaaaRecordOnLaunch",
		"assignIpv6AddressOnCreation", "customerOwnedIpv4Pool", "mapCustomerOwnedIpOnLaunch", "enableDns64", "enableLniAtDeviceIndex",
	}

	// ruleUpdates are the calls for the rules that a group states itself.
	ruleUpdates = []act{
		provided(act{action: "ec2:RevokeSecurityGroupIngress"}, drops("ingress")), provided(act{action: "ec2:AuthorizeSecurityGroupIngress"}, adds("ingress")),
		provided(act{action: "ec2:RevokeSecurityGroupEgress"}, drops("egress")), provided(act{action: "ec2:AuthorizeSecurityGroupEgress"}, adds("egress")),
	}
)

var _ = provides(map[string]*acts{
	tokenVpc: {
		create: []act{creates("ec2:CreateVpc"), when("ec2:ModifyVpcAttribute", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")},
		read:   reads("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeNetworkAcls", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
		update: []act{
			when("ec2:ModifyVpcAttribute", "enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics"), when("ec2:ModifyVpcTenancy", "instanceTenancy"),
			provided(act{action: "ec2:DisassociateVpcCidrBlock"}, either(had("ipv6CidrBlock"), turns("assignGeneratedIpv6CidrBlock", false, false))),
			provided(act{action: "ec2:AssociateVpcCidrBlock"}, either(has("ipv6CidrBlock"), turns("assignGeneratedIpv6CidrBlock", false, true))),
		},
		delete: calls("ec2:DeleteVpc"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenDefaultSecurityGroup: {
		create: with(reads("ec2:DescribeSecurityGroups"), append(on(adopted, "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"),
			act{action: "ec2:AuthorizeSecurityGroupIngress", when: []string{"ingress"}, on: adopted},
			act{action: "ec2:AuthorizeSecurityGroupEgress", when: []string{"egress"}, on: adopted})...),
		read: reads("ec2:DescribeSecurityGroups"), update: ruleUpdates,
		tag: on(adopted, "ec2:CreateTags"), untag: on(adopted, "ec2:DeleteTags"),
	},
	tokenSubnet: {
		create: []act{creates("ec2:CreateSubnet"), when("ec2:ModifySubnetAttribute", subnetAttributes...)},
		read:   reads("ec2:DescribeSubnets"),
		update: []act{
			provided(act{action: "ec2:DisassociateSubnetCidrBlock"}, had("ipv6CidrBlock")), provided(act{action: "ec2:AssociateSubnetCidrBlock"}, has("ipv6CidrBlock")),
			when("ec2:ModifySubnetAttribute", subnetAttributes...),
		},
		delete: with(calls("ec2:DeleteSubnet"), reads("ec2:DescribeNetworkInterfaces")...), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenInternetGateway: {
		create: []act{createsOn(itself, "ec2:CreateInternetGateway"), {action: "ec2:AttachInternetGateway", when: []string{"vpcId"}, on: gatewayAndVpc}},
		read:   reads("ec2:DescribeInternetGateways"),
		update: []act{
			provided(act{action: "ec2:DetachInternetGateway", on: together(itself, formerVpc)}, had("vpcId")),
			provided(act{action: "ec2:AttachInternetGateway", on: gatewayAndVpc}, has("vpcId")),
		},
		delete: with(calls("ec2:DeleteInternetGateway"), act{action: "ec2:DetachInternetGateway", when: []string{"vpcId"}, on: together(itself, formerVpc)}), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenEip: {
		create: []act{createsOn(itself, "ec2:AllocateAddress"), {action: "ec2:AssociateAddress", when: addressHolders, on: withParents}},
		read:   reads("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"),
		update: []act{
			provided(act{action: "ec2:DisassociateAddress"}, either(had("instance"), had("networkInterface"))),
			{action: "ec2:AssociateAddress", when: addressHolders, on: withParents},
		},
		delete: calls("ec2:ReleaseAddress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenNatGateway: {
		create: []act{creates("ec2:CreateNatGateway")}, read: reads("ec2:DescribeNatGateways"),
		update: []act{
			provided(act{action: "ec2:AssociateNatGatewayAddress"}, adds("secondaryAllocationIds")),
			provided(act{action: "ec2:DisassociateNatGatewayAddress"}, drops("secondaryAllocationIds")),
			provided(act{action: "ec2:AssignPrivateNatGatewayAddress"}, either(has("secondaryPrivateIpAddressCount"), adds("secondaryPrivateIpAddresses"))),
			provided(act{action: "ec2:UnassignPrivateNatGatewayAddress"}, either(had("secondaryPrivateIpAddressCount"), drops("secondaryPrivateIpAddresses"))),
		},
		delete: calls("ec2:DeleteNatGateway"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenRouteTable: {
		create: []act{creates("ec2:CreateRouteTable"), when("ec2:CreateRoute", "routes")}, read: reads("ec2:DescribeRouteTables"),
		update: []act{
			provided(act{action: "ec2:CreateRoute"}, adds("routes")), provided(act{action: "ec2:DeleteRoute"}, drops("routes")),
			provided(act{action: "ec2:EnableVgwRoutePropagation"}, adds("propagatingVgws")), provided(act{action: "ec2:DisableVgwRoutePropagation"}, drops("propagatingVgws")),
		},
		delete: calls("ec2:DeleteRouteTable"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenRoute: {
		create: on(itsTable, "ec2:CreateRoute"), read: reads("ec2:DescribeRouteTables"),
		update: on(itsTable, "ec2:ReplaceRoute"), delete: on(itsTable, "ec2:DeleteRoute"),
	},
	tokenRouteTableAssociation: {
		create: on(together(itsTable, itsSubnet), "ec2:AssociateRouteTable"), read: reads("ec2:DescribeRouteTables"),
		update: on(together(itsTable, itsSubnet), "ec2:ReplaceRouteTableAssociation"),
		delete: on(together(itsTable, itsSubnet), "ec2:DisassociateRouteTable"),
	},
	tokenSecurityGroup: {
		create: []act{
			creates("ec2:CreateSecurityGroup"), {action: "ec2:RevokeSecurityGroupEgress"},
			when("ec2:AuthorizeSecurityGroupIngress", "ingress"), when("ec2:AuthorizeSecurityGroupEgress", "egress"),
		},
		read: reads("ec2:DescribeSecurityGroups"), update: ruleUpdates,
		delete: with(calls("ec2:DeleteSecurityGroup"), reads("ec2:DescribeNetworkInterfaces")...), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenSecurityGroupRule: {
		create: []act{{action: "ec2:AuthorizeSecurityGroup{type}", on: ruleGroup}}, read: reads("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
		update: on(ruleGroup, "ec2:UpdateSecurityGroupRuleDescriptions{type}"), delete: on(ruleGroup, "ec2:RevokeSecurityGroup{type}"),
	},
	tokenIngressRule: {
		create: ruleCalls("Ingress"), read: reads("ec2:DescribeSecurityGroupRules"), update: []act{provided(act{action: "ec2:ModifySecurityGroupRules", on: ruleGroup}, changed)},
		delete: on(ruleGroup, "ec2:RevokeSecurityGroupIngress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenEgressRule: {
		create: ruleCalls("Egress"), read: reads("ec2:DescribeSecurityGroupRules"), update: []act{provided(act{action: "ec2:ModifySecurityGroupRules", on: ruleGroup}, changed)},
		delete: on(ruleGroup, "ec2:RevokeSecurityGroupEgress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenVpcEndpoint: {
		create: []act{creates("ec2:CreateVpcEndpoint")}, read: reads("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
		update: []act{when("ec2:ModifyVpcEndpoint", "policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds",
			"ipAddressType", "dnsOptions", "subnetConfigurations")},
		delete: calls("ec2:DeleteVpcEndpoints"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenEndpointRouteTable: {
		create: on(together(itsEndpoint, itsTable), "ec2:ModifyVpcEndpoint"), read: reads("ec2:DescribeVpcEndpoints"),
		delete: on(together(itsEndpoint, itsTable), "ec2:ModifyVpcEndpoint"),
	},
	tokenEndpointSubnet: {
		create: on(together(itsEndpoint, itsSubnet), "ec2:ModifyVpcEndpoint"), read: reads("ec2:DescribeVpcEndpoints"),
		delete: on(together(itsEndpoint, itsSubnet), "ec2:ModifyVpcEndpoint"),
	},
	tokenFlowLog: {
		create: []act{creates("ec2:CreateFlowLogs"), hands("iamRoleArn", "vpc-flow-logs.amazonaws.com")}, read: reads("ec2:DescribeFlowLogs"),
		delete: calls("ec2:DeleteFlowLogs"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenLaunchTemplate: {
		create: []act{createsOn(itself, "ec2:CreateLaunchTemplate")}, read: reads("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
		update: []act{
			provided(act{action: "ec2:CreateLaunchTemplateVersion"}, templateChanged),
			provided(act{action: "ec2:ModifyLaunchTemplate"}, either(has("defaultVersion"), turns("updateDefaultVersion", false, true), func(was, in Props) bool {
				return yes(in, "updateDefaultVersion", false) && templateChanged(was, in)
			})),
		},
		delete: calls("ec2:DeleteLaunchTemplate"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenGroupTag: {
		create: on(itsGroup, "autoscaling:CreateOrUpdateTags"), read: reads("autoscaling:DescribeTags"),
		update: on(itsGroup, "autoscaling:CreateOrUpdateTags"), delete: on(itsGroup, "autoscaling:DeleteTags"),
	},
})

// templateChanged says that a launch template gets a new version.
func templateChanged(was, in Props) bool {
	return templateChanges(kinds[tokenLaunchTemplate].diff(was, in))
}

// formerVpc is the VPC that a gateway is attached to.
func formerVpc(o *Op) []Target {
	if o.Old == nil {
		return nil
	}
	return its(tokenVpc, "", "vpcId")(&Op{Tx: o.Tx, Env: o.Env, In: o.Old.State})
}

// adopted is the default security group, which came with its VPC.
func adopted(o *Op) []Target {
	if r := o.Tx.peek(tokenSecurityGroup, o.ID); r != nil {
		return []Target{o.Tx.target(r)}
	}
	return itself(o)
}
