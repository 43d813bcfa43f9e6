package aws_test

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func (r *rig) sound() {
	r.t.Helper()
	for _, what := range r.cloud.Broken() {
		r.t.Error(what)
	}
}

// The interfaces of a control plane follow its subnets and groups, so that what it left can go and what it has cannot.
func TestClusterMoves(t *testing.T) {
	p := newPlatform(t)
	c := p.create("aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.5.0/24", "availabilityZone": "us-west-2b"})
	group := p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	in := p.clusterInputs()
	in["vpcConfig"].(props)["subnetIds"] = []any{p.a.id, c.id}
	in["vpcConfig"].(props)["securityGroupIds"] = []any{group.id}
	moved := p.update(p.cluster, in)
	p.sound()
	p.delete(p.b)
	mustFail(t, p.tryDelete(c), "DependencyViolation")
	mustFail(t, p.tryDelete(group), "DependencyViolation")
	in = p.clusterInputs()
	in["vpcConfig"].(props)["subnetIds"] = []any{p.a.id, c.id}
	p.update(moved, in)
	p.sound()
	p.delete(group)
}

// An endpoint's security groups are those of its interfaces, in the subnets that joined it, too.
func TestEndpointChangesGroups(t *testing.T) {
	p := newNetwork(t)
	old := p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	fresh := p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	in := props{
		"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface",
		"subnetIds": []any{p.a.id}, "securityGroupIds": []any{old.id},
	}
	endpoint := p.create("aws:ec2/vpcEndpoint:VpcEndpoint", in)
	p.create("aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation", props{"vpcEndpointId": endpoint.id, "subnetId": p.b.id})
	p.update(endpoint, over(in, props{"securityGroupIds": []any{fresh.id}}))
	p.sound()
	p.delete(old)
}

func TestEndpointGroups(t *testing.T) {
	p := newNetwork(t)
	group := p.create("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": p.vpc.id})
	for field, id := range map[string]string{"securityGroupIds": group.id, "subnetIds": p.a.id} {
		_, err := p.tryCreate("aws:ec2/vpcEndpoint:VpcEndpoint", props{"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.s3", field: []any{id}})
		mustFail(t, err, "InvalidParameter: The parameter "+field)
	}
	in := props{
		"vpcId": p.vpc.id, "serviceName": "com.amazonaws.us-west-2.sts", "vpcEndpointType": "Interface", "subnetIds": []any{p.a.id}, "securityGroupIds": []any{},
	}
	now := p.read(p.create("aws:ec2/vpcEndpoint:VpcEndpoint", in))
	if d := p.diff(now, in); d.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("no groups asked for, the default one given, and it differs: %v", d.GetDiffs())
	}
}
