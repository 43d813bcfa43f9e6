package aws

import (
	"fmt"
	"strings"
	"time"

	"paddock/sandbox/iam"
)

var _ = register(&Kind{
	Token: tokenRole, Tagged: true, Name: "name", NameMax: 64, Required: []string{"assumeRolePolicy"},
	ID: func(o *Op) string { return o.name() },
	ARN: func(o *Op) string {
		return fmt.Sprintf("arn:%s:iam::%s:role%s%s", partition, o.Env.Account, str(o.Out, "path"), o.ID)
	},
	Taken:    func(o *Op) error { return fail("EntityAlreadyExists", "Role with name %s already exists.", o.ID) },
	Missing:  noRole,
	Defaults: Props{"path": "/", "maxSessionDuration": 3600, "forceDetachPolicies": false, "namePrefix": "", "managedPolicyArns": []any{}, "inlinePolicies": []any{}},
	Computed: []string{"createDate", "uniqueId"},
	Replace:  []string{"name", "namePrefix", "path"},
	Unique: func(o *Op) error {
		if o.namedAlike() != nil {
			return o.Kind.taken(o)
		}
		return nil
	},
	Check: checks(func(c *check) {
		for _, name := range []string{"managedPolicyArns", "inlinePolicies"} {
			if c.in[name] != nil {
				c.fault(name, "%s; use RolePolicyAttachment or RolePolicy", notModelled(tokenRole+" with "+name))
			}
		}
		c.iamNames(64)
		c.length("description", 0, 1000)
		c.form("description", iamDescribe, `must satisfy regular expression pattern`)
		c.between("maxSessionDuration", 3600, 43200)
	}),
	Fill:   fillRole,
	Delete: deleteRole,
})

func fillRole(o *Op) error {
	if err := o.iamNamed("roleName", 64); err != nil {
		return err
	}
	trust := str(o.Out, "assumeRolePolicy")
	if err := trustFault(trust); err != nil {
		return err
	}
	if err := o.principalsExist(trust); err != nil {
		return err
	}
	if err := o.within("trust policy size", iam.Size(trust)); err != nil {
		return err
	}
	if boundary := str(o.Out, "permissionsBoundary"); boundary != "" && !o.Tx.attachable(boundary) {
		return fail("NoSuchEntity", "Scope ARN: %s does not exist or is not attachable.", boundary)
	}
	if o.Old == nil {
		o.Out["createDate"], o.Out["uniqueId"] = time.Now().UTC().Format(time.RFC3339), iamID("AROA")
	}
	return nil
}

// deleteRole refuses while something hangs on the role. The provider takes policies off first where it is told to.
func deleteRole(o *Op) error {
	attached, inline := o.Tx.on(tokenAttachment, o.ID), o.Tx.on(tokenRolePolicy, o.ID)
	switch {
	case len(o.Tx.on(tokenInstanceProfile, o.ID)) > 0:
		return fail("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.")
	case yes(o.Old.State, "forceDetachPolicies", false):
		for _, r := range append(attached, inline...) {
			o.Tx.drop(r)
		}
	case len(attached) > 0:
		return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	case len(inline) > 0:
		return fail("DeleteConflict", "Cannot delete entity, must delete policies first.")
	}
	return nil
}

func noRole(id string) *Error {
	return fail("NoSuchEntity", "The role with name %s cannot be found.", afterLast(id, "/"))
}

// afterLast is what follows the last sep, or all of s.
func afterLast(s, sep string) string {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[i+len(sep):]
	}
	return s
}

// role is the IAM role of an ARN; nil = none. Names are unique whatever their path.
func (t *Tx) role(arn string) *Record {
	if r := t.peek(tokenRole, afterLast(arn, "/")); r != nil && str(r.State, "arn") == arn {
		return r
	}
	return nil
}

// principal is the IAM role that an ARN names, also the ARN of a session of it; nil = none.
func principal(t *Tx, arn string) *Record {
	if parts := strings.Split(arn, ":"); len(parts) == 6 && parts[2] == "sts" {
		session := strings.Split(parts[5], "/") // assumed-role/<role>/<session>
		if len(session) < 2 || session[0] != "assumed-role" || parts[4] != t.store.account {
			return nil
		}
		return t.peek(tokenRole, session[1])
	}
	return t.role(arn)
}
