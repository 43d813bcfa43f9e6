package aws

import (
	"strings"
	"sync"

	"paddock/sandbox/iam"
)

// policies remembers which documents hang on a role. What is remembered is dropped with the first write to IAM after it.
type policies struct {
	mu     sync.Mutex
	byRole map[string][]*iam.Document
}

// iamKinds are those whose change may change what a role is allowed.
var iamKinds = map[string]bool{tokenRole: true, tokenPolicy: true, tokenAttachment: true, tokenRolePolicy: true}

func (p *policies) of(t *Tx, role string) []*iam.Document {
	for _, r := range t.writes {
		if r != nil && iamKinds[r.Kind] {
			return t.documents(role) // what this transaction has made so far is seen by it alone
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.byRole[role]; ok {
		return found
	}
	found := t.documents(role)
	if p.byRole == nil {
		p.byRole = map[string][]*iam.Document{}
	}
	p.byRole[role] = found
	return found
}

func (p *policies) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byRole = nil
}

// documents are the policies of a role: attached ones, AWS's own among them, and inline ones.
func (t *Tx) documents(role string) []*iam.Document {
	var out []*iam.Document
	add := func(text string) {
		if d, err := iam.Parse(text); err == nil { // it was checked when it was made
			out = append(out, d)
		}
	}
	for _, a := range t.list(tokenAttachment) {
		if str(a.State, "role") != role {
			continue
		}
		arn := str(a.State, "policyArn")
		if d, ok := iam.Managed(strings.TrimPrefix(arn, managedPrefix)); ok && strings.HasPrefix(arn, managedPrefix) {
			out = append(out, d)
		} else if p := t.peek(tokenPolicy, arn); p != nil {
			add(str(p.State, "policy"))
		}
	}
	for _, p := range t.list(tokenRolePolicy) {
		if str(p.State, "role") == role {
			add(str(p.State, "policy"))
		}
	}
	return out
}
