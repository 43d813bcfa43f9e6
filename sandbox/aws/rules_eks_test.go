package aws_test

import (
	"fmt"
	"strings"
)

const (
	aCluster      = "aws:eks/cluster:Cluster"
	aNodeGroup    = "aws:eks/nodeGroup:NodeGroup"
	anAddon       = "aws:eks/addon:Addon"
	anEntry       = "aws:eks/accessEntry:AccessEntry"
	anAssociation = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	aPodIdentity  = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	aGroupTag     = "aws:autoscaling/tag:Tag"
)

func cluster(top props) func(*ground) error {
	return asks(aCluster, func(g *ground) props { return over(over(g.clusterInputs(), props{"name": "second"}), top) })
}

// placed is the network part of a cluster, with what is laid over it.
func placed(g *ground, top props) props {
	return props{"vpcConfig": over(g.clusterInputs()["vpcConfig"].(props), top)}
}

func clusterAt(top func(g *ground) props) func(*ground) error {
	return func(g *ground) error { return cluster(placed(g, top(g)))(g) }
}

func mode(m string) props {
	return props{"accessConfig": props{"authenticationMode": m, "bootstrapClusterCreatorAdminPermissions": true}}
}

// crowded is a subnet of 11 addresses with so many left.
func crowded(g *ground, block, zone string, left int) thing {
	s := g.create(aSubnet, props{"vpcId": g.vpc.id, "cidrBlock": block, "availabilityZone": zone})
	for range 11 - left {
		served(g, "logs", props{"subnetIds": []any{s.id}})
	}
	return s
}

// closed is a cluster in a region with a zone that EKS is not in.
func closed(region, zone string) func(*ground) error {
	return func(g *ground) error {
		p := &platform{rig: newRig(g.t)}
		p.client = p.session(props{"region": region})
		vpc := p.add(aVpc, props{"cidrBlock": "10.0.0.0/16"})
		p.a = p.add(aSubnet, props{"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": region + "a"})
		p.b = p.add(aSubnet, props{"vpcId": vpc.id, "cidrBlock": "10.0.1.0/24", "availabilityZone": zone})
		p.role = p.clusterRole()
		return p.ask(aCluster, p.clusterInputs())
	}
}

