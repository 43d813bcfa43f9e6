package aws

import (
	"context"
	"time"
)

// Call is one request to an AWS API, whatever protocol brought it.
type Call struct {
	Env
	Service string // as requests are signed for it: ec2, autoscaling, iam, eks, eks-auth, sts, logs
	Action  string // as the API's reference names it: DescribeVpcs
	Params  Props  // under the reference's names; lists are []any, structures Props, leaves strings or what JSON had
}

// Target is what a call is authorized on: a resource, there already or in the making.
type Target struct {
	ARN  string            // with * for what is not known yet; "*" for actions that know no resources
	Tags map[string]string // of the resource, for conditions on aws:ResourceTag
}

// operation is one call of an AWS API: what it is authorized on, and what it does.
type operation struct {
	on   func(t *Tx, in *Call) []Target // nil = "*"
	run  func(ctx context.Context, c *Cloud, in *Call) (Props, error)
	open bool // needs no permission, as sts:GetCallerIdentity

	// asks is in place of on, where a call needs several permissions, says more for conditions, or meets the policy of the
	// resource itself.
	asks func(t *Tx, in *Call) []ask
}

// ask is one permission that a call needs.
type ask struct {
	action  string // service:Action
	on      Target
	keys    map[string][]string // of the request, for conditions
	policy  string              // of the resource itself; empty = it has none
	alone   bool                // the caller's own policies are enough, where the resource's says nothing
	refused *Error              // what is told instead of the denial; nil = the denial
}

// operations is every call that the wire API answers, by service:Action.
var operations = map[string]*operation{}

// operates adds the calls of one service; each service's file does so for its own.
func operates(service string, calls map[string]*operation) bool {
	for action, op := range calls {
		name := service + ":" + action
		if operations[name] != nil {
			panic("aws stand-in: " + name + " is stated twice")
		}
		operations[name] = op
	}
	return true
}

// Call answers one request of the wire API. The result is under the names of the API's reference, ready for encoding. An
// answer that is to be lost is told by IsLost.
func (c *Cloud) Call(ctx context.Context, in Call) (Props, error) {
	name := in.Service + ":" + in.Action
	op := operations[name]
	if op == nil {
		return nil, fail("InvalidAction", "The action %s is not valid for this web service: the stand-in does not model it; see sandbox/README.md", in.Action)
	}
	began := time.Now()
	asks := []ask{{action: name, on: Target{ARN: "*"}}}
	out, err := c.serve(ctx, op, &in, name, &asks)
	var calls []asked
	for _, a := range asks {
		calls = append(calls, asked{action: a.action, resource: a.on.ARN})
	}
	c.report(in.Env, origin{source: "api"}, began, calls, err)
	if err == nil {
		err = c.lose([]string{name})
	}
	return out, err
}

func (c *Cloud) serve(ctx context.Context, op *operation, in *Call, name string, asks *[]ask) (Props, error) {
	if _, trouble := c.trouble([]string{name}); trouble != nil {
		return nil, trouble
	}
	var err error
	c.store.view(func(t *Tx) {
		*asks = op.needs(t, in, *asks)
		for i, a := range *asks {
			if op.open {
				break
			}
			if err = c.permits(t, in.Env, a); err != nil {
				*asks = (*asks)[:i+1]
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return op.run(ctx, c, in)
}

// needs are the permissions of a call; otherwise those of one that knows no resources.
func (op *operation) needs(t *Tx, in *Call, otherwise []ask) []ask {
	switch {
	case op.asks != nil:
		return op.asks(t, in)
	case op.on == nil:
		return otherwise
	}
	var out []ask
	for _, target := range op.on(t, in) {
		out = append(out, ask{action: otherwise[0].action, on: target})
	}
	return out
}

// permits asks for one permission.
func (c *Cloud) permits(t *Tx, e Env, a ask) error {
	if a.policy == "" && !a.alone {
		return c.authorize(t, e, a.action, a.on, a.keys)
	}
	err := c.authorizeBoth(t, e, a.action, a.on, a.keys, a.policy, a.alone)
	if err != nil && a.refused != nil && lacksPermission(err) {
		return a.refused
	}
	return err
}
