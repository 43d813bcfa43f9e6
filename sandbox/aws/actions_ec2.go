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
)

var _ = provides(map[string]*acts{
	tokenVpc: {
		create: with(calls("ec2:CreateVpc"), when("ec2:ModifyVpcAttribute", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")),
		read:   reads("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeNetworkAcls", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
		update: []act{when("ec2:ModifyVpcAttribute", "enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")},
		delete: calls("ec2:DeleteVpc"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenDefaultSecurityGroup: {
		create: with(reads("ec2:DescribeSecurityGroups"), calls("ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress")...),
		read:   reads("ec2:DescribeSecurityGroups"),
		update: []act{
			when("ec2:RevokeSecurityGroupIngress", "ingress"), when("ec2:AuthorizeSecurityGroupIngress", "ingress"),
			when("ec2:RevokeSecurityGroupEgress", "egress"), when("ec2:AuthorizeSecurityGroupEgress", "egress"),
		},
		tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenSubnet: {
		create: with(calls("ec2:CreateSubnet"), when("ec2:ModifySubnetAttribute", "mapPublicIpOnLaunch", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch")),
		read:   reads("ec2:DescribeSubnets"),
		update: []act{when("ec2:ModifySubnetAttribute", "mapPublicIpOnLaunch", "privateDnsHostnameTypeOnLaunch", "enableResourceNameDnsARecordOnLaunch")},
		delete: with(calls("ec2:DeleteSubnet"), reads("ec2:DescribeNetworkInterfaces")...), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenInternetGateway: {
		create: with(on(func(o *Op) []Target { return []Target{{ARN: o.ownARN()}} }, "ec2:CreateInternetGateway"), when("ec2:AttachInternetGateway", "vpcId")),
		read:   reads("ec2:DescribeInternetGateways"),
		update: []act{when("ec2:DetachInternetGateway", "vpcId"), when("ec2:AttachInternetGateway", "vpcId")},
		delete: calls("ec2:DeleteInternetGateway", "ec2:DetachInternetGateway"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenEip: {
		create: calls("ec2:AllocateAddress"), read: reads("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"),
		delete: calls("ec2:ReleaseAddress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenNatGateway: {
		create: calls("ec2:CreateNatGateway"), read: reads("ec2:DescribeNatGateways"),
		delete: calls("ec2:DeleteNatGateway"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenRouteTable: {
		create: calls("ec2:CreateRouteTable"), read: reads("ec2:DescribeRouteTables"),
		update: []act{when("ec2:CreateRoute", "routes"), when("ec2:DeleteRoute", "routes")},
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
		create: with(calls("ec2:CreateSecurityGroup", "ec2:RevokeSecurityGroupEgress"),
			when("ec2:AuthorizeSecurityGroupIngress", "ingress"), when("ec2:AuthorizeSecurityGroupEgress", "egress")),
		read: reads("ec2:DescribeSecurityGroups"),
		update: []act{
			when("ec2:RevokeSecurityGroupIngress", "ingress"), when("ec2:AuthorizeSecurityGroupIngress", "ingress"),
			when("ec2:RevokeSecurityGroupEgress", "egress"), when("ec2:AuthorizeSecurityGroupEgress", "egress"),
		},
		delete: with(calls("ec2:DeleteSecurityGroup"), reads("ec2:DescribeNetworkInterfaces")...), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenSecurityGroupRule: {
		create: []act{{action: "ec2:AuthorizeSecurityGroup{type}", on: ruleGroup}}, read: reads("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
		update: on(ruleGroup, "ec2:UpdateSecurityGroupRuleDescriptions{type}"), delete: on(ruleGroup, "ec2:RevokeSecurityGroup{type}"),
	},
	tokenIngressRule: {
		create: ruleCalls("Ingress"), read: reads("ec2:DescribeSecurityGroupRules"), update: on(ruleGroup, "ec2:ModifySecurityGroupRules"),
		delete: on(ruleGroup, "ec2:RevokeSecurityGroupIngress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenEgressRule: {
		create: ruleCalls("Egress"), read: reads("ec2:DescribeSecurityGroupRules"), update: on(ruleGroup, "ec2:ModifySecurityGroupRules"),
		delete: on(ruleGroup, "ec2:RevokeSecurityGroupEgress"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenVpcEndpoint: {
		create: calls("ec2:CreateVpcEndpoint"), read: reads("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
		update: []act{when("ec2:ModifyVpcEndpoint", "policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds")},
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
		create: with(calls("ec2:CreateFlowLogs"), hands("iamRoleArn", "vpc-flow-logs.amazonaws.com")), read: reads("ec2:DescribeFlowLogs"),
		delete: calls("ec2:DeleteFlowLogs"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenLaunchTemplate: {
		create: on(func(o *Op) []Target { return []Target{{ARN: o.ownARN()}} }, "ec2:CreateLaunchTemplate"), read: reads("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
		update: []act{{action: "ec2:CreateLaunchTemplateVersion", when: templateContents}, when("ec2:ModifyLaunchTemplate", "updateDefaultVersion", "defaultVersion")},
		delete: calls("ec2:DeleteLaunchTemplate"), tag: ec2TagCalls, untag: ec2UntagCalls,
	},
	tokenGroupTag: {
		create: on(itsGroup, "autoscaling:CreateOrUpdateTags"), read: reads("autoscaling:DescribeTags"),
		update: on(itsGroup, "autoscaling:CreateOrUpdateTags"), delete: on(itsGroup, "autoscaling:DeleteTags"),
	},
})

// templateContents are the inputs of a launch template that make a new version of it.
var templateContents = []string{
	"blockDeviceMappings", "cpuOptions", "description", "ebsOptimized", "iamInstanceProfile", "imageId", "instanceType", "keyName",
	"metadataOptions", "monitoring", "networkInterfaces", "placement", "tagSpecifications", "userData", "vpcSecurityGroupIds",
}
