package aws_test

import (
	"slices"
	"testing"

	"paddock/sandbox/aws"
)

// An update sends what differs in the program, and leaves alone what somebody else has changed: no permission was asked for it.
func TestUpdateLeavesDrift(t *testing.T) {
	p := newNetwork(t)
	if err := p.cloud.Drift(aws.Drift{ID: p.vpc.id, Set: map[string]string{"enableDnsHostnames": "false", "tags.owner": "somebody"}}); err != nil {
		t.Fatal(err)
	}
	in := props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "tags": props{"Name": "prod"}}
	now := p.update(p.vpc, in)
	tags := now.out["tags"].(props)
	if now.out["enableDnsHostnames"] != false || tags["owner"] != "somebody" || tags["Name"] != "prod" {
		t.Errorf("after an update of one tag: %v", now.out)
	}
	now = p.update(now, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	if tags := now.out["tags"].(props); len(tags) != 1 || tags["owner"] != "somebody" {
		t.Errorf("after the program's tags went: %v", tags)
	}
	now = p.update(p.read(now), in) // a refresh sees it, and then it is put right
	if now.out["enableDnsHostnames"] != true {
		t.Errorf("after a refresh: %v", now.out)
	}
}

// What the owner does behind Pulumi's back is calls on AWS like any others.
func TestOwnersCallsAreAudited(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add(nodesToken, p.nodeInputs())
	logs := p.create("aws:cloudwatch/logGroup:LogGroup", props{"name": "one"})
	for _, err := range []error{
		p.cloud.Drift(aws.Drift{ID: p.vpc.id, Set: map[string]string{"enableDnsSupport": "false"}}),
		p.cloud.Drift(aws.Drift{ID: logs.id, Delete: true}),
		p.cloud.SetDesired(t.Context(), groupName(nodes), 3),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	mustFail(t, p.cloud.Drift(aws.Drift{ID: p.a.id, Delete: true}), "DependencyViolation")
	calls, err := p.cloud.Calls(func(e aws.Entry) bool { return e.Source == "owner" })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"ec2:ModifyVpcAttribute ok", "logs:DeleteLogGroup ok", "autoscaling:SetDesiredCapacity ok", "ec2:DeleteSubnet DependencyViolation"}
	var got []string
	for _, c := range calls {
		got = append(got, c.Action+" "+c.Outcome)
		if c.Principal != p.here().CallerID() || c.Region != "us-west-2" {
			t.Errorf("%+v: want the account's administrator in us-west-2", c)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("audit: %v, want %v", got, want)
	}
}
