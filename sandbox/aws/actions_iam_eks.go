package aws

import "fmt"

// The calls for IAM, KMS, CloudWatch Logs and EKS.

var (
	boundary    = map[string]string{"iam:PermissionsBoundary": "permissionsBoundary"}
	passesToEC2 = act{action: "iam:PassRole", when: []string{"role"}, on: itsRole, keys: map[string]string{passedTo: "ec2.amazonaws.com"}}
	disablesKey = provided(act{action: "kms:DisableKey"}, turns("isEnabled", true, false))

	// usesKey is what EKS does in the caller's name to have Secrets encrypted.
	usesKey = []act{
		{action: "kms:DescribeKey", when: []string{"encryptionConfig.provider.keyArn"}, on: named("encryptionConfig.provider.keyArn")},
		{action: "kms:CreateGrant", when: []string{"encryptionConfig.provider.keyArn"}, on: named("encryptionConfig.provider.keyArn")},
	}

	noNodeLink = fail("InvalidRequestException", "Failed to create service linked role: AWSServiceRoleForAmazonEKSNodegroup "+
		"due to missing permissions for 'iam:CreateServiceLinkedRole'")

	nodesConfig  = []string{"scalingConfig", "labels", "taints", "updateConfig", "nodeRepairConfig"}
	nodesVersion = []string{"version", "releaseVersion", "launchTemplate.version"}
	addonConfig  = []string{"addonVersion", "configurationValues", "podIdentityAssociations", "serviceAccountRoleArn"}

	// clusterConfig are the inputs of a cluster, other than version and encryption, that change in place.
	clusterConfig = []string{
		"vpcConfig", "accessConfig", "enabledClusterLogTypes", "upgradePolicy", "zonalShiftConfig", "computeConfig", "storageConfig", "kubernetesNetworkConfig",
	}
)

// allLogGroups is what a list of log groups is authorized on, whatever it is narrowed down to.
func allLogGroups(o *Op) []Target { return []Target{{ARN: o.Env.arn("logs", "log-group:*")}} }

