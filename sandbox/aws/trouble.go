package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// errLost is what a caller sees of an answer that never came: the change was made all the same.
var errLost = errors.New("RequestError: send request failed, caused by: read tcp: read: connection reset by peer")

// IsLost says that the answer to a call that was carried out is to be lost: its connection is to be cut.
func IsLost(err error) bool { return errors.Is(err, errLost) }

// AWS's provider tries 25 times, with pauses that double up to 20 s; here they are a hundredth of that.
const (
	tries      = 25
	firstPause = 5 * time.Millisecond
	lastPause  = 200 * time.Millisecond
)

// throttled and broken are what each service answers, in its words, when it is asked too much or fails itself.
func throttled(service string) *Error {
	switch service {
	case "ec2":
		return fail("RequestLimitExceeded", "Request limit exceeded.")
	case "eks", "logs", "kms", "eks-auth":
		return fail("ThrottlingException", "Rate exceeded")
	}
	return fail("Throttling", "Rate exceeded")
}

func broken(service string) *Error {
	switch service {
	case "ec2":
		return fail("InternalError", "An internal error has occurred")
	case "eks":
		return fail("ServerException", "Internal server error")
	case "iam", "logs":
		return fail("ServiceUnavailable", "Service is unable to handle request.")
	}
	return fail("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.")
}

// trouble answers the fault that strikes one of these calls before it is carried out; nil = none does.
func (c *Cloud) trouble(actions []string) (string, *Error) {
	fault, action := c.conditions.takeCall([]string{"throttle", "error"}, actions)
	service, _, _ := strings.Cut(action, ":")
	switch fault {
	case "throttle":
		return action, throttled(service)
	case "error":
		return action, broken(service)
	}
	return "", nil
}

// meet lets an operation of Pulumi's meet what goes wrong before it, and tries again as AWS's provider does.
func (c *Cloud) meet(o *Op, of origin, actions []string) error {
	wait := firstPause
	for try := 1; ; try++ {
		action, err := c.trouble(actions)
		if err == nil {
			return nil
		}
		c.report(o.Env, of, time.Now(), []asked{{action: action, resource: "*"}}, err)
		if try == tries {
			return err
		}
		if err := pause(c.life, wait); err != nil {
			return err
		}
		wait = min(2*wait, lastPause)
	}
}

// pause waits, or answers why it was cut short.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lose cuts the answer to an operation that was carried out, if that is to happen.
func (c *Cloud) lose(actions []string) error {
	if fault, _ := c.conditions.takeCall([]string{"lost"}, actions); fault != "" {
		return errLost
	}
	return nil
}

// asksSafely says that a second create of the kind does no harm: its call carries a client token, or puts what is there.
func asksSafely(token string) bool {
	return slices.Contains([]string{
		tokenCluster, tokenNodeGroup, tokenAddon, tokenAccessEntry, tokenAccessAssociation, tokenPodIdentity, tokenNatGateway, tokenVpcEndpoint,
		tokenFlowLog, tokenLaunchTemplate, tokenRouteTable, tokenAttachment, tokenRolePolicy, tokenGroupTag, tokenDefaultSecurityGroup,
		tokenLifecyclePolicy, tokenBucketVersioning, tokenBucketEncryption, tokenBucketPublicAccess, tokenBucketPolicy, tokenBucketLifecycle,
		tokenBucketOwnership,
	}, token)
}

// unheard marks a resource that was made and that nobody knows of.
func (c *Cloud) unheard(made *Record) error {
	return c.store.update(func(t *Tx) error {
		if r := t.get(made.Kind, made.ID); r != nil {
			r.Private["unheard"] = true
			t.put(r)
		}
		return nil
	})
}

// Forget deletes what was made for a stack and is known to nobody, because the answer was lost. urn begins the names of the
// stack's resources. It tells what it deleted, and stops at what does not go.
func (c *Cloud) Forget(urn string) ([]Leftover, error) {
	gone := []Leftover{}
	for _, r := range slices.Backward(c.inventory()) {
		if !yes(r.Private, "unheard", false) || !strings.HasPrefix(r.URN, urn) {
			continue
		}
		if err := c.remove(Request{Env: c.env(r.Region), Token: r.Kind, ID: r.ID, URN: r.URN}); err != nil {
			return gone, fmt.Errorf("%s %s: %w", r.Kind, r.ID, err)
		}
		gone = append(gone, Leftover{Kind: r.Kind, ID: r.ID, Name: r.Name, URN: r.URN})
	}
	return gone, nil
}
