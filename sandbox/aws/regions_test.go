package aws_test

import (
	"fmt"
	"strings"
	"testing"
)

// A session of another region neither finds nor reaches what is in the first: only IAM is everywhere.
func TestRegionsApart(t *testing.T) {
	p := newPlatform(t)
	logs := p.create("aws:cloudwatch/logGroup:LogGroup", props{"name": "one"})
	key := p.create("aws:kms/key:Key", props{})
	template := p.create("aws:ec2/launchTemplate:LaunchTemplate", props{"name": "shared"})
	home := p.client
	p.client = p.session(props{"region": "eu-west-1"})
	for name, row := range map[string]struct {
		token string
		in    props
		code  string
	}{
		"subnet":  {"aws:ec2/subnet:Subnet", props{"vpcId": p.vpc.id, "cidrBlock": "10.0.9.0/24"}, "InvalidVpcID.NotFound"},
		"cluster": {"aws:eks/cluster:Cluster", over(p.clusterInputs(), props{"name": "far"}), "The subnet ID '" + p.a.id + "' does not exist"},
		"nodes":   {"aws:eks/nodeGroup:NodeGroup", p.nodeInputs(), "No cluster found for name: dev"},
		"alias":   {"aws:kms/alias:Alias", props{"name": "alias/far", "targetKeyId": key.id}, "NotFoundException"},
		"logs":    {"aws:cloudwatch/logGroup:LogGroup", props{"name": "one"}, "ResourceAlreadyExistsException"}, // a name is one in the account
	} {
		_, err := p.tryCreate(row.token, row.in)
		t.Log(name)
		mustFail(t, err, row.code)
	}
	p.create("aws:ec2/launchTemplate:LaunchTemplate", props{"name": "shared"})
	if got := p.read(logs); got.id != "" {
		t.Errorf("read another region's log group: %v", got.out)
	}
	_, err := p.tryUpdate(logs, props{"name": "one", "retentionInDays": 7})
	mustFail(t, err, "ResourceNotFoundException")
	p.delete(logs) // which AWS does not find, and Pulumi takes for done
	if got := p.read(p.role); got.id == "" {
		t.Error("a role is not found from another region")
	}
	p.client = home
	if got := p.read(logs); got.id == "" {
		t.Error("another region's session deleted the log group")
	}
	p.delete(template)
}

// A session is in the region that its configuration names, else in that of whoever asked for it.
func TestRegionOfASession(t *testing.T) {
	r := newRig(t)
	as := r.cloud.Self()
	as.Region = "eu-west-1"
	for region, config := range map[string]props{"eu-west-1": {}, "us-west-2": {"region": "us-west-2"}} {
		r.client = r.sessionOf(as, config)
		if arn := fmt.Sprint(r.create("aws:kms/key:Key", props{}).out["arn"]); !strings.HasPrefix(arn, "arn:aws:kms:"+region+":") {
			t.Errorf("got %s, want it in %s", arn, region)
		}
	}
}
