package aws

import (
	"errors"
	"strings"
	"time"

	"paddock/sandbox/iam"
)

// What hangs on a role: attached policies, inline policies, instance profiles. They hold it, each in words of its own: see
// deleteRole.
var _ = register(&Kind{
	Token: tokenAttachment, Required: []string{"policyArn", "role"},
	ID: func(o *Op) string {
		return str(o.In, "role") + "-" + time.Now().UTC().Format("20060102150405") + digits("", 12)
	},
	Replace: []string{"role", "policyArn"},
	Refs: []Ref{
		{Field: "role", Kind: tokenRole, By: "name"},
		{Field: "policyArn", Kind: tokenPolicy, Delete: Hold, Loose: true},
	},
	Fill: func(o *Op) error {
		if arn := str(o.Out, "policyArn"); !o.Tx.attachable(arn) {
			return noPolicy(arn)
		}
		arns := map[string]bool{str(o.Out, "policyArn"): true}
		for _, r := range o.Tx.on(tokenAttachment, str(o.Out, "role")) {
			arns[str(r.State, "policyArn")] = true
		}
		return o.within("policies per role", len(arns))
	},
	Lookup: func(t *Tx, id string) *Record {
		role, arn, _ := strings.Cut(id, "/")
		return t.find(tokenAttachment, func(r *Record) bool {
			return str(r.State, "role") == role && str(r.State, "policyArn") == arn
		})
	},
})

var _ = register(&Kind{
	Token: tokenRolePolicy, Name: "name", NameMax: 128, Required: []string{"policy", "role"},
	ID:       func(o *Op) string { return str(o.In, "role") + ":" + o.name() },
	Defaults: Props{"namePrefix": ""},
	Replace:  []string{"name", "namePrefix", "role"},
	Refs:     []Ref{{Field: "role", Kind: tokenRole, By: "name"}},
	Check:    checks(func(c *check) { c.iamNames(128) }),
	Fill: func(o *Op) error {
		if err := o.iamNamed("policyName", 128); err != nil {
			return err
		}
		if err := policyFault(str(o.Out, "policy")); err != nil {
			return err
		}
		role := str(o.Out, "role")
		size := iam.Size(str(o.Out, "policy"))
		for _, r := range o.Tx.on(tokenRolePolicy, role) {
			if r.ID != o.ID {
				size += iam.Size(str(r.State, "policy"))
			}
		}
		var over *Error
		if errors.As(o.within("inline policy size", size), &over) {
			return fail(over.Code, "%s for role %s", over.Message, role)
		}
		return nil
	},
})

var _ = register(&Kind{
	Token: tokenInstanceProfile, Tagged: true, Name: "name", NameMax: 128,
	ID: func(o *Op) string { return o.name() },
	ARN: func(o *Op) string {
		return "arn:" + partition + ":iam::" + o.Env.Account + ":instance-profile" + str(o.Out, "path") + o.ID
	},
	Taken: func(o *Op) error {
		return fail("EntityAlreadyExists", "Instance Profile %s already exists.", o.ID)
	},
	Defaults: Props{"path": "/", "namePrefix": ""},
	Computed: []string{"createDate", "uniqueId"},
	Replace:  []string{"name", "namePrefix", "path"},
	Refs:     []Ref{{Field: "role", Kind: tokenRole, By: "name"}},
	Unique: func(o *Op) error {
		if o.namedAlike() != nil {
			return o.Kind.taken(o)
		}
		return nil
	},
	Check: checks(func(c *check) { c.iamNames(128) }),
	Fill: func(o *Op) error {
		if err := o.iamNamed("instanceProfileName", 128); err != nil {
			return err
		}
		if o.Old == nil {
			o.Out["createDate"], o.Out["uniqueId"] = time.Now().UTC().Format(time.RFC3339), iamID("AIPA")
		}
		return nil
	},
})
