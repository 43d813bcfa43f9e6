package aws_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

func (r *rig) fate(faults ...aws.Mishap) {
	r.t.Helper()
	if err := r.cloud.SetConditions(aws.Conditions{Faults: faults}); err != nil {
		r.t.Fatal(err)
	}
}

func TestReadConditions(t *testing.T) {
	rows := map[string]struct{ text, want string }{
		"good":            {"latency: aws\nlatencyFactor: 0.1\nbootDelay: 45s\nlimits: {vpcs: 2}\nfaults:\n- {fault: throttle, action: 'ec2:*', times: 3}\n", ""},
		"unknown key":     {"latensy: aws\n", `unknown field "latensy"`},
		"latency":         {"latency: gcp\n", `latency: "gcp": want aws or none`},
		"factor":          {"latencyFactor: -1\n", "latencyFactor: -1: want 0 or more"},
		"delay":           {"bootDelay: soon\n", "invalid duration"},
		"pull delay":      {"pullDelay: -1s\n", "pullDelay: -1s: want 0s or more"},
		"delay as number": {"bootDelay: 45\n", "want a string such as 45s"},
		"limit":           {"limits: {clouds: 2}\n", `limit "clouds": there is none of that name`},
		"fault":           {"faults: [{fault: storm}]\n", `faults[0]: fault: "storm": want one of throttle, error, lost`},
		"action":          {"faults: [{fault: lost}]\n", "lost wants service:Action"},
		"pattern":         {"faults: [{fault: lost, action: 'ec2:['}]\n", "lost wants service:Action"},
		"no action":       {"faults: [{fault: never-joins, action: 'ec2:*'}]\n", "never-joins takes none"},
		"zone":            {"faults: [{fault: capacity}]\n", "zone: capacity wants one"},
		"after":           {"faults: [{fault: addon-slow}]\n", "after: addon-slow wants more than 0s"},
		"times":           {"faults: [{fault: never-joins, times: -2}]\n", "times: -2: want -1 or more"},
		"dies for ever":   {"faults: [{fault: instance-dies, times: -1}]\n", "times: -1: instance-dies wants a number"},
		"all at once":     {"latency: x\nlatencyFactor: -1\n", "latencyFactor: -1"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			_, err := aws.ReadConditions([]byte(row.text))
			if row.want == "" && err != nil {
				t.Error(err)
			}
			if row.want != "" {
				mustFail(t, err, row.want)
			}
		})
	}
}

// Conditions survive a restart; faults are used up.
func TestConditionsStay(t *testing.T) {
	r := newRig(t)
	r.fate(aws.Mishap{Fault: "throttle", Action: "ec2:CreateVpc", Times: 2}, aws.Mishap{Fault: "never-joins"})
	r.create("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16"})
	r.restart()
	left := r.cloud.Conditions().Faults
	if len(left) != 1 || left[0].Fault != "never-joins" || left[0].Times != 1 {
		t.Errorf("left %+v, want the one that has not happened", left)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel() // the provider tries for 4 s before it gives up
	r := newRig(t)
	r.fate(aws.Mishap{Fault: "error", Action: "ec2:CreateVpc"}, aws.Mishap{Fault: "throttle", Action: "ec2:CreateVpc", Times: -1})
	_, err := r.tryCreate("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16"})
	mustFail(t, err, "RequestLimitExceeded")
	tried, err := r.cloud.Calls(func(e aws.Entry) bool { return e.Outcome == "RequestLimitExceeded" })
	if err != nil || len(tried) != 24 {
		t.Errorf("tried %d times after the first, %v; want 25 in all", len(tried), err)
	}
	if left := r.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	_, err = r.cloud.Call(context.Background(), aws.Call{Env: r.cloud.Self(), Service: "ec2", Action: "DescribeVpcs"})
	if err != nil {
		t.Errorf("a call that is not meant: %v", err)
	}
	r.fate(aws.Mishap{Fault: "throttle", Action: "autoscaling:*"})
	_, err = r.cloud.Call(context.Background(), aws.Call{Env: r.cloud.Self(), Service: "autoscaling", Action: "DescribeAutoScalingGroups"})
	mustFail(t, err, "Throttling: Rate exceeded")
}

