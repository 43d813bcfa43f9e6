package aws

import "fmt"

// The calls for IAM, KMS, CloudWatch Logs and EKS.

var _ = provides(map[string]*acts{
	tokenRole: {
		create: calls("iam:CreateRole"), read: calls("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
		update: []act{when("iam:UpdateAssumeRolePolicy", "assumeRolePolicy"), when("iam:UpdateRole", "maxSessionDuration", "description")},
		delete: calls("iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"),
		tag:    calls("iam:TagRole"), untag: calls("iam:UntagRole"),
	},
	tokenPolicy: {
		create: calls("iam:CreatePolicy"), read: calls("iam:GetPolicy", "iam:GetPolicyVersion"),
		update: []act{when("iam:CreatePolicyVersion", "policy"), when("iam:ListPolicyVersions", "policy"), when("iam:DeletePolicyVersion", "policy")},
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
		create: with(calls("iam:CreateInstanceProfile"), when("iam:AddRoleToInstanceProfile", "role"),
			act{action: "iam:PassRole", when: []string{"role"}, on: itsRole, keys: map[string]string{passedTo: "ec2.amazonaws.com"}}),
		read: calls("iam:GetInstanceProfile"), update: []act{when("iam:RemoveRoleFromInstanceProfile", "role"), when("iam:AddRoleToInstanceProfile", "role")},
		delete: calls("iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"),
		tag:    calls("iam:TagInstanceProfile"), untag: calls("iam:UntagInstanceProfile"),
	},
	tokenOpenIDConnect: {
		create: calls("iam:CreateOpenIDConnectProvider"), read: calls("iam:GetOpenIDConnectProvider"),
		update: []act{
			when("iam:UpdateOpenIDConnectProviderThumbprint", "thumbprintLists"), when("iam:AddClientIDToOpenIDConnectProvider", "clientIdLists"),
			when("iam:RemoveClientIDFromOpenIDConnectProvider", "clientIdLists"),
		},
		delete: calls("iam:DeleteOpenIDConnectProvider"),
		tag:    calls("iam:TagOpenIDConnectProvider"), untag: calls("iam:UntagOpenIDConnectProvider"),
	},
	tokenKey: {
		create: with(on(anywhere, "kms:CreateKey"), when("kms:EnableKeyRotation", "enableKeyRotation")),
		read:   calls("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"),
		update: []act{
			when("kms:EnableKeyRotation", "enableKeyRotation"), when("kms:DisableKeyRotation", "enableKeyRotation"), when("kms:PutKeyPolicy", "policy"),
			when("kms:UpdateKeyDescription", "description"),
		},
		delete: calls("kms:ScheduleKeyDeletion", "kms:DescribeKey"), tag: calls("kms:TagResource"), untag: calls("kms:UntagResource"),
	},
	tokenAlias: {
		create: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:CreateAlias"), read: reads("kms:ListAliases"),
		update: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:UpdateAlias"),
		delete: on(together(itself, its(tokenKey, "", "targetKeyId")), "kms:DeleteAlias"),
	},
	tokenLogGroup: {
		create: with(calls("logs:CreateLogGroup"), when("logs:PutRetentionPolicy", "retentionInDays"), when("logs:AssociateKmsKey", "kmsKeyId")),
		read:   calls("logs:DescribeLogGroups", "logs:ListTagsForResource"),
		update: []act{when("logs:PutRetentionPolicy", "retentionInDays"), when("logs:AssociateKmsKey", "kmsKeyId")},
		delete: calls("logs:DeleteLogGroup"), tag: calls("logs:TagResource"), untag: calls("logs:UntagResource"),
	},
	tokenCluster: {
		create: with(calls("eks:CreateCluster"), hands("roleArn", "eks.amazonaws.com"),
			act{action: "kms:DescribeKey", when: []string{"encryptionConfig.provider.keyArn"}, on: named("encryptionConfig.provider.keyArn")},
			act{action: "kms:CreateGrant", when: []string{"encryptionConfig.provider.keyArn"}, on: named("encryptionConfig.provider.keyArn")}),
		read: calls("eks:DescribeCluster"),
		update: []act{
			when("eks:UpdateClusterVersion", "version"), when("eks:AssociateEncryptionConfig", "encryptionConfig"), when("eks:DescribeUpdate", "version", "vpcConfig", "accessConfig"),
			when("eks:UpdateClusterConfig", "vpcConfig", "accessConfig", "enabledClusterLogTypes", "upgradePolicy"),
		},
		delete: calls("eks:DeleteCluster", "eks:DescribeCluster"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenNodeGroup: {
		create: with(on(itsCluster, "eks:CreateNodegroup"), hands("nodeRoleArn", "eks.amazonaws.com"),
			act{action: "ec2:RunInstances", when: []string{"launchTemplate"}, on: launched}),
		read: calls("eks:DescribeNodegroup"),
		update: []act{
			when("eks:UpdateNodegroupConfig", "scalingConfig", "labels", "taints", "updateConfig", "nodeRepairConfig"),
			when("eks:UpdateNodegroupVersion", "version", "releaseVersion", "launchTemplate.version"), when("eks:DescribeUpdate", "scalingConfig", "version", "launchTemplate.version"),
		},
		delete: calls("eks:DeleteNodegroup", "eks:DescribeNodegroup"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAddon: {
		create: with(on(itsCluster, "eks:CreateAddon"), hands("serviceAccountRoleArn", "eks.amazonaws.com")), read: calls("eks:DescribeAddon"),
		update: calls("eks:UpdateAddon", "eks:DescribeUpdate"), delete: calls("eks:DeleteAddon", "eks:DescribeAddon"),
		tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAccessEntry: {
		create: on(itsCluster, "eks:CreateAccessEntry"), read: calls("eks:DescribeAccessEntry"), update: calls("eks:UpdateAccessEntry"),
		delete: calls("eks:DeleteAccessEntry"), tag: calls("eks:TagResource"), untag: calls("eks:UntagResource"),
	},
	tokenAccessAssociation: {
		create: on(itsEntry, "eks:AssociateAccessPolicy"), read: on(itsEntry, "eks:ListAssociatedAccessPolicies"),
		delete: on(itsEntry, "eks:DisassociateAccessPolicy"),
	},
	tokenPodIdentity: {
		create: with(on(itsCluster, "eks:CreatePodIdentityAssociation"), hands("roleArn", "pods.eks.amazonaws.com"),
			act{action: "iam:GetRole", on: named("roleArn")}),
		read:   calls("eks:DescribePodIdentityAssociation"),
		update: with(calls("eks:UpdatePodIdentityAssociation"), hands("roleArn", "pods.eks.amazonaws.com")),
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
