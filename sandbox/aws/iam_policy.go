package aws

import (
	"fmt"
	"strings"

	"paddock/sandbox/iam"
)

// managedPrefix begins the ARNs of AWS's own policies.
const managedPrefix = "arn:" + partition + ":iam::aws:policy/"

var _ = register(&Kind{
	Token: tokenPolicy, Tagged: true, Name: "name", NameMax: 128, Required: []string{"policy"},
	ID: func(o *Op) string {
		path := str(o.In, "path")
		if path == "" {
			path = "/"
		}
		return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", partition, o.Env.Account, path, o.name())
	},
	ARN: func(o *Op) string { return o.ID },
	Taken: func(o *Op) error {
		return fail("EntityAlreadyExists", "A policy called %s already exists. Duplicate names are not allowed.", o.name())
	},
	Missing:  func(id string) *Error { return fail("NoSuchEntity", "Policy %s was not found.", id) },
	InUse:    func(string) *Error { return fail("DeleteConflict", "Cannot delete a policy attached to entities.") },
	Defaults: Props{"path": "/", "namePrefix": "", "attachmentCount": 0},
	Computed: []string{"policyId"},
	Replace:  []string{"name", "namePrefix", "path", "description"},
	Unique: func(o *Op) error { // whatever its path
		if o.namedAlike() != nil {
			return o.Kind.taken(o)
		}
		return nil
	},
	Check: checks(func(c *check) {
		c.iamNames(128)
		c.length("description", 0, 1000)
	}),
	Fill: func(o *Op) error {
		if err := o.iamNamed("policyName", 128); err != nil {
			return err
		}
		if o.Old == nil {
			o.Out["policyId"] = iamID("ANPA")
		}
		if err := o.within("policy size", iam.Size(str(o.Out, "policy"))); err != nil {
			return err
		}
		return policyFault(str(o.Out, "policy"))
	},
})

// noPolicy is what an attachment of an unknown policy meets.
func noPolicy(arn string) *Error {
	return fail("NoSuchEntity", "Policy %s does not exist or is not attachable.", arn)
}

// attachable says that a policy of that ARN exists.
func (t *Tx) attachable(arn string) bool {
	if name, ok := strings.CutPrefix(arn, managedPrefix); ok {
		_, known := iam.Managed(name)
		return known
	}
	return t.peek(tokenPolicy, arn) != nil
}
