package aws

import (
	"fmt"
	"strings"
	"time"
)

var _ = register(&Kind{
	Token: tokenRole, Tagged: true, Name: "name", NameMax: 64, Required: []string{"assumeRolePolicy"},
	ID: func(o *Op) string { return o.name() },
	ARN: func(o *Op) string {
		return fmt.Sprintf("arn:%s:iam::%s:role%s%s", partition, o.Env.Account, str(o.Out, "path"), o.ID)
	},
	Taken:   func(o *Op) error { return fail("EntityAlreadyExists", "Role with name %s already exists.", o.ID) },
	Missing: noRole,
	InUse: func(string) *Error {
		return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.")
	},
	Defaults: Props{"path": "/", "maxSessionDuration": 3600, "forceDetachPolicies": false, "namePrefix": "", "managedPolicyArns": []any{}, "inlinePolicies": []any{}},
	Computed: []string{"createDate", "uniqueId"},
	Replace:  []string{"name", "namePrefix", "path"},
	Check: func(in Props) []Fault {
		for _, name := range []string{"managedPolicyArns", "inlinePolicies"} {
			if in[name] != nil {
				return []Fault{{name, notModelled(tokenRole+" with "+name).Error() + "; use RolePolicyAttachment or RolePolicy"}}
			}
		}
		return nil
	},
	Fill: func(o *Op) error {
		if len(o.ID) > 64 {
			return fail("ValidationError", "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64")
		}
		if err := trustFault(str(o.Out, "assumeRolePolicy")); err != nil {
			return err
		}
		if o.Old == nil {
			o.Out["createDate"], o.Out["uniqueId"] = time.Now().UTC().Format(time.RFC3339), iamID("AROA")
		}
		return nil
	},
	Delete: func(o *Op) error {
		if o.Old.Furniture {
			return fail("UnmodifiableEntity", "Cannot perform the operation on the role '%s', which came with the account.", o.ID)
		}
		return nil
	},
})

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

// principal is the IAM role that an ARN names, also the ARN of a session of it; nil = none.
func principal(t *Tx, arn string) *Record {
	if parts := strings.Split(arn, ":"); len(parts) == 6 && parts[2] == "sts" {
		session := strings.Split(parts[5], "/") // assumed-role/<role>/<session>
		if len(session) < 2 || session[0] != "assumed-role" || parts[4] != t.store.account {
			return nil
		}
		return t.peek(tokenRole, session[1])
	}
	return t.named(tokenRole, "arn", arn)
}