// A lost answer: calls with a client token find their outcome, others meet or double what they made.
func TestLostAnswers(t *testing.T) {
	p := newPlatform(t)
	p.fate(aws.Mishap{Fault: "lost", Action: "eks:CreateNodegroup"})
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.fate(aws.Mishap{Fault: "lost", Action: "iam:CreateRole"})
	_, err := p.tryCreate("aws:iam/role:Role", props{"name": "twice", "assumeRolePolicy": trustEC2})
	mustFail(t, err, "EntityAlreadyExists")
	before := p.cloud.Counts()["aws:ec2/vpc:Vpc"]
	p.fate(aws.Mishap{Fault: "lost", Action: "ec2:CreateVpc"})
	p.add("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.7.0.0/16"})
	if n := p.cloud.Counts()["aws:ec2/vpc:Vpc"] - before; n != 2 {
		t.Errorf("%d VPCs were made, want two: the call has no client token", n)
	}
	gone, err := p.cloud.Forget("urn:pulumi:dev::paddock::")
	if err != nil || len(gone) != 2 {
		t.Errorf("forgot %v, %v; want the role and a VPC", gone, err)
	}
	p.fate(aws.Mishap{Fault: "lost", Action: "ec2:Delete*"})
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	p.fate(aws.Mishap{Fault: "lost", Action: "ec2:DescribeVpcs"})
	_, err = p.cloud.Call(context.Background(), aws.Call{Env: p.cloud.Self(), Service: "ec2", Action: "DescribeVpcs"})
	if !aws.IsLost(err) {
		t.Errorf("a call of the wire API: %v, want its connection cut", err)
	}
}

func TestCapacity(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.fate(aws.Mishap{Fault: "capacity", Zone: "us-west-2a", Times: -1})
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 4); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two more nodes", func() bool { return len(p.machine.nodeList()) == 4 })
	zones := map[string]int{}
	for _, n := range p.machine.nodeList() {
		zones[n.Zone]++
	}
	if zones["us-west-2b"] != 3 {
		t.Errorf("nodes by zone %v, want both new ones in b", zones)
	}
	p.fate(aws.Mishap{Fault: "capacity", Zone: "us-west-2a", Times: -1}, aws.Mishap{Fault: "capacity", Zone: "us-west-2b", Times: -1})
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 5); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a failed activity", func() bool {
		out, err := p.cloud.Call(context.Background(), aws.Call{Env: p.here(), Service: "autoscaling", Action: "DescribeScalingActivities", Params: props{"AutoScalingGroupName": groupName(nodes)}})
		if err != nil {
			t.Fatal(err)
		}
		newest := out["Activities"].([]any)[0].(props)
		return newest["StatusCode"] == "Failed" && strings.Contains(newest["StatusMessage"].(string), "InsufficientInstanceCapacity")
	})
	_, err := p.tryCreate("aws:eks/nodeGroup:NodeGroup", over(p.nodeInputs(), props{"nodeGroupName": "none"}))
	mustFail(t, err, "AsgInstanceLaunchFailures")
	p.fate()
	eventually(t, "the fifth node once there is capacity", func() bool { return len(p.machine.nodeList()) == 5 })
}

// here is the account's administrator in the platform's region.
func (r *rig) here() aws.Env {
	e := r.cloud.Self()
	e.Region = "us-west-2"
	return e
}

