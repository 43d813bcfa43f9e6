package aws_test

import "testing"

const (
	trustEKS  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`
	trustPods = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	allowAll  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:DescribeInstances","Resource":"*"}}`
)

// platform is a small network with a cluster in it, in order of creation.
type platform struct {
	*rig
	all           []thing
	vpc, a, b     thing
	role, cluster thing
	nodeRole      thing
	gateway       thing
}

func (p *platform) add(token string, in props) thing {
	p.t.Helper()
	got := p.create(token, in)
	p.all = append(p.all, got)
	return got
}

func newNetwork(t *testing.T) *platform {
	t.Helper()
	p := &platform{rig: newRig(t)}
	p.vpc = p.add("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "dev"}})
	p.a = p.add("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-west-2a"})
	p.b = p.add("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-west-2b"})
	return p
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := newNetwork(t)
	p.wayOut()
	p.role = p.clusterRole()
	p.nodeRole = p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2, "name": "nodes"})
	p.attach(p.nodeRole, "AmazonEKSWorkerNodePolicy")
	p.cluster = p.add("aws:eks/cluster:Cluster", p.clusterInputs())
	return p
}

// clusterRole makes a role that EKS takes.
func (p *platform) clusterRole() thing {
	p.t.Helper()
	role := p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEKS})
	p.attach(role, "AmazonEKSClusterPolicy")
	return role
}

// attach gives the role a policy of AWS's own.
func (p *platform) attach(role thing, policy string) {
	p.t.Helper()
	p.add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", props{"role": role.id, "policyArn": "arn:aws:iam::aws:policy/" + policy})
}

// wayOut leads the subnets, by the VPC's main table, to a NAT gateway in a public subnet.
func (p *platform) wayOut() {
	p.t.Helper()
	p.gateway = p.add("aws:ec2/internetGateway:InternetGateway", props{"vpcId": p.vpc.id})
	public := p.add("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.2.0/24", "availabilityZone": "us-west-2a"})
	table := p.add("aws:ec2/routeTable:RouteTable", props{"vpcId": p.vpc.id})
	p.add("aws:ec2/route:Route", props{"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": p.gateway.id})
	p.add("aws:ec2/routeTableAssociation:RouteTableAssociation", props{"routeTableId": table.id, "subnetId": public.id})
	address := p.add("aws:ec2/eip:Eip", props{})
	nat := p.add("aws:ec2/natGateway:NatGateway", props{"subnetId": public.id, "allocationId": address.id})
	p.add("aws:ec2/route:Route", props{"routeTableId": p.vpc.out["mainRouteTableId"], "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat.id})
}

func (p *platform) clusterInputs() props {
	return props{
		"name": "dev", "roleArn": p.role.out["arn"], "version": "1.33",
		"vpcConfig":    props{"subnetIds": []any{p.a.id, p.b.id}, "endpointPrivateAccess": true, "endpointPublicAccess": false},
		"accessConfig": props{"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": true},
	}
}

func (p *platform) nodeInputs() props {
	return props{
		"clusterName": "dev", "nodeGroupName": "general", "nodeRoleArn": p.nodeRole.out["arn"], "subnetIds": []any{p.a.id, p.b.id},
		"instanceTypes": []any{"m5.large"}, "scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 6},
		"labels": props{"team": "all"}, "taints": []any{props{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}},
	}
}

// destroy deletes everything in reverse order.
func (p *platform) destroy() {
	p.t.Helper()
	for i := len(p.all) - 1; i >= 0; i-- {
		p.delete(p.all[i])
	}
}

func TestPlatformComesAndGoes(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.add("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"})
	if n := len(p.machine.nodeList()); n != 2 {
		t.Errorf("got %d nodes, want 2", n)
	}
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if m := p.machine; len(m.clusters)+len(m.nodes)+len(m.addons) != 0 {
		t.Errorf("left on the machine: %v %v %v", m.clusters, m.nodes, m.addons)
	}
}
