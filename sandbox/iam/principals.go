package iam

import (
	"encoding/json"
	"slices"
	"strings"
)

// Principals is a Principal or NotPrincipal element: whom a resource-based policy is about.
type Principals struct {
	Any           bool    `json:"-"` // the element is the string "*"
	AWS           Strings `json:",omitempty"`
	Service       Strings `json:",omitempty"`
	Federated     Strings `json:",omitempty"`
	CanonicalUser Strings `json:",omitempty"` // S3's; matches nobody here
}

// UnmarshalJSON takes "*" or an object.
func (p *Principals) UnmarshalJSON(raw []byte) error {
	*p = Principals{}
	if string(raw) == `"*"` {
		p.Any = true
		return nil
	}
	type plain Principals
	return json.Unmarshal(raw, (*plain)(p))
}

// MarshalJSON is the inverse of UnmarshalJSON.
func (p *Principals) MarshalJSON() ([]byte, error) {
	if p.Any {
		return []byte(`"*"`), nil
	}
	type plain Principals
	return json.Marshal((*plain)(p))
}

func (p *Principals) clone() *Principals {
	if p == nil {
		return nil
	}
	return &Principals{p.Any, slices.Clone(p.AWS), slices.Clone(p.Service), slices.Clone(p.Federated), slices.Clone(p.CanonicalUser)}
}

// Principal is who makes a call.
type Principal struct {
	ARN     string // of the user, role or session, e.g. arn:aws:sts::A:assumed-role/R/S; "" for services and web identities
	RoleARN string // of the session's role; unset: the caller is no session of a role
	Account string // unset: the account in ARN
	// Service is set when an AWS service asks, e.g. pods.eks.amazonaws.com.
	Service string
	// Federated is the ARN of the OIDC or SAML provider that vouches for a web identity.
	Federated string
}

func (p Principal) account() string {
	if p.Account != "" {
		return p.Account
	}
	if parts := strings.SplitN(p.ARN, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// reach is how a Principal element meets the caller.
type reach int

const (
	nobody    reach = iota
	delegated       // through the caller's account: its own policies decide further
	direct          // by name, or everybody
)

// meets follows the IAM user guide, "Principal": "*" and {"AWS": "*"} are everybody; an account's root or its bare id is
// everybody of the account; a role's ARN covers its sessions; no wildcard within an ARN.
func (p *Principals) meets(who *Principal) reach {
	if p.Any || slices.Contains(p.AWS, "*") {
		return direct
	}
	if who.Service != "" || who.Federated != "" {
		if who.Service != "" && slices.Contains(p.Service, who.Service) ||
			who.Federated != "" && slices.Contains(p.Federated, who.Federated) {
			return direct
		}
		return nobody // an account's id in the request is not a principal of that account
	}
	best := nobody
	for _, name := range p.AWS {
		switch {
		case name == "":
		case name == who.ARN || name == who.RoleARN:
			return direct
		case accountOf(name) != "" && accountOf(name) == who.account():
			best = delegated
		}
	}
	return best
}

// accountOf is the account that a principal stands for as a whole, "" = none.
func accountOf(name string) string {
	if isAccount(name) {
		return name
	}
	rest, ok := strings.CutPrefix(name, "arn:")
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, ":") // the partition
	account, ok := strings.CutPrefix(rest, "iam::")
	if !ok || !strings.HasSuffix(account, ":root") {
		return ""
	}
	return strings.TrimSuffix(account, ":root")
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
