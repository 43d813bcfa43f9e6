package aws

import (
	"strings"
	"time"
)

// What hangs on a role: attached policies, inline policies, instance profiles.
var _ = register(&Kind{
	Token: tokenAttachment, Required: []string{"policyArn", "role"},
	ID: func(o *Op) string {
		return str(o.In, "role") + "-" + time.Now().UTC().Format("20060102150405") + digits("", 12)
	},
	Replace: []string{"role", "policyArn"},
	Refs: []Ref{
		{Field: "role", Kind: tokenRole, By: "name", Delete: Hold},
		{Field: "policyArn", Kind: tokenPolicy, Delete: Hold, Loose: true},
	},
	Fill: func(o *Op) error {
		if arn := str(o.Out, "policyArn"); !o.Tx.attachable(arn) {
			return noPolicy(arn)
		}
		return nil
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
	Refs:     []Ref{{Field: "role", Kind: tokenRole, By: "name", Delete: Hold}},
	Fill:     func(o *Op) error { return policyFault(str(o.Out, "policy")) },
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
	Refs:     []Ref{{Field: "role", Kind: tokenRole, By: "name", Delete: Hold}},
	Fill: func(o *Op) error {
		if o.Old == nil {
			o.Out["createDate"], o.Out["uniqueId"] = time.Now().UTC().Format(time.RFC3339), iamID("AIPA")
		}
		return nil
	},
})
