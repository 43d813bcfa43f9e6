package aws_test

import (
	"context"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// refusal is a create that AWS refuses, and what it says.
type refusal struct {
	token string
	in    props
	code  string
}

func refusals(p *platform) map[string]refusal {
	nodes := p.nodeInputs()
	closed := p.add("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.9.0.0/16"})
	inside := p.add("aws:ec2/subnet:Subnet", props{"vpcId": closed.id, "cidrBlock": "10.9.0.0/24"})
	return map[string]refusal{
		"vpc too big":            {"aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid."},
		"subnet in no vpc":       {"aws:ec2/subnet:Subnet", props{"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"}, "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"},
		"subnet outside":         {"aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range"},
		"subnet overlaps":        {"aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.0.128/25"}, "InvalidSubnet.Conflict"},
		"subnet zone":            {"aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.7.0/24", "availabilityZone": "us-west-2z"}, "InvalidParameterValue: Value (us-west-2z)"},
		"nat without gateway":    {"aws:ec2/natGateway:NatGateway", props{"subnetId": inside.id, "allocationId": p.add("aws:ec2/eip:Eip", props{}).id}, "Gateway.NotAttached"},
		"nat without address":    {"aws:ec2/natGateway:NatGateway", props{"subnetId": p.a.id}, "MissingParameter"},
		"route to nothing":       {"aws:ec2/route:Route", props{"routeTableId": p.vpc.out["mainRouteTableId"], "destinationCidrBlock": "172.16.0.0/12", "natGatewayId": "nat-0"}, "InvalidNatGatewayID.NotFound"},
		"endpoint of nothing":    {"aws:ec2/vpcEndpoint:VpcEndpoint", props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s4"}, "InvalidServiceName"},
		"flow log of whom":       {"aws:ec2/flowLog:FlowLog", props{"vpcId": p.vpc.id, "logGroupName": "x", "iamRoleArn": p.role.out["arn"]}, "Unable to assume given IAM role"},
		"role twice":             {"aws:iam/role:Role", props{"name": "nodes", "assumeRolePolicy": trustEC2}, "EntityAlreadyExists: Role with name nodes already exists."},
		"trust with resource":    {"aws:iam/role:Role", props{"assumeRolePolicy": allowAll}, "Has prohibited field Resource."},
		"trust not json":         {"aws:iam/role:Role", props{"assumeRolePolicy": "{"}, "MalformedPolicyDocument: This policy contains invalid Json"},
		"policy no resource":     {"aws:iam/policy:Policy", props{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:RunInstances"}]}`}, "Policy statement must contain resources."},
		"attach to nobody":       {"aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nobody", "policyArn": "x"}, "NoSuchEntity: The role with name nobody cannot be found."},
		"attach nothing":         {"aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSNodePolicy"}, "does not exist or is not attachable."},
		"alias of nothing":       {"aws:kms/alias:Alias", props{"targetKeyId": "no"}, "NotFoundException"},
		"cluster twice":          {"aws:eks/cluster:Cluster", p.clusterInputs(), "ResourceInUseException: Cluster already exists with name: dev"},
		"cluster in one zone":    {"aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"name": "x", "vpcConfig": props{"subnetIds": []any{p.a.id}}}), "at least two different AZs"},
		"cluster minor":          {"aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"name": "x", "version": "1.20"}), "unsupported Kubernetes version"},
		"cluster role":           {"aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"name": "x", "roleArn": p.nodeRole.out["arn"]}), "trusted entity is not correct"},
		"cluster service block":  {"aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"name": "x", "kubernetesNetworkConfig": props{"serviceIpv4Cidr": "10.0.0.0/16"}}), "service CIDR"},
		"nodes min over desired": {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"scalingConfig": props{"minSize": 3, "desiredSize": 2, "maxSize": 6}}), "minSize can't be greater than desiredSize"},
		"nodes desired over max": {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"scalingConfig": props{"minSize": 1, "desiredSize": 7, "maxSize": 6}}), "desiredSize can't be greater than maxSize"},
		"nodes role":             {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"nodeRoleArn": p.role.out["arn"]}), "Following required service principals [ec2.amazonaws.com]"},
		"nodes old image":        {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"amiType": "AL2_x86_64"}), "only supported for kubernetes versions 1.32 or earlier"},
		"nodes ahead":            {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"version": "1.34"}), "not supported for cluster version 1.33"},
		"nodes no such type":     {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"instanceTypes": []any{"m5.huge"}}), "do not exist: [m5.huge]"},
		"nodes architecture":     {"aws:eks/nodeGroup:NodeGroup", over(nodes, props{"instanceTypes": []any{"m7g.large"}, "amiType": "AL2023_x86_64_STANDARD"}), "not a valid instance type"},
		"addon unknown":          {"aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "istio"}, "Addon specified is not supported"},
		"addon version":          {"aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "addonVersion": "1.2"}, "Addon version specified is not supported"},
		"entry of nobody":        {"aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": "arn:aws:iam::1:role/x"}, "The specified principalArn is invalid: invalid principal"},
		"entry of the creator":   {"aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.cloud.CallerARN()}, "already in use on this cluster."},
		"entry system group":     {"aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.role.out["arn"], "kubernetesGroups": []any{"system:masters"}}, "cannot start with system:"},
		"association namespace":  {"aws:eks/accessPolicyAssociation:AccessPolicyAssociation", props{"clusterName": "dev", "principalArn": p.cloud.CallerARN(), "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessScope": props{"type": "namespace", "namespaces": []any{"x"}}}, "is not modelled"},
		"pod identity trust":     {"aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "x", "serviceAccount": "x", "roleArn": p.role.out["arn"]}, "pods.eks.amazonaws.com"},
		"tag on nothing":         {"aws:autoscaling/tag:Tag", props{"autoscalingGroupName": "x", "tag": props{"key": "k", "value": "v"}}, "AutoScalingGroup name not found"},
	}
}

func TestCreateRefuses(t *testing.T) {
	p := newPlatform(t)
	for name, row := range refusals(p) {
		t.Run(name, func(t *testing.T) {
			_, err := p.tryCreate(row.token, row.in)
			mustFail(t, err, row.code)
		})
	}
}

func TestChecksRefuseBeforeAnythingIsMade(t *testing.T) {
	r := newRig(t)
	rows := map[string]struct {
		token string
		in    props
		want  string
	}{
		"missing":     {"aws:ec2/subnet:Subnet", props{}, "Missing required argument"},
		"retention":   {"aws:cloudwatch/logGroup:LogGroup", props{"retentionInDays": 8}, "retention_in_days"},
		"key window":  {"aws:kms/key:Key", props{"deletionWindowInDays": 3}, "(7 - 30)"},
		"alias":       {"aws:kms/alias:Alias", props{"name": "x", "targetKeyId": "x"}, "must begin with 'alias/'"},
		"two targets": {"aws:ec2/route:Route", props{"routeTableId": "x", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "a", "gatewayId": "b"}, "must be specified"},
		"block":       {"aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.1/16"}, "not a valid IPv4 CIDR block"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			resp, err := r.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: r.urn(row.token), News: wire(t, row.in)})
			if err != nil || len(resp.GetFailures()) == 0 || !strings.Contains(resp.GetFailures()[0].GetReason(), row.want) {
				t.Errorf("got %v %v, want a failure with %q", resp.GetFailures(), err, row.want)
			}
		})
	}
}