var clusterRules = map[string]rule{
	"twice":        {cluster(props{"name": "dev"}), says("ResourceInUseException", "Cluster already exists with name: dev")},
	"name":         {cluster(props{"name": "-x"}), says("InvalidParameterException", "not a valid cluster name")},
	"long name":    {cluster(props{"name": strings.Repeat("x", 101)}), says("InvalidParameterException", "not a valid cluster name")},
	"version":      {cluster(props{"version": "1.12"}), says("InvalidParameterException", "unsupported Kubernetes version")},
	"no role":      {cluster(props{"roleArn": "arn:aws:iam::1:role/x"}), says("InvalidParameterException", "trusted entity is not correct")},
	"role's trust": {func(g *ground) error { return cluster(props{"roleArn": g.nodeRole.out["arn"]})(g) }, says("InvalidParameterException", "Role could not be assumed because the trusted entity is not correct")},
	"role's policies": {func(g *ground) error {
		return cluster(props{"roleArn": newRole(g, props{"assumeRolePolicy": trustEKS}).out["arn"]})(g)
	}, says("InvalidParameterException", "doesn't have the Amazon EKS Managed Policies", "policy/AmazonEKSClusterPolicy]")},
	"one zone":     {clusterAt(func(g *ground) props { return props{"subnetIds": []any{g.a.id}} }), says("InvalidParameterException", "Subnets specified must be in at least two different AZs")},
	"two networks": {clusterAt(func(g *ground) props { return props{"subnetIds": []any{g.b.id, g.subnet2.id}} }), says("InvalidParameterException", "different VPCs")},
	"no subnet":    {clusterAt(func(*ground) props { return props{"subnetIds": []any{"subnet-0"}} }), says("InvalidParameterException", "'subnet-0' does not exist")},
	"full subnet": {clusterAt(func(g *ground) props {
		return props{"subnetIds": []any{g.a.id, crowded(g, "10.0.200.0/28", "us-west-2c", 2).id}}
	}), says("InvalidRequestException", "Free IPs: 2 ")},
	"zone in Virginia":      {closed("us-east-1", "us-east-1c"), says("UnsupportedAvailabilityZoneException", "because us-east-1c, the targeted availability zone")},
	"zone in N. California": {closed("us-west-1", "us-west-1b"), says("UnsupportedAvailabilityZoneException")},
	"zone in Canada":        {closed("ca-central-1", "ca-central-1c"), says("UnsupportedAvailabilityZoneException")},
	"six groups": {clusterAt(func(g *ground) props {
		return props{"securityGroupIds": many(6, func(int) any { return g.create(aGroup, props{"vpcId": g.vpc.id}).id })}
	}), says("InvalidParameterException", "at most 5 security groups")},
	"group elsewhere": {clusterAt(func(g *ground) props { return props{"securityGroupIds": []any{g.group2.id}} }), says("InvalidParameterException", "not in the same VPC")},
	"no group":        {clusterAt(func(*ground) props { return props{"securityGroupIds": []any{"sg-0"}} }), says("InvalidParameterException", "'sg-0' does not exist")},
	"no endpoint":     {clusterAt(func(*ground) props { return props{"endpointPrivateAccess": false} }), says("InvalidParameterException", "Private and public endpoint access cannot be false")},
	"private block": {clusterAt(func(*ground) props {
		return props{"endpointPublicAccess": true, "publicAccessCidrs": []any{"10.0.0.0/8"}}
	}), says("InvalidParameterException", "invalid in publicAccessCidrs: [10.0.0.0/8]")},
	"41 blocks": {clusterAt(func(*ground) props {
		return props{"endpointPublicAccess": true, "publicAccessCidrs": many(41, func(i int) any { return fmt.Sprintf("52.0.%d.0/24", i) })}
	}), says("InvalidParameterException", "at most 40")},
	"malformed block":  {clusterAt(func(*ground) props { return props{"publicAccessCidrs": []any{"1.2.3.4/8"}} }), says("vpcConfig: ", "not a valid CIDR block")},
	"service block":    {cluster(props{"kubernetesNetworkConfig": props{"serviceIpv4Cidr": "10.0.0.0/16"}}), says("InvalidParameterException", "service CIDR")},
	"service size":     {cluster(props{"kubernetesNetworkConfig": props{"serviceIpv4Cidr": "172.16.0.0/11"}}), says("InvalidParameterException", "/24 to /12")},
	"public services":  {cluster(props{"kubernetesNetworkConfig": props{"serviceIpv4Cidr": "52.0.0.0/16"}}), says("InvalidParameterException", "private block")},
	"family":           {cluster(props{"kubernetesNetworkConfig": props{"ipFamily": "ipv5"}}), says("expected kubernetes_network_config.0.ip_family to be one of")},
	"log type":         {cluster(props{"enabledClusterLogTypes": []any{"diary"}}), says("expected enabled_cluster_log_types to be one of")},
	"mode":             {cluster(mode("OPEN")), says("expected access_config.0.authentication_mode to be one of")},
	"creator shut out": {cluster(props{"accessConfig": props{"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": false}}), says("InvalidParameterException", "must be true if cluster authentication mode is set to CONFIG_MAP")},
	"no key":           {cluster(props{"encryptionConfig": props{"provider": props{"keyArn": "arn:aws:kms:us-west-2:1:key/none"}, "resources": []any{"secrets"}}}), says("InvalidParameterException", "keyArn in encryptionConfig provider is not valid")},
	"key of a pair": {func(g *ground) error {
		pair := g.create(aKey, props{"customerMasterKeySpec": "RSA_2048"})
		return cluster(props{"encryptionConfig": props{"provider": props{"keyArn": pair.out["arn"]}, "resources": []any{"secrets"}}})(g)
	}, says("InvalidParameterException", "keyArn")},
	"encrypts":     {cluster(props{"encryptionConfig": props{"resources": []any{"pods"}}}), says("expected encryption_config.0.resources to be one of")},
	"support":      {cluster(props{"upgradePolicy": props{"supportType": "NONE"}}), says("expected upgrade_policy.0.support_type to be one of")},
	"reserved tag": {cluster(props{"tags": props{"aws:x": "y"}}), says("InvalidParameterException", "reserved")},

	"update two minors": {func(g *ground) error { return g.change(g.cluster, props{"version": "1.35"}) }, says("InvalidParameterException", "Unsupported Kubernetes minor version update from 1.33 to 1.35")},
	"update down":       {func(g *ground) error { return g.change(g.cluster, props{"version": "1.32"}) }, says("InvalidParameterException", "update from 1.33 to 1.32")},
	"update mode back":  {func(g *ground) error { return g.change(g.cluster, mode("API_AND_CONFIG_MAP")) }, says("InvalidParameterException", "Unsupported authentication mode update from API to API_AND_CONFIG_MAP")},
	"update mode too far": {func(g *ground) error {
		return g.change(g.create(aCluster, over(over(g.clusterInputs(), props{"name": "map"}), mode("CONFIG_MAP"))), mode("API"))
	}, says("InvalidParameterException", "update from CONFIG_MAP to API")},
	"update endpoints": {func(g *ground) error { return g.change(g.cluster, placed(g, props{"endpointPrivateAccess": false})) }, says("InvalidParameterException", "cannot be false")},
	"update log type":  {func(g *ground) error { return g.change(g.cluster, props{"enabledClusterLogTypes": []any{"x"}}) }, says("expected enabled_cluster_log_types")},
	"update zones": {func(g *ground) error {
		c := g.create(aSubnet, props{"vpcId": g.vpc.id, "cidrBlock": "10.0.201.0/24", "availabilityZone": "us-west-2c"})
		return g.change(g.cluster, placed(g, props{"subnetIds": []any{g.a.id, g.b.id, c.id}}))
	}, says("InvalidParameterException", "exact set of AZs 'us-west-2a,us-west-2b'")},
	"update to no room": {func(g *ground) error {
		full := crowded(g, "10.0.202.0/28", "us-west-2b", 4)
		return g.change(g.cluster, placed(g, props{"subnetIds": []any{g.a.id, full.id}}))
	}, says("InvalidRequestException", "need at least 5 IPs")},
	"delete with nodes": {func(g *ground) error {
		g.create(aNodeGroup, g.nodeInputs())
		return g.tryDelete(g.cluster)
	}, says("ResourceInUseException", "Cluster has nodegroups attached")},
	"delete its group": {func(g *ground) error {
		own := g.cluster.out["vpcConfig"].(props)["clusterSecurityGroupId"].(string)
		return g.tryDelete(thing{token: aGroup, urn: g.urn(aGroup), id: own})
	}, says("DependencyViolation", "has a dependent object")},
}

