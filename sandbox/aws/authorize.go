package aws

import (
	"errors"
	"fmt"
	"maps"
	"strings"
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

// permit refuses an operation that its caller's policies do not allow, call by call.
func (o *Op) permit(list []act) error {
	for _, a := range list {
		if err := o.allow(a); err != nil {
			return err
		}
	}
	return nil
}

// allow asks for one call on all that it touches.
func (o *Op) allow(a act) error {
	targets := itself
	if a.on != nil {
		targets = a.on
	}
	for _, target := range targets(o) {
		keys := maps.Clone(a.tagKeys)
		if keys == nil {
			keys = map[string][]string{}
		}
		for k, v := range a.keys {
			keys[k] = []string{v}
		}
		if a.asks != nil {
			maps.Copy(keys, a.asks(o))
		}
		for k, field := range a.input {
			if v := str(o.In, field); v != "" {
				keys[k] = []string{v}
			}
		}
		o.asked = append(o.asked, asked{a.action, target.ARN, a.keys[passedTo]})
		if err := o.Cloud.authorize(o.Tx, o.Env, a.action, target, keys); err != nil {
			return a.refused(err)
		}
	}
	if a.then != nil {
		a.then(o)
	}
	return nil
}

// refused is a denial as the service tells it that makes the call for the caller.
func (a act) refused(err error) error {
	if a.refusal == nil || !lacksPermission(err) {
		return err
	}
	e := *a.refusal
	e.denied = true
	return &e
}

// lacksPermission says that an error is for want of permission.
func lacksPermission(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.denied
}

// authorize is the one place where a call is allowed or denied: by the policies of the role that calls.
func (c *Cloud) authorize(t *Tx, e Env, action string, on Target, keys map[string][]string) error {
	role, err := e.holder(t)
	if err != nil {
		return err
	}
	r := iam.Request{Principal: e.principal(), Action: action, Resource: on.ARN, Keys: t.context(e, e.principal(), action, on, keys)}
	d := iam.Decide(c.policies.of(t, role.ID), r)
	if d.Allowed {
		return nil
	}
	return denied(action, iam.Denial(r, d, iam.Identity))
}

// denied is the error in the form of the service that refuses.
func denied(action, text string) *Error {
	e := fail("AccessDeniedException", "%s", text)
	switch service, _, _ := strings.Cut(action, ":"); service {
	case "ec2":
		e = fail("UnauthorizedOperation", "You are not authorized to perform this operation. %s", text)
	case "iam", "sts", "autoscaling", "s3", "route53", "elasticloadbalancing":
		e.Code = "AccessDenied"
	}
	e.denied = true
	return e
}

// principal is the caller as policies see it.
func (e Env) principal() iam.Principal {
	return iam.Principal{ARN: e.CallerID(), RoleARN: e.Caller, Account: e.Account}
}

// CallerID is the caller as sts:GetCallerIdentity tells it: the session of a role. Of a call that is not signed nobody is known.
func (e Env) CallerID() string {
	if e.Caller == "" {
		return "anonymous"
	}
	return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", partition, e.Account, afterLast(e.Caller, "/"), e.session())
}

func (e Env) session() string {
	if e.Session == "" {
		return defaultSession
	}
	return e.Session
}

// context is that of a request, for conditions; who makes it is a role, or a service or an identity that becomes one.
func (t *Tx) context(e Env, who iam.Principal, action string, on Target, more map[string][]string) map[string][]string {
	service, _, _ := strings.Cut(action, ":")
	now := time.Now().UTC()
	keys := map[string][]string{
		"aws:RequestedRegion": {e.Region}, "aws:SecureTransport": {"true"}, "aws:SourceIp": {"127.0.0.1"}, "aws:ViaAWSService": {"false"},
		"aws:CurrentTime": {now.Format(time.RFC3339)}, "aws:EpochTime": {fmt.Sprint(now.Unix())}, service + ":Region": {e.Region},
	}
	if service == "iam" || service == "sts" || service == "route53" {
		keys["aws:RequestedRegion"] = []string{"us-east-1"} // where the global service is
	}
	if role := principal(t, who.RoleARN); role != nil {
		keys["aws:PrincipalArn"], keys["aws:PrincipalAccount"] = []string{who.RoleARN}, []string{e.Account}
		keys["aws:userid"] = []string{str(role.State, "uniqueId") + ":" + e.session()}
		for _, tags := range []map[string]string{tagsOf(role), e.Tags} { // the session's win
			for k, v := range tags {
				keys["aws:PrincipalTag/"+k] = []string{v}
			}
		}
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
