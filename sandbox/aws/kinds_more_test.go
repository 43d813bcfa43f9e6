package aws_test

var iamLife = map[string]life{
	"aws:iam/role:Role": {
		in: fixed(props{"assumeRolePolicy": trustEC2}), next: props{"description": "nodes"}, replace: props{"path": "/x/"},
		outputs: []string{"arn", "name", "uniqueId", "createDate"},
	},
	"aws:iam/policy:Policy": {
		in: fixed(props{"policy": allowAll}), next: props{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`},
		replace: props{"description": "other"}, outputs: []string{"arn", "name", "policyId"},
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		in: func(p *platform) props {
			role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2})
			return props{"role": role.out["name"], "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}
		},
		replace: props{"policyArn": "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"},
	},
	"aws:iam/rolePolicy:RolePolicy": {
		in: func(p *platform) props {
			return props{"role": p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2}).id, "policy": allowAll}
		},
		next: props{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`}, replace: props{"role": "other"}, outputs: []string{"name"},
	},
	"aws:iam/instanceProfile:InstanceProfile": {
		in: func(p *platform) props {
			return props{"role": p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2}).id}
		},
		next: props{"tags": props{"a": "b"}}, replace: props{"path": "/x/"}, outputs: []string{"arn", "name", "uniqueId"},
	},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		in: fixed(props{"url": "https://token.actions.githubusercontent.com", "clientIdLists": []any{"sts.amazonaws.com"},
			"thumbprintLists": []any{"6938fd4d98bab03faadb97b34396831e3780aea1"}}),
		next: props{"clientIdLists": []any{"a", "b"}}, replace: props{"url": "https://example.com"}, outputs: []string{"arn", "url"},
	},
	"aws:kms/key:Key": {
		in: fixed(props{"enableKeyRotation": true, "deletionWindowInDays": 7}), next: props{"description": "secrets"},
		replace: props{"multiRegion": true}, outputs: []string{"arn", "keyId", "policy", "rotationPeriodInDays"},
	},
	"aws:kms/alias:Alias": {
		in:      func(p *platform) props { return props{"targetKeyId": p.add("aws:kms/key:Key", props{}).out["keyId"]} },
		replace: props{"name": "alias/other"}, outputs: []string{"arn", "name", "targetKeyArn"},
	},
	"aws:cloudwatch/logGroup:LogGroup": {
		in: fixed(props{"retentionInDays": 7}), next: props{"retentionInDays": 30}, replace: props{"name": "other"}, outputs: []string{"arn", "name"},
	},
}

var eksLife = map[string]life{
	"aws:eks/cluster:Cluster": {
		in:   func(p *platform) props { return over(p.clusterInputs(), props{"name": "second"}) },
		next: props{"version": "1.34"}, replace: props{"name": "third"},
		outputs: []string{"arn", "endpoint", "certificateAuthority", "identities", "platformVersion", "createdAt", "version", "status"},
	},
	"aws:eks/nodeGroup:NodeGroup": {
		in:   func(p *platform) props { return p.nodeInputs() },
		next: props{"scalingConfig": props{"minSize": 2, "desiredSize": 3, "maxSize": 5}}, replace: props{"capacityType": "SPOT"},
		outputs: []string{"arn", "resources", "version", "releaseVersion", "status", "amiType"},
	},
	"aws:eks/addon:Addon": {
		in: func(p *platform) props {
			return props{"clusterName": p.cluster.id, "addonName": "vpc-cni", "resolveConflictsOnCreate": "OVERWRITE"}
		},
		next: props{"configurationValues": `{"enableNetworkPolicy":"true"}`}, replace: props{"addonName": "coredns"},
		outputs: []string{"arn", "addonVersion", "createdAt"},
	},
	"aws:eks/accessEntry:AccessEntry": {
		in: func(p *platform) props {
			return props{"clusterName": p.cluster.id, "principalArn": p.nodeRole.out["arn"], "kubernetesGroups": []any{"viewers"}}
		},
		next: props{"kubernetesGroups": []any{"deployers"}}, replace: props{"type": "EC2_LINUX"}, outputs: []string{"accessEntryArn", "userName"},
	},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
		in: func(p *platform) props {
			arn := p.nodeRole.out["arn"]
			p.add("aws:eks/accessEntry:AccessEntry", props{"clusterName": p.cluster.id, "principalArn": arn})
			return props{"clusterName": p.cluster.id, "principalArn": arn, "accessScope": props{"type": "cluster"},
				"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"}
		},
		replace: props{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"}, outputs: []string{"associatedAt"},
	},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation": {
		in: func(p *platform) props {
			role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
			return props{"clusterName": p.cluster.id, "namespace": "kube-system", "serviceAccount": "x", "roleArn": role.out["arn"]}
		},
		next: props{"tags": props{"a": "b"}}, replace: props{"namespace": "default"}, outputs: []string{"associationArn", "associationId"},
	},
	"aws:autoscaling/tag:Tag": {
		in: func(p *platform) props {
			nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
			return props{"autoscalingGroupName": groupName(nodes), "tag": props{"key": "k", "value": "v", "propagateAtLaunch": false}}
		},
		next:    props{"tag": props{"key": "k", "value": "w", "propagateAtLaunch": false}},
		replace: props{"tag": props{"key": "l", "value": "v", "propagateAtLaunch": false}},
	},
}

func groupName(nodes thing) string {
	resources := nodes.out["resources"].([]any)[0].(props)
	return resources["autoscalingGroups"].([]any)[0].(props)["name"].(string)
}