func addon(top props) func(*ground) error {
	return plainly(anAddon, over(props{"clusterName": "dev", "addonName": "metrics-server"}, top))
}

func entry(top props) func(*ground) error {
	return asks(anEntry, func(g *ground) props {
		return over(props{"clusterName": "dev", "principalArn": newRole(g, nil).out["arn"]}, top)
	})
}

func association(top props) func(*ground) error {
	return asks(anAssociation, func(g *ground) props {
		return over(props{"clusterName": "dev", "principalArn": g.cloud.CallerARN(), "accessScope": props{"type": "cluster"},
			"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"}, top)
	})
}

func identity(g *ground, top props) props {
	return over(props{"clusterName": "dev", "namespace": "a", "serviceAccount": "b", "roleArn": newRole(g, props{"assumeRolePolicy": trustPods}).out["arn"]}, top)
}

func pods(top props) func(*ground) error {
	return asks(aPodIdentity, func(g *ground) props { return identity(g, top) })
}

var insideRules = map[string]rule{
	"addon unknown":       {addon(props{"addonName": "istio"}), says("InvalidParameterException", "Addon specified is not supported")},
	"addon of no cluster": {addon(props{"clusterName": "none"}), says("ResourceNotFoundException", "No cluster found for name: none.")},
	"addon version":       {addon(props{"addonVersion": "latest"}), says("InvalidParameterException", "Addon version specified is not supported")},
	"addon ahead":         {addon(props{"addonName": "kube-proxy", "addonVersion": "v1.34.0-eksbuild.2"}), says("InvalidParameterException", "Addon version specified is not supported")},
	"addon settings":      {addon(props{"configurationValues": "{"}), says("InvalidParameterException", "ConfigurationValue provided in request is not supported")},
	"addon preserves":     {addon(props{"resolveConflictsOnCreate": "PRESERVE"}), says("expected resolve_conflicts_on_create to be one of")},
	"addon no such mode":  {addon(props{"resolveConflictsOnUpdate": "ASK"}), says("expected resolve_conflicts_on_update to be one of")},
	"addon no role":       {addon(props{"serviceAccountRoleArn": "arn:aws:iam::1:role/x"}), says("InvalidParameterException", "does not exist")},
	"addon pod role": {addon(props{"podIdentityAssociations": []any{props{"serviceAccount": "x", "roleArn": "arn:aws:iam::1:role/x"}}}),
		says("podIdentityAssociations (use aws:eks/podIdentityAssociation:PodIdentityAssociation) is not modelled")},
	"addon over cni":   {addon(props{"addonName": "vpc-cni"}), says("waiting for EKS Add-On (dev:vpc-cni) create", "ConfigurationConflict", "Conflicts found when trying to apply")},
	"addon over proxy": {addon(props{"addonName": "kube-proxy", "resolveConflictsOnCreate": "NONE"}), says("ConfigurationConflict", "kube-proxy")},
	"addon over dns":   {addon(props{"addonName": "coredns"}), says("ConfigurationConflict", "coredns")},
	"addon twice": {func(g *ground) error {
		in := props{"clusterName": "dev", "addonName": "eks-pod-identity-agent"}
		g.create(anAddon, in)
		return g.ask(anAddon, in)
	}, says("ResourceInUseException", "Addon already exists.")},
	"addon update version": {func(g *ground) error {
		return g.change(g.create(anAddon, props{"clusterName": "dev", "addonName": "aws-ebs-csi-driver"}), props{"addonVersion": "x"})
	}, says("InvalidParameterException", "Addon version specified is not supported")},

	"entry of nobody":     {entry(props{"principalArn": "arn:aws:iam::1:role/x"}), says("InvalidParameterException", "The specified principalArn is invalid: invalid principal")},
	"entry of no cluster": {entry(props{"clusterName": "none"}), says("ResourceNotFoundException")},
	"entry type":          {entry(props{"type": "ROBOT"}), says("expected type to be one of")},
	"entry twice":         {func(g *ground) error { return entry(props{"principalArn": g.cloud.CallerARN()})(g) }, says("ResourceInUseException", "already in use on this cluster.")},
	"entry group":         {entry(props{"kubernetesGroups": []any{"system:masters"}}), says("InvalidParameterException", "cannot start with system:")},
	"entry user":          {entry(props{"userName": "aws:me"}), says("InvalidParameterException", "must not begin with aws:")},
	"entry node group":    {entry(props{"type": "EC2_LINUX", "kubernetesGroups": []any{"x"}}), says("InvalidParameterException", "cannot be set")},
	"entry update group": {func(g *ground) error {
		return g.change(g.create(anEntry, props{"clusterName": "dev", "principalArn": g.role.out["arn"]}), props{"kubernetesGroups": []any{"eks:x"}})
	}, says("InvalidParameterException", "cannot start with eks:")},
	"entry by config map": {func(g *ground) error {
		g.create(aCluster, over(over(g.clusterInputs(), props{"name": "map"}), mode("CONFIG_MAP")))
		return entry(props{"clusterName": "map"})(g)
	}, says("InvalidRequestException", "authentication mode must be set to one of [API, API_AND_CONFIG_MAP]")},

	"policy without entry": {association(props{"principalArn": "arn:aws:iam::1:role/x"}), says("ResourceNotFoundException", "principalArn could not be found")},
	"policy unknown":       {association(props{"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}), says("InvalidParameterException", "policyArn parameter format is not valid")},
	"policy of nodes": {func(g *ground) error {
		arn := newRole(g, nil).out["arn"]
		g.create(anEntry, props{"clusterName": "dev", "principalArn": arn, "type": "EC2_LINUX"})
		return association(props{"principalArn": arn})(g)
	}, says("InvalidRequestException", "EC2_LINUX cannot have access policies")},
	"policy scope":         {association(props{"accessScope": props{"type": "world"}}), says("expected access_scope.0.type to be one of")},
	"policy nowhere":       {association(props{"accessScope": props{"type": "namespace"}}), says("InvalidParameterException", "at least one namespace")},
	"policy too wide":      {association(props{"accessScope": props{"type": "cluster", "namespaces": []any{"x"}}}), says("InvalidParameterException", "must be empty")},
	"policy 101 places":    {association(props{"accessScope": props{"type": "namespace", "namespaces": many(101, func(i int) any { return fmt.Sprint("n", i) })}}), says("InvalidParameterException", "at most 100")},
	"policy in namespaces": {association(props{"accessScope": props{"type": "namespace", "namespaces": []any{"x"}}}), says("is not modelled")},
	"pods no role":         {pods(props{"roleArn": "arn:aws:iam::1:role/x"}), says("InvalidParameterException", "does not exist")},
	"pods of no cluster":   {pods(props{"clusterName": "none"}), says("ResourceNotFoundException")},
	"pods trust":           {func(g *ground) error { return pods(props{"roleArn": g.nodeRole.out["arn"]})(g) }, says("InvalidParameterException", "pods.eks.amazonaws.com")},
	"pods twice": {func(g *ground) error {
		g.create(aPodIdentity, identity(g, nil))
		return pods(nil)(g)
	}, says("ResourceInUseException", "Association already exists")},
	"pods update role": {func(g *ground) error {
		return g.change(g.create(aPodIdentity, identity(g, props{"namespace": "c"})), props{"roleArn": g.nodeRole.out["arn"]})
	}, says("InvalidParameterException", "pods.eks.amazonaws.com")},
}
