package aws

import (
	"encoding/json"
	"strings"
)

// document is an IAM policy as far as the stand-in reads it today.
type document struct {
	Version   string
	Statement statements
}

type statement struct {
	Sid         string
	Effect      string
	Principal   any
	Action      oneOrMany
	NotAction   oneOrMany
	Resource    oneOrMany
	NotResource oneOrMany
	Condition   map[string]map[string]any
}

// statements and oneOrMany take what IAM takes: one, or a list.
type statements []statement

func (s *statements) UnmarshalJSON(raw []byte) error {
	var one statement
	if err := json.Unmarshal(raw, &one); err == nil {
		*s = statements{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]statement)(s))
}

type oneOrMany []string

func (m *oneOrMany) UnmarshalJSON(raw []byte) error {
	var one string
	if err := json.Unmarshal(raw, &one); err == nil {
		*m = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(m))
}

// trustFault refuses what no trust policy may be.
func trustFault(text string) error {
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Statement) == 0 {
		return fail("MalformedPolicyDocument", "This policy contains invalid Json")
	}
	for _, s := range d.Statement {
		if len(s.Resource) > 0 || len(s.NotResource) > 0 {
			return fail("MalformedPolicyDocument", "Has prohibited field Resource.")
		}
	}
	return nil
}

// policyFault refuses what no identity policy may be.
func policyFault(text string) error {
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil || len(d.Statement) == 0 {
		return fail("MalformedPolicyDocument", "Syntax errors in policy.")
	}
	seen := map[string]bool{}
	for _, s := range d.Statement {
		if len(s.Resource) == 0 && len(s.NotResource) == 0 {
			return fail("MalformedPolicyDocument", "Policy statement must contain resources.")
		}
		if s.Sid != "" && seen[s.Sid] {
			return fail("MalformedPolicyDocument", "Statement IDs (SID) in a single policy must be unique.")
		}
		seen[s.Sid] = true
		for _, a := range append(append([]string{}, s.Action...), s.NotAction...) {
			if a != "*" && !strings.Contains(a, ":") {
				return fail("MalformedPolicyDocument", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
			}
		}
	}
	return nil
}

// trusts says that the role lets the service assume it.
func trusts(role *Record, service string) bool {
	if role == nil {
		return false
	}
	var d document
	if json.Unmarshal([]byte(str(role.State, "assumeRolePolicy")), &d) != nil {
		return false
	}
	for _, s := range d.Statement {
		who, _ := s.Principal.(map[string]any)
		if s.Effect == "Allow" && allows(who["Service"], service) && s.Action.has("sts:AssumeRole") {
			return true
		}
	}
	return false
}

func (m oneOrMany) has(action string) bool {
	for _, a := range m {
		if a == action || a == "sts:*" || a == "*" {
			return true
		}
	}
	return false
}

func allows(services any, service string) bool {
	switch s := services.(type) {
	case string:
		return s == service
	case []any:
		for _, e := range s {
			if e == service {
				return true
			}
		}
	}
	return false
}