func TestUnmodelledIsRefusedByName(t *testing.T) {
	r := newRig(t)
	for _, token := range []string{"aws:s3/bucket:Bucket", "aws:ec2/instance:Instance"} {
		_, err := r.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: r.urn(token)})
		mustFail(t, err, "aws stand-in: "+token+" is not modelled; see sandbox/README.md")
	}
	_, err := r.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: "aws:ec2/getAmi:getAmi"})
	mustFail(t, err, "aws stand-in: aws:ec2/getAmi:getAmi is not modelled")
}

func TestDependentsHoldDeletes(t *testing.T) {
	p := newPlatform(t)
	gateway := p.gateway
	address := p.add("aws:ec2/eip:Eip", props{})
	p.add("aws:ec2/natGateway:NatGateway", props{"subnetId": p.a.id, "allocationId": address.id})
	table := p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id})
	aside := p.add("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.3.0/24"})
	p.add("aws:ec2/routeTableAssociation:RouteTableAssociation", props{"routeTableId": table.id, "subnetId": aside.id})
	group := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	other := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	p.add("aws:ec2/securityGroupRule:SecurityGroupRule", props{"securityGroupId": other.id, "sourceSecurityGroupId": group.id, "type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 2})
	policy := p.add("aws:iam/policy:Policy", props{"policy": allowAll})
	p.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nodes", "policyArn": policy.out["arn"]})
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	rows := map[string]struct {
		thing thing
		code  string
	}{
		"vpc":     {p.vpc, "DependencyViolation: The vpc '" + p.vpc.id + "' has dependencies and cannot be deleted."},
		"subnet":  {p.b, "DependencyViolation: The subnet"},
		"gateway": {gateway, "has some mapped public address(es)"},
		"address": {address, "InvalidIPAddress.InUse"},
		"table":   {table, "DependencyViolation: The routeTable"},
		"group":   {group, "DependencyViolation: resource " + group.id + " has a dependent object"},
		"role":    {p.nodeRole, "DeleteConflict: Cannot delete entity, must detach all policies first."},
		"policy":  {policy, "DeleteConflict"},
		"cluster": {p.cluster, "ResourceInUseException: Cluster has nodegroups attached"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) { mustFail(t, p.tryDelete(row.thing), row.code) })
	}
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// What Pulumi is told not to delete by itself (deletedWith) goes with what holds it, as on AWS.
func TestDependentsGoAlong(t *testing.T) {
	p := newPlatform(t)
	group := p.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	p.create("aws:ec2/securityGroupRule:SecurityGroupRule", props{"securityGroupId": group.id, "self": true, "type": "ingress", "protocol": "tcp", "fromPort": 1, "toPort": 2})
	p.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", props{"securityGroupId": group.id, "ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8"})
	table := p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id})
	p.create("aws:ec2/route:Route", props{"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": p.gateway.id})
	p.create("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "vpc-cni", "resolveConflictsOnCreate": "OVERWRITE"})
	p.create("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.nodeRole.out["arn"]})
	pods := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustPods})
	p.create("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{"clusterName": "dev", "namespace": "a", "serviceAccount": "b", "roleArn": pods.out["arn"]})
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.create("aws:autoscaling/tag:Tag", props{"autoscalingGroupName": groupName(nodes), "tag": props{"key": "a", "value": "b", "propagateAtLaunch": false}})
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
