package iam

import (
	"fmt"
	"strings"
)

const syntaxFault = "Syntax errors in policy."

// legacyFault is what a part of AWS's own reader says that sees the policy before the one with better words.
const legacyFault = "The policy failed legacy parsing"

// CheckIdentity says why AWS refuses the text as an identity policy, managed or inline; nil = it does not. Sizes are the
// caller's matter. The order is AWS's: of several faults it names the first of the syntax, then the version, Sids,
// actions, resources, and at last the form of the actions.
func CheckIdentity(text string) *Fault {
	d, ok := readDraft(text)
	if !ok || stranger(d.fields, "Version", "Id", "Statement") != "" || len(d.statements) == 0 {
		return malformed(syntaxFault)
	}
	for _, s := range d.statements {
		if fault := s.identitySyntax(); fault != nil {
			return fault
		}
	}
	switch d.version() {
	case version2012:
	case version2008, "":
		return malformed("Policy document must be version 2012-10-17 or greater.")
	default:
		return malformed(syntaxFault)
	}
	for _, check := range []func() *Fault{d.legacy, d.sids, d.present, d.resources, d.actions} {
		if fault := check(); fault != nil {
			return fault
		}
	}
	return nil
}

func (s draftStatement) identitySyntax() *Fault {
	if s.has("Principal") || s.has("NotPrincipal") {
		return malformed("Policy document should not specify a principal.")
	}
	known := stranger(s.fields, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition") == ""
	effect := strings.EqualFold(s.Effect, "Allow") || strings.EqualFold(s.Effect, "Deny")
	both := s.has("Action") && s.has("NotAction") || s.has("Resource") && s.has("NotResource")
	if !known || !effect || both || s.unknownOperator() != "" {
		return malformed(syntaxFault)
	}
	return nil
}

func (d draft) legacy() *Fault {
	for _, s := range d.statements {
		if s.Effect != "Allow" && s.Effect != "Deny" || s.badDate() {
			return malformed(legacyFault)
		}
	}
	return nil
}

func (d draft) sids() *Fault {
	for _, s := range d.statements {
		if !alphanumeric(s.Sid) {
			return malformed(sidFault)
		}
	}
	if d.repeated() {
		return malformed("Statement IDs (SID) in a single policy must be unique.")
	}
	return nil
}

func (d draft) present() *Fault {
	for _, s := range d.statements {
		if len(s.Action)+len(s.NotAction) == 0 {
			return malformed("Policy statement must contain actions.")
		}
	}
	for _, s := range d.statements {
		if len(s.Resource)+len(s.NotResource) == 0 {
			return malformed("Policy statement must contain resources.")
		}
	}
	return nil
}

func (d draft) resources() *Fault {
	for _, s := range d.statements {
		for _, list := range []Strings{s.Resource, s.NotResource} {
			for _, resource := range list {
				if fault := resourceFault(resource); fault != "" {
					return malformed(fault)
				}
			}
		}
	}
	return nil
}

// iamPaths are what the last part of the ARN of an IAM resource starts with.
var iamPaths = []string{
	"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
	"sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
}

// resourceFault judges one resource: "*" or an ARN that is complete as far as its vendor.
func resourceFault(resource string) string {
	if resource == "*" {
		return ""
	}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) < 2 {
		return fmt.Sprintf("Resource %s must be in ARN format or \"*\".", resource)
	}
	switch partition := parts[1]; {
	case partition != "*" && partition != "aws" && !strings.HasPrefix(partition, "aws-"):
		for len(parts) < 6 {
			parts = append(parts, "*")
		}
		return fmt.Sprintf("Partition \"%s\" is not valid for resource \"arn:%s\".", partition, strings.Join(parts[1:], ":"))
	case len(parts) < 3 || strings.ContainsAny(parts[2], "*?"):
		return "Resource vendor must be fully qualified and cannot contain regexes."
	case parts[0] != "arn" || parts[2] == "" || len(parts) < 6 && strings.Contains(resource, "::"):
		return legacyFault
	case len(parts) < 6:
		return ""
	}
	switch vendor, region, path := parts[2], parts[3], parts[5]; {
	case vendor == "s3" && region != "":
		return fmt.Sprintf("Resource %s can not contain region information.", resource)
	case vendor == "iam" && region != "":
		return fmt.Sprintf("IAM resource %s cannot contain region information.", resource)
	case vendor == "iam" && !startsWithAny(path, iamPaths) && !strings.HasPrefix(path, "*") && !strings.HasPrefix(path, "${"):
		return fmt.Sprintf("IAM resource path must either be \"*\" or start with %s.", strings.Join(iamPaths, ", "))
	}
	return ""
}

func startsWithAny(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

func (d draft) actions() *Fault {
	for _, s := range d.statements {
		for _, list := range []Strings{s.Action, s.NotAction} {
			for _, action := range list {
				if fault := actionFault(action); fault != "" {
					return malformed(fault)
				}
			}
		}
	}
	return nil
}

// actionFault judges the form of one action; whether the vendor has it AWS does not ask either.
func actionFault(action string) string {
	vendor, name, found := strings.Cut(action, ":")
	notInName := func(r rune) bool { return r != '-' && r != '.' && !alphanumeric(string(r)) }
	switch {
	case action == "*":
		return ""
	case !found:
		return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	case strings.Contains(name, ":"):
		return "Actions/Condition can contain only one colon."
	case vendor != "*" && strings.ContainsFunc(vendor, notInName):
		return fmt.Sprintf("Vendor %s is not valid", vendor)
	}
	return ""
}
