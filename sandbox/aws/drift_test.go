package aws_test

import (
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
