package conformance

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"paddock/sandbox/aws"
)

func trust(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
}

const readOnly = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}}`

// platform is one of everything, in the shape of what the program makes.
type platform struct {
	*rig
	vpc, gateway, ip, nat, table, route, shared, open   thing
	s3, sts, logs, flow, template                       thing
	clusterRole, nodeRole, podRole, flowRole            thing
	policy, inline, profile, key, alias                 thing
	cluster, nodes, templated, addon, entry, pod, rules thing
	subnets                                             []thing
}

// p is asked by all tests that only read.
var p *platform

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	var end func()
	p, end = newPlatform(failing{}, dir)
	defer end()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" {
		return untested()
	}
	return code
}

// failing is a testing.TB for what is built before any test: the first fault ends the program.
type failing struct{ testing.TB }

func (failing) Helper()                           {}
func (failing) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (failing) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// untested fails the suite for every call that the API answers and no test has made.
func untested() int {
	code := 0
	for _, name := range aws.Operations() {
		if _, ok := called.Load(name); !ok {
			fmt.Fprintln(os.Stderr, "no test calls", name)
			code = 1
		}
	}
	return code
}

func newPlatform(t testing.TB, dir string) (*platform, func()) {
	r, end := newRig(t, dir)
	p := &platform{rig: r}
	p.roles()
	p.network()
	p.endpoints()
	p.kubernetes()
	return p, end
}

func (p *platform) roles() {
	role := func(name, service string) thing {
		trusted := trust(service)
		if name == "pods" { // as AWS's guide has it: for one cluster of this account
			trusted = strings.Replace(trusted, `,"Action"`, `,"Condition":{"StringEquals":{"aws:SourceAccount":"`+p.cloud.Account()+`"},"ArnLike":{"aws:SourceArn":"arn:aws:eks:*:*:cluster/dev"}},"Action"`, 1)
		}
		return p.create("aws:iam/role:Role", props{"name": name, "assumeRolePolicy": trusted, "tags": props{"team": "red"}, "description": "for " + service})
	}
	p.clusterRole, p.nodeRole = role("control", "eks.amazonaws.com"), role("nodes", "ec2.amazonaws.com")
	p.podRole, p.flowRole = role("pods", "pods.eks.amazonaws.com"), role("flow", "vpc-flow-logs.amazonaws.com")
	p.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "control", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"})
	p.policy = p.create("aws:iam/policy:Policy", props{"name": "reader", "policy": readOnly, "description": "reads"})
	p.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nodes", "policyArn": p.policy.arn()})
	p.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": "nodes", "policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"})
	p.inline = p.create("aws:iam/rolePolicy:RolePolicy", props{"role": "nodes", "name": "inline", "policy": readOnly})
	p.profile = p.create("aws:iam/instanceProfile:InstanceProfile", props{"name": "bastion", "role": "nodes"})
	p.key = p.create("aws:kms/key:Key", props{"description": "secrets", "enableKeyRotation": true})
	p.alias = p.create("aws:kms/alias:Alias", props{"name": "alias/paddock", "targetKeyId": p.key.id})
}

func (p *platform) network() {
	p.vpc = p.create("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "dev", "team": "red"}})
	for i, zone := range []string{"a", "b", "c", "a", "b", "c"} {
		p.subnets = append(p.subnets, p.create("aws:ec2/subnet:Subnet", props{
			"vpcId": p.vpc.id, "cidrBlock": fmt.Sprintf("10.0.%d.0/24", i), "availabilityZone": region + zone, "tags": props{"Name": fmt.Sprintf("dev-%d", i)},
		}))
	}
	p.gateway = p.create("aws:ec2/internetGateway:InternetGateway", props{"vpcId": p.vpc.id})
	p.create("aws:ec2/route:Route", props{"routeTableId": p.vpc.out["mainRouteTableId"], "destinationCidrBlock": "0.0.0.0/0", "gatewayId": p.gateway.id})
	p.ip = p.create("aws:ec2/eip:Eip", props{"domain": "vpc"})
	p.nat = p.create("aws:ec2/natGateway:NatGateway", props{"subnetId": p.subnets[0].id, "allocationId": p.ip.id, "tags": props{"Name": "out"}})
	p.table = p.create("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id, "tags": props{"Name": "private"}})
	p.route = p.create("aws:ec2/route:Route", props{"routeTableId": p.table.id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": p.nat.id})
	for _, private := range []int{1, 3, 4, 5} {
		p.create("aws:ec2/routeTableAssociation:RouteTableAssociation", props{"routeTableId": p.table.id, "subnetId": p.subnets[private].id})
	}
	p.shared = p.create("aws:ec2/securityGroup:SecurityGroup", props{
		"vpcId": p.vpc.id, "name": "shared", "description": "of all", "egress": []any{props{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}}},
	})
	p.rules = p.create("aws:ec2/securityGroupRule:SecurityGroupRule", props{
		"securityGroupId": p.shared.id, "type": "ingress", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": []any{"10.0.0.0/16", "10.1.0.0/16"},
	})
	p.open = p.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", props{
		"securityGroupId": p.shared.id, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "referencedSecurityGroupId": p.shared.id, "description": "within",
	})
}

func (p *platform) endpoints() {
	p.s3 = p.create("aws:ec2/vpcEndpoint:VpcEndpoint", props{
		"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3", "routeTableIds": []any{p.table.id},
	})
	p.sts = p.create("aws:ec2/vpcEndpoint:VpcEndpoint", props{
		"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface", "privateDnsEnabled": true,
		"subnetIds": []any{p.subnets[0].id, p.subnets[1].id}, "securityGroupIds": []any{p.shared.id},
	})
	p.logs = p.create("aws:cloudwatch/logGroup:LogGroup", props{"name": "/vpc/flow", "retentionInDays": 30, "tags": props{"team": "red"}})
	p.flow = p.create("aws:ec2/flowLog:FlowLog", props{
		"vpcId": p.vpc.id, "trafficType": "ALL", "logDestination": p.logs.arn(), "iamRoleArn": p.flowRole.arn(), "maxAggregationInterval": 60,
	})
	p.template = p.create("aws:ec2/launchTemplate:LaunchTemplate", props{
		"name": "big", "instanceType": "m5.xlarge", "vpcSecurityGroupIds": []any{p.shared.id}, "metadataOptions": props{"httpTokens": "required", "httpPutResponseHopLimit": 2},
		"blockDeviceMappings": []any{props{"deviceName": "/dev/xvda", "ebs": props{"volumeSize": 50, "volumeType": "gp3"}}},
		"tagSpecifications":   []any{props{"resourceType": "instance", "tags": props{"team": "red"}}}, "description": "first",
	})
}

func (p *platform) kubernetes() {
	subnets := []any{p.subnets[3].id, p.subnets[4].id, p.subnets[5].id}
	p.cluster = p.create("aws:eks/cluster:Cluster", props{
		"name": "dev", "roleArn": p.clusterRole.arn(), "version": "1.33", "vpcConfig": props{"subnetIds": subnets, "endpointPrivateAccess": true},
		"accessConfig": props{"authenticationMode": "API"}, "enabledClusterLogTypes": []any{"audit", "api"}, "tags": props{"team": "red"},
		"encryptionConfig": props{"resources": []any{"secrets"}, "provider": props{"keyArn": p.key.arn()}},
	})
	p.nodes = p.create("aws:eks/nodeGroup:NodeGroup", props{
		"clusterName": "dev", "nodeGroupName": "general", "nodeRoleArn": p.nodeRole.arn(), "subnetIds": subnets, "instanceTypes": []any{"m5.large", "m5a.large"},
		"scalingConfig": props{"minSize": 1, "desiredSize": 3, "maxSize": 6}, "labels": props{"team": "all"}, "tags": props{"cost": "shared"},
		"taints": []any{props{"key": "only", "effect": "NO_SCHEDULE"}},
	})
	p.templated = p.create("aws:eks/nodeGroup:NodeGroup", props{
		"clusterName": "dev", "nodeGroupName": "big", "nodeRoleArn": p.nodeRole.arn(), "subnetIds": subnets, "capacityType": "SPOT",
		"scalingConfig": props{"minSize": 0, "desiredSize": 1, "maxSize": 2}, "launchTemplate": props{"id": p.template.id, "version": "1"},
	})
	p.create("aws:autoscaling/tag:Tag", props{
		"autoscalingGroupName": p.group(), "tag": props{"key": "k8s.io/cluster-autoscaler/node-template/label/team", "value": "all", "propagateAtLaunch": false},
	})
	p.addon = p.create("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE", "configurationValues": `{"replicaCount":2}`})
	p.entry = p.create("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.podRole.arn(), "kubernetesGroups": []any{"red"}})
	p.create("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", props{
		"clusterName": "dev", "principalArn": p.podRole.arn(), "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
		"accessScope": props{"type": "cluster"},
	})
	p.pod = p.create("aws:eks/podIdentityAssociation:PodIdentityAssociation", props{
		"clusterName": "dev", "namespace": "kube-system", "serviceAccount": "cluster-autoscaler", "roleArn": p.podRole.arn(),
	})
}

// group names the Auto Scaling group of the node group general.
func (p *platform) group() string {
	resources := p.nodes.out["resources"].([]any)[0].(props)
	return resources["autoscalingGroups"].([]any)[0].(props)["name"].(string)
}