func TestNeverJoins(t *testing.T) {
	p := newPlatform(t)
	p.fate(aws.Mishap{Fault: "never-joins"})
	_, err := p.tryCreate("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	mustFail(t, err, "unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: i-")
	mustFail(t, err, ": NodeCreationFailure: Instances failed to join the kubernetes cluster")
	if n := len(p.machine.nodeList()); n != 0 {
		t.Errorf("%d nodes are left of a group that failed", n)
	}
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.fate(aws.Mishap{Fault: "never-joins"})
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 3); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an instance in service that is no node", func() bool { return p.cloud.Counts()["aws:ec2/instance:Instance"] == 3 })
	p.restart()
	if err := p.cloud.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(p.machine.nodeList()); n != 2 {
		t.Errorf("%d nodes after a restart, want the two that joined", n)
	}
}

func TestInstanceDies(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	before := p.machine.nodeList()
	p.fate(aws.Mishap{Fault: "instance-dies"})
	eventually(t, "a node in the place of the dead one", func() bool {
		now := p.machine.nodeList()
		return len(now) == 2 && (now[0].InstanceID != before[0].InstanceID || now[1].InstanceID != before[1].InstanceID)
	})
}

func TestAddonFaults(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	in := props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"}
	p.fate(aws.Mishap{Fault: "addon-fails", Addon: "coredns"}, aws.Mishap{Fault: "addon-slow", Addon: "coredns", After: aws.Duration{Duration: 50 * time.Millisecond}})
	began := time.Now()
	_, err := p.tryCreate("aws:eks/addon:Addon", in)
	mustFail(t, err, "unexpected state 'DEGRADED', wanted target 'ACTIVE'")
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("took %s, want the add-on's 50 ms at least", took)
	}
	p.add("aws:eks/addon:Addon", in)
}

func TestLatency(t *testing.T) {
	p := newPlatform(t)
	if err := p.cloud.SetConditions(aws.Conditions{Latency: "aws", LatencyFactor: 0.001}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	if took := time.Since(began); took < 119*time.Millisecond {
		t.Errorf("a node group took %s, want a thousandth of 119 s at least", took)
	}
}

func TestDrift(t *testing.T) {
	p := newPlatform(t)
	if err := p.cloud.Drift(aws.Drift{ID: p.vpc.id, Set: map[string]string{"enableDnsHostnames": "false", "tags.owner": "somebody"}}); err != nil {
		t.Fatal(err)
	}
	now := p.read(p.vpc)
	if now.out["enableDnsHostnames"] != false || now.out["tags"].(props)["owner"] != "somebody" {
		t.Errorf("read %v", now.out)
	}
	if changes := p.diff(now, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "dev"}}).GetDetailedDiff(); len(changes) != 2 {
		t.Errorf("differs in %v, want the two that have drifted", changes)
	}
	role := p.create("aws:iam/role:Role", props{"name": "gone", "assumeRolePolicy": trustEC2})
	if err := p.cloud.Drift(aws.Drift{ID: "gone", Delete: true}); err != nil {
		t.Fatal(err)
	}
	if now := p.read(role); now.id != "" {
		t.Errorf("read %v of what is gone", now)
	}
	for name, d := range map[string]aws.Drift{
		"nothing to do": {ID: p.vpc.id}, "both": {ID: p.vpc.id, Delete: true, Set: map[string]string{"a": "b"}},
		"no such id": {ID: "vpc-0", Delete: true}, "furniture": {ID: "paddock-sandbox", Delete: true},
	} {
		if err := p.cloud.Drift(d); err == nil || !strings.Contains(err.Error(), "drift: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A failed machine is no fault of AWS's, and told as what it is.
func TestMachineFailuresInTheAudit(t *testing.T) {
	p := newPlatform(t)
	p.machine.setFail("EnsureNode", errors.New("no node"))
	_, err := p.tryCreate("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	mustFail(t, err, "no node")
	calls, err := p.cloud.Calls(func(e aws.Entry) bool { return e.Action == "eks:CreateNodegroup" })
	if err != nil || len(calls) != 1 || calls[0].Outcome != "NodeCreationFailure" {
		t.Errorf("audit: %+v, %v", calls, err)
	}
}
