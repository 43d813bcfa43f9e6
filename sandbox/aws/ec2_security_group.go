package aws

import "strings"

var _ = register(&Kind{
	Token: tokenSecurityGroup, IDPrefix: "sg-", Tagged: true, Name: "name",
	ARN: func(o *Op) string { return o.Env.arn("ec2", "security-group/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidGroup.NotFound", "The security group '%s' does not exist", id)
	},
	InUse: func(id string) *Error { return fail("DependencyViolation", "resource %s has a dependent object", id) },
	Defaults: Props{
		"description": "Managed by Pulumi", "revokeRulesOnDelete": false, "ingress": []any{}, "egress": []any{}, "namePrefix": "",
	},
	Computed: []string{"ownerId", "vpcId"},
	Replace:  []string{"name", "namePrefix", "description", "vpcId"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Hold}},
	Check: func(in Props) []Fault {
		if strings.HasPrefix(str(in, "name"), "sg-") {
			return []Fault{{"name", "invalid value for name (cannot begin with sg-)"}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		o.Out["ownerId"] = o.Env.Account
		vpc, name := str(o.Out, "vpcId"), str(o.Out, "name")
		if vpc == "" {
			return fail("VPCIdNotSpecified", "No default VPC for this user")
		}
		clash := o.Tx.find(o.Kind.Token, func(r *Record) bool {
			return r.ID != o.ID && str(r.State, "vpcId") == vpc && str(r.State, "name") == name
		})
		if clash != nil {
			return fail("InvalidGroup.Duplicate", "The security group '%s' already exists for VPC '%s'", name, vpc)
		}
		return nil
	},
	Delete: func(o *Op) error {
		if str(o.Old.State, "name") == "default" {
			return fail("CannotDelete", "the specified group: \"%s\" name: \"default\" cannot be deleted by a user", o.ID)
		}
		return nil
	},
})
