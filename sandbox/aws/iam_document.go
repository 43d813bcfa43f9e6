package aws

import (
	"strings"

	"paddock/sandbox/iam"
)

// trustFault refuses what no trust policy may be.
func trustFault(text string) error { return asError(iam.CheckTrust(text)) }

// policyFault refuses what no identity policy may be.
func policyFault(text string) error { return asError(iam.CheckIdentity(text)) }

func asError(f *iam.Fault) error {
	if f == nil {
		return nil
	}
	return fail(f.Code, "%s", f.Message)
}

// trusts says that the role lets the service assume it on behalf of a resource of this account; source is that resource's
// ARN, empty for services that do not tell it, and tags are those that the service gives the session.
func trusts(role *Record, service, source string, tags map[string]string) bool {
	if role == nil {
		return false
	}
	d, err := iam.Parse(str(role.State, "assumeRolePolicy"))
	if err != nil {
		return false
	}
	actions := []string{"sts:AssumeRole"}
	if service == podAudience {
		actions = append(actions, "sts:TagSession")
	}
	arn := str(role.State, "arn")
	keys := sessionKeys(&Call{}, tags)
	keys["aws:SourceAccount"] = []string{strings.Split(arn+"::::", ":")[4]}
	if source != "" {
		keys["aws:SourceArn"] = []string{source}
	}
	for _, action := range actions {
		r := iam.Request{Principal: iam.Principal{Service: service}, Action: action, Resource: arn, Keys: keys}
		if !d.Trusts(r).Allowed {
			return false
		}
	}
	return true
}
