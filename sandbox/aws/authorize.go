package aws

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"paddock/sandbox/iam"
)

// asked is one call of an operation, on one resource.
type asked struct {
	action, resource string
	passedTo         string // service that a role is passed to
}

// passedTo is the condition key of iam:PassRole.
const passedTo = "iam:PassedToService"

// permit refuses an operation that its caller's policies do not allow, call by call in the order in which AWS's provider
// makes them. was are the inputs in force; nil at create.
func (o *Op) permit(list []act, was Props) error {
	for _, a := range list {
		if !a.applies(was, o.In) {
			continue
		}
		action := strings.ReplaceAll(a.action, "{type}", titled(str(o.In, "type")))
		if err := o.allow(action, a); err != nil {
			return err
		}
	}
	return nil
}

// actions are the calls that an operation may make, by name: what faults are matched with.
func (o *Op) actions(verb string) []string {
	calls := callsOf[o.Kind.Token]
	list := map[string][]act{"create": calls.create, "read": calls.read, "update": calls.update, "delete": calls.delete}[verb]
	var out []string
	for _, a := range list {
		out = append(out, strings.ReplaceAll(a.action, "{type}", titled(str(o.In, "type"))))
	}
	return out
}

// permitTags asks for the calls that bring tags from what they were to what they are to be.
func (o *Op) permitTags(calls *acts, was, in Props) error {
	if !o.Kind.Tagged {
		return nil
	}
	before, now := mapAt(was, "tags"), mapAt(in, "tags")
	set, gone := false, false
	for k, v := range now {
		set = set || !reflect.DeepEqual(before[k], v) // of a tag that is no text
	}
	for k := range before {
		_, still := now[k]
		gone = gone || !still
	}
	if set {
		if err := o.permit(calls.tag, nil); err != nil {
			return err
		}
	}
	if gone {
		return o.permit(calls.untag, nil)
	}
	return nil
}

// allow asks for one call on all that it touches.
func (o *Op) allow(action string, a act) error {
	targets := itself
	if a.on != nil {
		targets = a.on
	}
	for _, target := range targets(o) {
		keys := map[string][]string{}
		for k, v := range a.keys {
			keys[k] = []string{v}
		}
		for k, field := range a.input {
			keys[k] = []string{str(o.In, field)}
		}
		requestTags(keys, mapAt(o.In, "tags"))
		o.asked = append(o.asked, asked{action, target.ARN, a.keys[passedTo]})
		if err := o.Cloud.authorize(o.Tx, o.Env, action, target, keys); err != nil {
			return err
		}
	}
	return nil
}

func requestTags(keys map[string][]string, tags Props) {
	if len(tags) == 0 {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		keys["aws:RequestTag/"+k] = []string{fmt.Sprint(tags[k])}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], k)
	}
}

// authorize is the one place where a call is allowed or denied: by the policies of the role that calls.
func (c *Cloud) authorize(t *Tx, e Env, action string, on Target, keys map[string][]string) error {
	role := principal(t, e.Caller)
	if role == nil {
		return fail("InvalidClientTokenId", "The security token included in the request is invalid: %s is not a role of this account", e.Caller)
	}
	r := iam.Request{Principal: e.principal(), Action: action, Resource: on.ARN, Keys: e.keys(action, on, keys)}
	d := iam.Decide(c.policies.of(t, role.ID), r)
	if d.Allowed {
		return nil
	}
	return denied(action, iam.Denial(r, d, iam.Identity))
}

// denied is the error in the form of the service that refuses.
func denied(action, text string) *Error {
	service, _, _ := strings.Cut(action, ":")
	switch service {
	case "ec2":
		return fail("UnauthorizedOperation", "You are not authorized to perform this operation. %s", text)
	case "iam", "sts", "autoscaling":
		return fail("AccessDenied", "%s", text)
	}
	return fail("AccessDeniedException", "%s", text)
}

// principal is the caller as policies see it.
func (e Env) principal() iam.Principal {
	return iam.Principal{ARN: e.CallerID(), RoleARN: e.Caller, Account: e.Account}
}

// CallerID is the caller as sts:GetCallerIdentity tells it: the session of a role.
func (e Env) CallerID() string {
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, e.Account, afterLast(e.Caller, "/"), e.session())
}

func (e Env) session() string {
	if e.Session == "" {
		return defaultSession
	}
	return e.Session
}

// keys is the context of a request, for conditions.
func (e Env) keys(action string, on Target, more map[string][]string) map[string][]string {
	service, _, _ := strings.Cut(action, ":")
	now := time.Now().UTC()
	keys := map[string][]string{
		"aws:PrincipalArn": {e.Caller}, "aws:PrincipalAccount": {e.Account}, "aws:RequestedRegion": {e.Region}, "aws:SecureTransport": {"true"},
		"aws:CurrentTime": {now.Format(time.RFC3339)}, "aws:EpochTime": {fmt.Sprint(now.Unix())}, service + ":Region": {e.Region},
	}
	if service == "iam" || service == "sts" {
		keys["aws:RequestedRegion"] = []string{"us-east-1"} // where the global service is
	}
	for k, v := range e.Tags {
		keys["aws:PrincipalTag/"+k] = []string{v}
	}
	for k, v := range on.Tags {
		keys["aws:ResourceTag/"+k], keys[service+":ResourceTag/"+k] = []string{v}, []string{v}
	}
	maps.Copy(keys, more)
	return keys
}

func titled(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

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
