package aws

import (
	"regexp"
	"strings"
)

var (
	groupName       = regexp.MustCompile(`^[\x00-\x7f]*$`)
	ruleDescription = regexp.MustCompile(`^[A-Za-z0-9 _.:/()#,@\[\]+=&;{}!$*-]*$`)
)

var _ = register(&Kind{
	Token: tokenSecurityGroup, IDPrefix: "sg-", Tagged: true, Name: "name",
	ARN: func(o *Op) string { return o.Env.arn("ec2", "security-group/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
	},
	InUse: groupInUse,
	Defaults: Props{
		"description": "Managed by Pulumi", "revokeRulesOnDelete": false, "ingress": []any{}, "egress": []any{}, "namePrefix": "",
	},
	Computed: []string{"ownerId", "vpcId"},
	Replace:  []string{"name", "namePrefix", "description", "vpcId"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Hold}},
	Check: checks(func(c *check) {
		if strings.HasPrefix(str(c.in, "name"), "sg-") {
			c.fault("name", "invalid value for name (cannot begin with sg-)")
		}
		c.length("name", 0, 255)
		c.length("description", 0, 255)
		c.apart("name", "namePrefix")
	}),
	Fill: fillSecurityGroup,
	Delete: func(o *Op) error {
		if str(o.Old.State, "name") == "default" {
			return fail("CannotDelete", "the specified group: \"%s\" name: \"default\" cannot be deleted by a user", o.ID)
		}
		return o.Tx.unreferenced(o.ID)
	},
})

func groupInUse(id string) *Error {
	return fail("DependencyViolation", "resource %s has a dependent object", id)
}

func fillSecurityGroup(o *Op) error {
	o.Out["ownerId"] = o.Env.Account
	vpc, name := str(o.Out, "vpcId"), str(o.Out, "name")
	switch {
	case vpc == "":
		return fail("VPCIdNotSpecified", "No default VPC for this user")
	case name == "default" && o.Old == nil:
		return fail("InvalidGroup.Reserved", "The security group 'default' is reserved")
	case !groupName.MatchString(name):
		return fail("InvalidParameterValue", "Value (%s) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.", name)
	case !groupName.MatchString(str(o.Out, "description")):
		return fail("InvalidParameterValue", "Value (%s) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.",
			str(o.Out, "description"))
	}
	clash := o.Tx.find(o.Kind.Token, func(r *Record) bool {
		return r.ID != o.ID && str(r.State, "vpcId") == vpc && str(r.State, "name") == name
	})
	if clash != nil {
		return fail("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpc)
	}
	return o.inlineRules(o.ID, vpc)
}

// inlineRules checks the rules that a group states itself.
func (o *Op) inlineRules(group, vpc string) error {
	for _, direction := range []string{"ingress", "egress"} {
		for _, p := range objs(o.Out, direction) {
			from, to := num(p, "fromPort", 0), num(p, "toPort", 0)
			if str(p, "protocol") == "-1" && (from != 0 || to != 0) {
				return fail("InvalidParameterValue", "from_port (%d) and to_port (%d) must both be 0 to use the 'ALL' \"-1\" protocol!", from, to)
			}
		}
	}
	return o.admitRules(group, vpc, key(tokenSecurityGroup, group), inlinePermissions(group, o.Out))
}

// unreferenced refuses to delete a group that another one's own rules name.
func (t *Tx) unreferenced(id string) error {
	holder := t.find(tokenSecurityGroup, func(r *Record) bool {
		for _, p := range inlinePermissions(r.ID, r.State) {
			if p.peer == id && r.ID != id {
				return true
			}
		}
		return false
	})
	if holder != nil {
		return groupInUse(id)
	}
	return nil
}
