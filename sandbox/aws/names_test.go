package aws_test

import (
	"regexp"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestNamesFromPrefix(t *testing.T) {
	p := newPlatform(t)
	rows := map[string]struct {
		token, name, prefix string
		in                  props
	}{
		"role":            {"aws:iam/role:Role", "name", "namePrefix", props{"assumeRolePolicy": trustEC2}},
		"policy":          {"aws:iam/policy:Policy", "name", "namePrefix", props{"policy": allowAll}},
		"launch template": {"aws:ec2/launchTemplate:LaunchTemplate", "name", "namePrefix", props{}},
		"security group":  {"aws:ec2/securityGroup:SecurityGroup", "name", "namePrefix", props{"vpcId": p.vpc.id}},
		"log group":       {"aws:cloudwatch/logGroup:LogGroup", "name", "namePrefix", props{}},
		"node group":      {"aws:eks/nodeGroup:NodeGroup", "nodeGroupName", "nodeGroupNamePrefix", over(p.nodeInputs(), props{"nodeGroupName": nil})},
	}
	for title, row := range rows {
		t.Run(title, func(t *testing.T) {
			p.t = t
			in := over(row.in, props{row.prefix: "general-"})
			delete(in, row.name)
			if got := p.preview(row.token, in)[row.name]; got != unknown {
				t.Errorf("preview names it %v, want unknown", got)
			}
			one, two := p.create(row.token, in), p.create(row.token, in)
			name, _ := one.out[row.name].(string)
			if !regexp.MustCompile(`^general-\d{26}$`).MatchString(name) || name == two.out[row.name] || one.id == two.id {
				t.Errorf("got names %v and %v, ids %s and %s", name, two.out[row.name], one.id, two.id)
			}
			if one.in[row.name] != nil {
				t.Errorf("the generated name became an input: %v", one.in)
			}
			if d := p.diff(one, in); d.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
				t.Errorf("diff with itself: %v", d)
			}
			if got := p.update(one, over(in, props{"tags": props{"a": "b"}})); got.out[row.name] != name || got.id != one.id {
				t.Errorf("update renamed %v to %v", name, got.out[row.name])
			}
			if d := p.diff(one, over(in, props{row.prefix: "other-"})); len(d.GetReplaces()) == 0 || d.GetDeleteBeforeReplace() {
				t.Errorf("another prefix: want a replacement made before the old one goes, got %v", d)
			}
			if got := p.read(one); got.out[row.name] != name || got.in[row.name] != nil {
				t.Errorf("refresh: %v", got)
			}
			p.delete(one, two)
		})
	}
}

func TestAutomaticNames(t *testing.T) {
	r := newRig(t)
	in := props{"assumeRolePolicy": trustEC2}
	role := r.create("aws:iam/role:Role", in)
	if !regexp.MustCompile(`^r\d+-[0-9a-f]{7}$`).MatchString(role.out["name"].(string)) {
		t.Errorf("automatic name %v", role.out["name"])
	}
	if got := r.update(role, over(in, props{"description": "x"})); got.out["name"] != role.out["name"] {
		t.Errorf("update renamed %v to %v", role.out["name"], got.out["name"])
	}
	alias := r.preview("aws:kms/alias:Alias", props{"targetKeyId": unknown})
	if !strings.HasPrefix(alias["name"].(string), "alias/r") {
		t.Errorf("automatic alias %v", alias["name"])
	}
}
