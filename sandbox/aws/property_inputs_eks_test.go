package aws_test

import "fmt"

// drawnMore are the kinds of IAM, KMS and EKS.
var drawnMore = map[string]func(*draw) props{
	tokRole: drawRole,
	"aws:iam/policy:Policy": func(d *draw) props {
		return props{"name": d.one("policy", "Policy", "other"), "path": d.one("/", "/team/"), "policy": allowAll, "tags": d.tags()}
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": drawAttachment,
	"aws:iam/rolePolicy:RolePolicy": func(d *draw) props {
		return props{"role": d.some(tokRole, nil).out["name"], "name": d.name("inline"), "policy": allowAll}
	},
	"aws:iam/instanceProfile:InstanceProfile": func(d *draw) props {
		return props{"role": d.some(tokRole, nil).out["name"], "name": d.name("profile"), "tags": d.tags()}
	},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": func(d *draw) props {
		return props{"url": "https://" + d.name("issuer") + ".example.com", "clientIdLists": []any{"sts.amazonaws.com"}, "tags": d.tags()}
	},
	tokKey: func(d *draw) props {
		return props{"description": d.name("key"), "enableKeyRotation": d.IntN(2) == 0, "tags": d.tags()}
	},
	"aws:kms/alias:Alias": func(d *draw) props {
		return props{"name": "alias/" + d.name("a"), "targetKeyId": d.id(tokKey)}
	},
	tokCluster:            drawCluster,
	tokNodes:              drawNodes,
	"aws:eks/addon:Addon": drawAddon,
	"aws:eks/accessEntry:AccessEntry": func(d *draw) props {
		return props{"clusterName": d.id(tokCluster), "principalArn": d.some(tokRole, nil).out["arn"], "tags": d.tags()}
	},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation": func(d *draw) props {
		entry := d.some("aws:eks/accessEntry:AccessEntry", nil)
		return props{
			"clusterName": entry.in["clusterName"], "principalArn": entry.in["principalArn"], "accessScope": props{"type": "cluster"},
			"policyArn": "arn:aws:eks::aws:cluster-access-policy/" + d.one("AmazonEKSViewPolicy", "AmazonEKSAdminPolicy"),
		}
	},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation": func(d *draw) props {
		return props{"clusterName": d.id(tokCluster), "namespace": d.name("ns"), "serviceAccount": "app", "roleArn": d.role(trustPods).out["arn"], "tags": d.tags()}
	},
}

var trusts = map[string]string{"eks": trustEKS, "ec2": trustEC2, "pods": trustPods, "flows": trustFlows}

func drawRole(d *draw) props {
	in := props{"assumeRolePolicy": trusts[d.one("eks", "ec2", "pods", "flows")], "tags": d.tags(), "forceDetachPolicies": d.IntN(4) == 0}
	if d.hint != "" {
		in["assumeRolePolicy"] = trusts[d.hint]
	}
	if d.hint == "" && d.IntN(2) == 0 {
		in["name"] = d.one("role1", "Role1", "role2", "role3")
	}
	return in
}

func drawAttachment(d *draw) props {
	const managed = "arn:aws:iam::aws:policy/"
	switch d.hint {
	case "eks":
		return props{"role": d.role(trustEKS).out["name"], "policyArn": managed + "AmazonEKSClusterPolicy"}
	case "ec2":
		return props{"role": d.role(trustEC2).out["name"], "policyArn": managed + "AmazonEKSWorkerNodePolicy"}
	}
	in := props{"role": d.some(tokRole, nil).out["name"], "policyArn": managed + d.one("AmazonEKSClusterPolicy", "AmazonEKS_CNI_Policy", "NoSuchPolicy")}
	if d.IntN(2) == 0 {
		in["policyArn"] = d.some("aws:iam/policy:Policy", nil).out["arn"]
	}
	return in
}

func drawCluster(d *draw) props {
	vpc := d.id(tokVpc)
	mode := "API"
	if d.hint == "" {
		mode = d.one("API", "API_AND_CONFIG_MAP", "CONFIG_MAP")
	}
	in := props{
		"name": d.one("dev", "dev", "prod"), "roleArn": d.role(trustEKS).out["arn"], "version": d.one("1.33", "1.33", "1.34"),
		"vpcConfig":    props{"subnetIds": d.ids(tokSubnet, vpc, 3), "endpointPrivateAccess": true, "securityGroupIds": d.ids(tokGroup, vpc, d.IntN(2))},
		"accessConfig": props{"authenticationMode": mode}, "tags": d.tags(),
	}
	if d.hint == "" && d.IntN(3) == 0 {
		in["enabledClusterLogTypes"] = []any{"audit"}
	}
	if d.hint == "" && d.IntN(4) == 0 {
		in["encryptionConfig"] = props{"provider": props{"keyArn": d.some(tokKey, nil).out["arn"]}, "resources": []any{"secrets"}}
	}
	return in
}

func drawNodes(d *draw) props {
	cluster := d.some(tokCluster, nil)
	config, _ := cluster.out["vpcConfig"].(props)
	low := d.IntN(2)
	want := low + d.IntN(3)
	in := props{
		"clusterName": cluster.id, "nodeRoleArn": d.role(trustEC2).out["arn"],
		"subnetIds": d.ids(tokSubnet, config["vpcId"], 1+d.IntN(2)), "instanceTypes": []any{d.one("m5.large", "t3.medium")},
		"scalingConfig": props{"minSize": float64(low), "desiredSize": float64(want), "maxSize": float64(want + 1 + d.IntN(2))},
		"labels":        props{d.one("team", "tier"): d.name("v")}, "tags": d.tags(),
	}
	if d.IntN(2) == 0 {
		in["nodeGroupName"] = d.name("general")
	}
	if d.chance(20) {
		in["launchTemplate"] = props{"id": d.id("aws:ec2/launchTemplate:LaunchTemplate"), "version": "$Latest"}
	}
	if d.chance(20) {
		in["version"] = d.one("1.33", "1.34", "1.35")
	}
	return in
}

func drawAddon(d *draw) props {
	in := props{"clusterName": d.id(tokCluster), "addonName": d.one("coredns", "vpc-cni", "kube-proxy", "eks-pod-identity-agent", "metrics-server"), "tags": d.tags()}
	if d.IntN(3) > 0 {
		in["resolveConflictsOnCreate"] = "OVERWRITE"
	}
	if d.IntN(4) == 0 {
		in["serviceAccountRoleArn"] = d.role(trustPods).out["arn"]
	}
	if d.IntN(6) == 0 {
		in["configurationValues"] = fmt.Sprintf(`{"replicaCount":%d}`, 1+d.IntN(2))
	}
	return in
}