var _ = provides(map[string]*acts{
	tokenRole: {
		create: []act{{action: "iam:CreateRole", on: withParents, tags: true, input: boundary}},
		read:   calls("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
		update: []act{
			when("iam:UpdateAssumeRolePolicy", "assumeRolePolicy"), when("iam:UpdateRole", "maxSessionDuration"), when("iam:UpdateRoleDescription", "description"),
			provided(act{action: "iam:PutRolePermissionsBoundary", input: boundary}, has("permissionsBoundary")),
			provided(act{action: "iam:DeleteRolePermissionsBoundary"}, lost("permissionsBoundary")),
		},
		delete: calls("iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
		tag:    calls("iam:TagRole"), untag: calls("iam:UntagRole"),
	},
	tokenPolicy: {
		create: []act{creates("iam:CreatePolicy")}, read: calls("iam:GetPolicy", "iam:GetPolicyVersion"),
		update: []act{when("iam:CreatePolicyVersion", "policy"), when("iam:ListPolicyVersions", "policy")}, // the provider deletes a version from five on
		delete: calls("iam:DeletePolicy", "iam:ListPolicyVersions"), tag: calls("iam:TagPolicy"), untag: calls("iam:UntagPolicy"),
	},
	tokenAttachment: {
		create: attaching("iam:AttachRolePolicy"), read: on(itsRole, "iam:ListAttachedRolePolicies"), delete: attaching("iam:DetachRolePolicy"),
	},
	tokenRolePolicy: {
		create: on(itsRole, "iam:PutRolePolicy"), read: on(itsRole, "iam:GetRolePolicy"), update: on(itsRole, "iam:PutRolePolicy"),
		delete: on(itsRole, "iam:DeleteRolePolicy"),
	},
	tokenInstanceProfile: {
		create: []act{creates("iam:CreateInstanceProfile"), when("iam:AddRoleToInstanceProfile", "role"), passesToEC2}, read: calls("iam:GetInstanceProfile"),
		update: []act{
			provided(act{action: "iam:RemoveRoleFromInstanceProfile"}, had("role")), provided(act{action: "iam:AddRoleToInstanceProfile"}, has("role")), passesToEC2,
		},
		delete: with(calls("iam:DeleteInstanceProfile"), when("iam:RemoveRoleFromInstanceProfile", "role")),
		tag:    calls("iam:TagInstanceProfile"), untag: calls("iam:UntagInstanceProfile"),
	},
	tokenOpenIDConnect: {
		create: []act{creates("iam:CreateOpenIDConnectProvider")}, read: calls("iam:GetOpenIDConnectProvider"),
		update: []act{
			when("iam:UpdateOpenIDConnectProviderThumbprint", "thumbprintLists"), provided(act{action: "iam:AddClientIDToOpenIDConnectProvider"}, adds("clientIdLists")),
			provided(act{action: "iam:RemoveClientIDFromOpenIDConnectProvider"}, drops("clientIdLists")),
		},
		delete: calls("iam:DeleteOpenIDConnectProvider"),
		tag:    calls("iam:TagOpenIDConnectProvider"), untag: calls("iam:UntagOpenIDConnectProvider"),
	},
	tokenKey: {
		create: []act{createsOn(anywhere, "kms:CreateKey"), when("kms:EnableKeyRotation", "enableKeyRotation"), disablesKey},
		read:   calls("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"),
		update: []act{
			provided(act{action: "kms:EnableKey"}, turns("isEnabled", true, true)), disablesKey,
			provided(act{action: "kms:EnableKeyRotation"}, either(turns("enableKeyRotation", false, true), had("rotationPeriodInDays"), has("rotationPeriodInDays"))),
			provided(act{action: "kms:DisableKeyRotation"}, turns("enableKeyRotation", false, false)),
			when("kms:PutKeyPolicy", "policy"), when("kms:UpdateKeyDescription", "description"),
		},
		delete: calls("kms:ScheduleKeyDeletion", "kms:DescribeKey"), tag: calls("kms:TagResource"), untag: calls("kms:UntagResource"),
	},
	tokenAlias: {
		create: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:CreateAlias"), read: reads("kms:ListAliases"),
		update: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:UpdateAlias"),
		delete: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:DeleteAlias"),
	},
	tokenLogGroup: {
		create: []act{creates("logs:CreateLogGroup"), when("logs:PutRetentionPolicy", "retentionInDays"), when("logs:AssociateKmsKey", "kmsKeyId")},
		read:   with(on(allLogGroups, "logs:DescribeLogGroups"), calls("logs:ListTagsForResource")...),
		update: []act{
			provided(act{action: "logs:PutRetentionPolicy"}, has("retentionInDays")), provided(act{action: "logs:DeleteRetentionPolicy"}, lost("retentionInDays")),
			provided(act{action: "logs:AssociateKmsKey"}, has("kmsKeyId")), provided(act{action: "logs:DisassociateKmsKey"}, lost("kmsKeyId")),
		},
		delete: calls("logs:DeleteLogGroup"), tag: calls("logs:TagResource"), untag: calls("logs:UntagResource"),
	},
	tokenCluster: {
		create: append([]act{creates("eks:CreateCluster"), hands("roleArn", "eks.amazonaws.com"), links("eks.amazonaws.com", "AWSServiceRoleForAmazonEKS", nil)}, usesKey...),
		read:   calls("eks:DescribeCluster"),
		update: append([]act{
			when("eks:UpdateClusterVersion", "version"), when("eks:UpdateClusterConfig", clusterConfig...),
			when("eks:AssociateEncryptionConfig", "encryptionConfig"), when("eks:DescribeUpdate", append(clusterConfig, "version", "encryptionConfig")...),
		}, usesKey...),
		delete: calls("eks:DeleteCluster", "eks:DescribeCluster"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenNodeGroup: {
		create: []act{
			createsOn(itsCluster, "eks:CreateNodegroup"), hands("nodeRoleArn", "eks.amazonaws.com"),
			links("eks-nodegroup.amazonaws.com", "AWSServiceRoleForAmazonEKSNodegroup", noNodeLink),
			{action: "ec2:RunInstances", when: []string{"launchTemplate"}, on: launched},
		},
		read: calls("eks:DescribeNodegroup"),
		update: []act{
			when("eks:UpdateNodegroupConfig", nodesConfig...), when("eks:UpdateNodegroupVersion", nodesVersion...),
			{action: "ec2:RunInstances", when: []string{"launchTemplate.version"}, on: launched},
			when("eks:DescribeUpdate", append(nodesConfig, nodesVersion...)...),
		},
		delete: calls("eks:DeleteNodegroup", "eks:DescribeNodegroup"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAddon: {
		create: []act{createsOn(itsCluster, "eks:CreateAddon"), hands("serviceAccountRoleArn", "eks.amazonaws.com")}, read: calls("eks:DescribeAddon"),
		update: []act{
			when("eks:UpdateAddon", addonConfig...), hands("serviceAccountRoleArn", "eks.amazonaws.com"), when("eks:DescribeUpdate", addonConfig...),
		},
		delete: calls("eks:DeleteAddon", "eks:DescribeAddon"),
		tag:    calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAccessEntry: {
		create: []act{createsOn(itsCluster, "eks:CreateAccessEntry")}, read: calls("eks:DescribeAccessEntry"),
		update: []act{when("eks:UpdateAccessEntry", "kubernetesGroups", "userName")},
		delete: calls("eks:DeleteAccessEntry"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAccessAssociation: {
		create: on(itsEntry, "eks:AssociateAccessPolicy"), read: on(itsEntry, "eks:ListAssociatedAccessPolicies"),
		delete: on(itsEntry, "eks:DisassociateAccessPolicy"),
	},
	tokenPodIdentity: {
		create: []act{
			createsOn(itsCluster, "eks:CreatePodIdentityAssociation"), hands("roleArn", "pods.eks.amazonaws.com"),
			{action: "iam:GetRole", on: named("roleArn")},
		},
		read:   calls("eks:DescribePodIdentityAssociation"),
		update: []act{when("eks:UpdatePodIdentityAssociation", "roleArn", "disableSessionTags", "targetRoleArn"), hands("roleArn", "pods.eks.amazonaws.com")},
		delete: calls("eks:DeletePodIdentityAssociation"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
})

// attaching is authorized on the role; which policy is a condition key.
func attaching(action string) []act {
	return []act{{action: action, on: itsRole, input: map[string]string{"iam:PolicyARN": "policyArn"}}}
}

// launched is what EKS has launched in the caller's name where a launch template is given: EC2 asks for each part.
func launched(o *Op) []Target {
	out := []Target{{ARN: fmt.Sprintf("arn:%s:ec2:%s::image/*", partition, o.Env.Region)}}
	for _, kind := range []string{"instance/*", "volume/*", "network-interface/*"} {
		out = append(out, Target{ARN: o.Env.arn("ec2", kind)})
	}
	return append(out, together(its(tokenLaunchTemplate, "", "launchTemplate.id"), its(tokenSubnet, "", "subnetIds"))(o)...)
}

// itsEntry is the access entry of an association's principal.
func itsEntry(o *Op) []Target {
	in := o.In
	if len(in) == 0 && o.Old != nil {
		in = o.Old.State
	}
	cluster, principal := str(in, "clusterName"), str(in, "principalArn")
	if r := o.Tx.peek(tokenAccessEntry, cluster+":"+principal); r != nil {
		return []Target{o.Tx.target(r)}
	}
	return []Target{{ARN: o.Env.arn("eks", "access-entry/"+cluster+"/*")}}
}
