package iam

import "fmt"

// Kind is the kind of policy that a denial is blamed on.
type Kind int

// The kinds of policy.
const (
	Identity Kind = iota // identity-based
	Resource             // resource-based, e.g. of a key
	Trust                // of a role
)

// Denial is AWS's message for a refused call (IAM user guide, "Troubleshoot access denied error messages"). What a role's
// trust policy refuses implicitly reads shorter than the guide has it: STS gives no reason, and to a web identity, who
// has no ARN yet, not even a name.
func Denial(r Request, d Decision, kind Kind) string {
	if kind == Trust && r.Principal.Federated != "" {
		return "Not authorized to perform " + r.Action
	}
	resource := r.Resource
	if resource == "" {
		resource = "*"
	}
	text := fmt.Sprintf("User: %s is not authorized to perform: %s", r.Principal.name(), r.Action)
	on := text + " on resource: " + resource
	switch {
	case kind == Trust && d.Explicit:
		return text + " with an explicit deny in the role trust policy"
	case kind == Trust:
		return on
	case kind == Resource && d.Explicit:
		return on + " with an explicit deny in a resource-based policy"
	case kind == Resource:
		return on + fmt.Sprintf(" because no resource-based policy allows the %s action", r.Action)
	case d.Explicit:
		return on + " with an explicit deny in an identity-based policy"
	}
	return on + fmt.Sprintf(" because no identity-based policy allows the %s action", r.Action)
}

func (p Principal) name() string {
	switch {
	case p.ARN != "":
		return p.ARN
	case p.RoleARN != "":
		return p.RoleARN
	}
	return p.Service
}
