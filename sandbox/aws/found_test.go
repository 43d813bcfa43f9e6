package aws_test

import (
	"errors"
	"testing"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// What random sequences found is kept here, one short test for each.

// A required reference that is empty, or no text, is one to nothing. Kinds used to follow it into a panic.
func TestRequiredReferenceToNothing(t *testing.T) {
	p := newNetwork(t)
	rows := map[string]struct {
		token string
		in    props
		code  string
	}{
		"empty":     {"aws:ec2/subnet:Subnet", props{"vpcId": "", "cidrBlock": "10.0.9.0/24"}, "InvalidVpcID.NotFound"},
		"a boolean": {"aws:ec2/routeTableAssociation:RouteTableAssociation", props{"routeTableId": true, "subnetId": p.a.id}, "InvalidRouteTableID.NotFound"},
		"a list":    {"aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation", props{"vpcEndpointId": []any{1}, "subnetId": p.a.id}, "InvalidVpcEndpointId.NotFound"},
		"a number":  {"aws:autoscaling/tag:Tag", props{"autoscalingGroupName": -1, "tag": props{"key": "k", "value": "v"}}, "ValidationError"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			_, err := p.tryCreate(row.token, row.in)
			mustFail(t, err, row.code)
		})
	}
}

// A drift deletes what somebody could delete in the console: nothing that is held. It used to leave subnets without a VPC.
func TestDriftDeletesNothingThatIsHeld(t *testing.T) {
	p := newNetwork(t)
	mustFail(t, p.cloud.Drift(aws.Drift{ID: p.vpc.id, Delete: true}), "DependencyViolation")
	if err := p.cloud.Drift(aws.Drift{ID: p.a.id, Delete: true}); err != nil {
		t.Error(err)
	}
	if got := p.read(p.a); got.id != "" {
		t.Errorf("read %v, want it gone", got)
	}
}

// A cluster that could not be made leaves nothing, not even the log group that EKS made for it.
func TestFailedCreateLeavesNothing(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	before := dump(t, p.cloud)
	p.machine.setFail("EnsureCluster", errors.New("no memory"))
	_, err := p.tryCreate("aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"enabledClusterLogTypes": []any{"audit"}}))
	mustFail(t, err, "no memory")
	if after := dump(t, p.cloud); after != before {
		t.Errorf("on record:\n%s\nwant\n%s", after, before)
	}
}

// An instance that was launched before a restart joins astray after it. It used to panic, since nothing private was on disk, and
// then to keep the node of the try that the restart had cut short.
func TestAstrayAfterRestart(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.machine.refuseNode = func(n machine.Node) error {
		p.machine.nodes[n.Name] = n // it gets there, and nobody hears of it
		return errors.New("connection reset")
	}
	if err := p.cloud.SetDesired(t.Context(), groupName(nodes), 3); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the third node on the machine", func() bool { return len(p.machine.nodeList()) == 3 })
	p.restart()
	p.machine.refuseNode = nil
	if err := p.cloud.SetConditions(aws.Conditions{Faults: []aws.Mishap{{Fault: "never-joins"}}}); err != nil {
		t.Fatal(err)
	}
	if err := p.cloud.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.cloud.Instances(); len(got) != 3 || len(p.machine.nodeList()) != 2 {
		t.Errorf("%d instances and %d nodes, want 3, of which one is astray", len(got), len(p.machine.nodeList()))
	}
}

// Nobody scales a group whose node group is on its way out: its new instances would leave nodes behind.
func TestGroupOnItsWayOut(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.machine.setFail("DeleteNode", errors.New("no answer"))
	mustFail(t, p.tryDelete(nodes), "no answer")
	mustFail(t, p.cloud.SetDesired(t.Context(), groupName(nodes), 2), "above max value 0")
	p.machine.setFail("DeleteNode", nil)
	p.delete(nodes)
	if left := p.machine.nodeList(); len(left) != 0 {
		t.Errorf("nodes left: %v", left)
	}
}

// A tag whose value is no text is compared all the same. The comparison used to panic.
func TestTagThatIsNoText(t *testing.T) {
	p := newNetwork(t)
	in := props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": []any{"dev"}}}
	again := p.update(p.vpc, in)
	in["enableDnsSupport"] = false
	p.update(again, in)
}

// A name that is null is none: the program gets an automatic one, which stays. AWS's own name used to change for ever.
func TestNullName(t *testing.T) {
	r := newRig(t)
	made := r.create(tokLogs, props{"name": nil})
	if made.in["name"] != made.id {
		t.Errorf("made with inputs %v as %q", made.in, made.id)
	}
	if d := r.diff(made, props{"name": nil}); len(d.GetDiffs()) > 0 {
		t.Errorf("differs in %v from itself", d.GetDiffs())
	}
}
