package iam

import "strings"

// Request is one call to be judged.
type Request struct {
	Principal Principal
	Action    string // "ec2:CreateVpc"
	Resource  string // an ARN, or "*" for an action that knows no resources; unset: "*"
	// Keys is the condition context: aws:ResourceTag/K, aws:RequestTag/K, aws:TagKeys, <host>:sub ... Case does not
	// count in names. aws:PrincipalArn and aws:PrincipalAccount are taken from Principal where they are not set.
	Keys map[string][]string
}

// lookup is the values of a key; none = the call has no such key.
func (r *Request) lookup(name string) []string {
	if values, ok := r.Keys[name]; ok {
		return values
	}
	for key, values := range r.Keys {
		if len(key) == len(name) && strings.EqualFold(key, name) {
			return values
		}
	}
	var own string
	switch {
	case strings.EqualFold(name, "aws:PrincipalArn"):
		if own = r.Principal.RoleARN; own == "" {
			own = r.Principal.ARN
		}
	case strings.EqualFold(name, "aws:PrincipalAccount"):
		own = r.Principal.account()
	}
	if own == "" {
		return nil
	}
	return []string{own}
}

// Decision is the answer.
type Decision struct {
	Allowed  bool
	Explicit bool   // an explicit deny
	Sid      string // of the statement that decided, "" = it has none, or there is no such statement
	// Delegated says that a resource-based policy allows only the caller's account as a whole: the caller's identity
	// policies must allow the call too. Always false from Decide.
	Delegated bool
}

// rule is a statement made ready to be asked.
type rule struct {
	effect                  string
	sid                     string
	principals              *Principals
	notPrincipals           *Principals
	actions, resources      []pattern
	notActions, notResource bool // actions, resources are those it is not about
	conditions              []condition
}

func (s *Statement) rule(vars bool) rule {
	r := rule{effect: s.Effect, sid: s.Sid, principals: s.Principal, notPrincipals: s.NotPrincipal}
	r.notActions, r.notResource = len(s.NotAction) > 0, len(s.NotResource) > 0
	for _, action := range append(s.Action[:len(s.Action):len(s.Action)], s.NotAction...) {
		r.actions = append(r.actions, newPattern(action, true, false))
	}
	for _, resource := range append(s.Resource[:len(s.Resource):len(s.Resource)], s.NotResource...) {
		r.resources = append(r.resources, newPattern(resource, true, vars))
	}
	if len(s.Action) > 0 && r.notActions || len(s.Resource) > 0 && r.notResource {
		r.effect = "" // it contradicts itself, and AWS would not have taken it
	}
	r.conditions = newConditions(s.Condition, vars)
	return r
}

// about says that the statement speaks of this call, whoever makes it.
func (s *rule) about(r *Request) bool {
	if len(s.actions) == 0 || matchesAny(s.actions, r.Action, r, true) == s.notActions {
		return false
	}
	resource := r.Resource
	if resource == "" {
		resource = "*"
	}
	if len(s.resources) > 0 && matchesAny(s.resources, resource, r, false) == s.notResource {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

// reaches says whether, and how, the statement of a resource-based policy is about the caller.
func (s *rule) reaches(who *Principal) reach {
	switch {
	case s.principals != nil:
		return s.principals.meets(who)
	case s.notPrincipals != nil && s.notPrincipals.meets(who) != direct:
		return direct // naming an account exempts its root, not everybody of it
	}
	return nobody
}

// Decide asks the identity policies of one principal: an explicit deny anywhere wins, else one allow is enough, else the
// call is denied implicitly (IAM user guide, "Policy evaluation logic"). A statement without resources, or with a
// principal, has no place in such a policy and matches nothing; so does a nil document.
func Decide(identity []*Document, r Request) Decision {
	var best Decision
	for _, d := range identity {
		if d == nil {
			continue
		}
		for i := range d.rules {
			s := &d.rules[i]
			allow := s.effect == "Allow"
			if allow && best.Allowed || !allow && s.effect != "Deny" {
				continue
			}
			if len(s.resources) == 0 || s.principals != nil || s.notPrincipals != nil || !s.about(&r) {
				continue
			}
			if !allow {
				return Decision{Explicit: true, Sid: s.sid}
			}
			best = Decision{Allowed: true, Sid: s.sid}
		}
	}
	return best
}

// Trusts asks a resource-based policy: a role's trust policy, a key's policy. The statement must be about the caller; a
// statement without resources is about the resource that has the policy. That the role trusts a caller of another
// account, or an account as a whole (Delegated), is not enough: the caller's own policies must allow the call too. A nil
// document trusts nobody.
func (d *Document) Trusts(r Request) Decision {
	var best Decision
	if d == nil {
		return best
	}
	for i := range d.rules {
		s := &d.rules[i]
		how := s.reaches(&r.Principal)
		if how == nobody || !s.about(&r) {
			continue
		}
		switch {
		case s.effect == "Deny":
			return Decision{Explicit: true, Sid: s.sid}
		case s.effect == "Allow" && (!best.Allowed || best.Delegated && how == direct):
			best = Decision{Allowed: true, Sid: s.sid, Delegated: how == delegated}
		}
	}
	return best
}
