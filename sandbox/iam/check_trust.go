package iam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckTrust says why AWS refuses the text as a role's trust policy; nil = it does not. It judges the form of principals,
// not whether they exist: that takes the caller's store, and reads like InvalidPrincipal. Trust policies have a reader
// of their own in AWS, with other words than identity policies get.
func CheckTrust(text string) *Fault {
	d, ok := readDraft(text)
	if !ok {
		return malformed("This policy contains invalid Json")
	}
	if name := stranger(d.fields, "Version", "Id", "Statement"); name != "" {
		return malformed("Unknown field " + name)
	}
	if v := d.version(); d.fields["Version"] != nil && v != version2008 && v != version2012 {
		return malformed("The policy must contain a valid version string")
	}
	if len(d.statements) == 0 {
		return malformed("Could not parse the policy: Statement is empty!")
	}
	for _, s := range d.statements {
		for _, check := range []func() *Fault{s.trustFields, s.trustPrincipals, s.trustActions, s.trustConditions} {
			if fault := check(); fault != nil {
				return fault
			}
		}
	}
	if d.repeated() {
		return malformed("The Statement Ids in the policy are not unique")
	}
	return nil
}

func (s draftStatement) trustFields() *Fault {
	name := stranger(s.fields, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
	switch {
	case s.has("Resource"):
		return malformed("Has prohibited field Resource.")
	case s.has("NotResource"):
		return malformed("AssumeRole policy must not contain resources.")
	case name != "":
		return malformed("Unknown field " + name)
	case !alphanumeric(s.Sid):
		return malformed(sidFault)
	case !s.has("Effect"):
		return malformed("Missing required field Effect")
	case s.Effect != "Allow" && s.Effect != "Deny":
		return malformed("Invalid effect: " + s.Effect)
	case s.has("NotPrincipal") && s.Effect == "Allow":
		return malformed("Allow with NotPrincipal is not allowed.")
	case s.has("NotPrincipal"):
		return malformed("AssumeRole policy must not contain NotPrincipal field.")
	case !s.has("Principal"):
		return malformed("Missing required field Principal")
	}
	return nil
}

func (s draftStatement) trustPrincipals() *Fault {
	if s.Principal.Any {
		return nil
	}
	fields, err := object(s.fields["Principal"])
	if err != nil || len(fields) == 0 {
		return malformed("Missing required field Principal cannot be empty!")
	}
	if name := stranger(fields, "AWS", "Service", "Federated"); name != "" {
		return malformed(fmt.Sprintf("Invalid principal in policy: %q", name))
	}
	for _, kind := range []struct {
		name  string
		names Strings
		form  *regexp.Regexp
	}{
		{"AWS", s.Principal.AWS, awsForm}, {"SERVICE", s.Principal.Service, serviceForm}, {"FEDERATED", s.Principal.Federated, federatedForm},
	} {
		for _, name := range kind.names {
			if !kind.form.MatchString(name) {
				return InvalidPrincipal(kind.name, name)
			}
		}
	}
	if len(s.Principal.AWS)+len(s.Principal.Service)+len(s.Principal.Federated) == 0 {
		return malformed("Missing required field Principal cannot be empty!")
	}
	return nil
}

// InvalidPrincipal is the fault of a principal that has the wrong form or, as only the caller can know, does not exist.
// The kind is AWS, SERVICE or FEDERATED.
func InvalidPrincipal(kind, name string) *Fault {
	return malformed(fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, kind, name))
}

// The forms of principals (IAM user guide, "Principal"): no wildcard within an ARN, no group.
var (
	awsForm = regexp.MustCompile(`^(\*|\d{12}|arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]+)|` +
		`arn:aws[a-z-]*:sts::\d{12}:(assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+))$`)
	serviceForm   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|aws\.internal|amazon\.com)$`)
	federatedForm = regexp.MustCompile(`^(arn:aws[a-z-]*:iam::\d{12}:(oidc|saml)-provider/\S+|` +
		`cognito-identity\.amazonaws\.com|accounts\.google\.com|www\.amazon\.com|graph\.facebook\.com)$`)
)

// trustable are the actions a trust policy may name, by themselves or with wildcards.
var trustable = []string{
	"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext",
}

func (s draftStatement) trustActions() *Fault {
	if s.has("Action") && s.has("NotAction") {
		return malformed("Statement/policy already has instance of Action")
	}
	list := append(slices.Clone(s.Action), s.NotAction...)
	if len(list) == 0 {
		return malformed("Missing required field Action")
	}
	for _, action := range list {
		p := newPattern(action, true, false)
		known := slices.ContainsFunc(trustable, func(name string) bool { return p.matches(name, nil, true) })
		if !known || !strings.EqualFold(action[:min(len(action), 4)], "sts:") {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	return nil
}

func (s draftStatement) trustConditions() *Fault {
	if name := s.unknownOperator(); name != "" {
		return malformed("Invalid Condition type : " + name)
	}
	return nil
}
