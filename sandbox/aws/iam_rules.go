package aws

import (
	"regexp"
	"strings"

	"paddock/sandbox/iam"
)

// maxIAMPath is in characters.
const maxIAMPath = 512

var (
	iamName     = regexp.MustCompile(`^[\w+=,.@-]*$`)
	iamPath     = regexp.MustCompile(`^(/|/[\x21-\x7e]+/)$`)
	iamDescribe = regexp.MustCompile(`^[\x{0009}\x{000A}\x{000D}\x{0020}-\x{007E}\x{00A1}-\x{00FF}]*$`)
)

// iamNames are the provider's rules of a name of IAM, and of the prefix of one.
func (c *check) iamNames(longest int) {
	c.form("name", iamName, `must match [\w+=,.@-]`)
	c.form("namePrefix", iamName, `must match [\w+=,.@-]`)
	c.length("name", 1, longest)
	c.length("namePrefix", 1, longest-26) // the provider adds 26 digits
	c.apart("name", "namePrefix")
}

// iamNamed checks name and path as IAM itself does.
func (o *Op) iamNamed(field string, longest int) error {
	name := str(o.Out, o.Kind.Name)
	if len(name) > longest {
		return fail("ValidationError", "1 validation error detected: Value at '%s' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", field, longest)
	}
	if !iamName.MatchString(name) {
		return fail("ValidationError", "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", field)
	}
	if path := str(o.Out, "path"); path != "" && (!iamPath.MatchString(path) || len(path) > maxIAMPath || strings.Contains(path, "//")) {
		return fail("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only "+
			"alphanumeric characters and/or / characters.")
	}
	return nil
}

// namedAlike is another record of the kind whose name differs in case at most, which IAM takes for the same; nil = none.
func (o *Op) namedAlike() *Record {
	return o.Tx.find(o.Kind.Token, func(r *Record) bool {
		return r.ID != o.ID && strings.EqualFold(str(r.State, "name"), o.name())
	})
}

// principalsExist refuses a trust policy that names a role which the account does not have.
func (o *Op) principalsExist(trust string) error {
	policy, err := iam.Parse(trust)
	if err != nil {
		return nil //nolint:nilerr // its form has been judged
	}
	own := ":iam::" + o.Env.Account + ":"
	for _, s := range policy.Statements() {
		if s.Principal == nil {
			continue
		}
		for _, arn := range s.Principal.AWS {
			if strings.Contains(arn, own+"role/") && principal(o.Tx, arn) == nil {
				return asError(iam.InvalidPrincipal("AWS", arn))
			}
		}
	}
	return nil
}

// on are the records of a kind that hang on a role.
func (t *Tx) on(kind, role string) []*Record {
	var out []*Record
	t.find(kind, func(r *Record) bool {
		if str(r.State, "role") == role {
			out = append(out, r)
		}
		return false
	})
	return out
}

// mayNothing says that a role has neither the managed policy nor any policy of the account's own.
func (t *Tx) mayNothing(role *Record, managed ...string) bool {
	if len(t.on(tokenRolePolicy, role.ID)) > 0 {
		return false
	}
	for _, a := range t.on(tokenAttachment, role.ID) {
		arn := str(a.State, "policyArn")
		if !strings.HasPrefix(arn, managedPrefix) {
			return false
		}
		for _, name := range managed {
			if arn == managedPrefix+name {
				return false
			}
		}
	}
	return true
}

// noPolicies is what EKS says of such a role.
func noPolicies(managed ...string) error {
	var arns []string
	for _, name := range managed {
		arns = append(arns, managedPrefix+name)
	}
	return fail("InvalidParameterException", "The provided role doesn't have the Amazon EKS Managed Policies associated with it. "+
		"Please ensure the following policies [%s] are attached", strings.Join(arns, ", "))
}
