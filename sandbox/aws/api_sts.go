package aws

import (
	"context"
	"regexp"
	"strconv"
	"time"

	"paddock/sandbox/iam"
)

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// lifeOfSession are the bounds of a session in seconds; the upper one is each role's own.
const lifeOfSession = 900

var _ = operates("sts", map[string]*operation{
	"GetCallerIdentity":         {open: true, run: callerIdentity},
	"AssumeRole":                {open: true, on: roleAsked, run: assumeRole},
	"AssumeRoleWithWebIdentity": {open: true, on: roleAsked, run: assumeWithWebIdentity},
})

func roleAsked(t *Tx, in *Call) []Target { return []Target{t.byARN(str(in.Params, "RoleArn"))} }

func callerIdentity(_ context.Context, c *Cloud, in *Call) (Props, error) {
	return Props{"Account": in.Account, "Arn": in.CallerID(), "UserId": c.userID(in.Env)}, nil
}

// assumeRole gives credentials of a role to whom its trust policy lets: one that is named there, or one of the account
// where the account is, whose own policies must allow it then.
func assumeRole(_ context.Context, c *Cloud, in *Call) (Props, error) {
	tags := map[string]string{}
	for _, t := range objs(in.Params, "Tags") {
		tags[str(t, "Key")] = str(t, "Value")
	}
	var role *Record
	var err error
	c.store.view(func(t *Tx) {
		keys := sessionKeys(in, tags)
		role, err = c.assumable(t, in, "sts:AssumeRole", in.principal(), keys)
		if err == nil && len(tags) > 0 {
			_, err = c.assumable(t, in, "sts:TagSession", in.principal(), keys)
		}
	})
	if err != nil {
		return nil, err
	}
	return c.session(in, role, tags, true)
}

// sessionKeys are what a request for a session says, for conditions.
func sessionKeys(in *Call, tags map[string]string) map[string][]string {
	asked := Props{}
	for k, v := range tags {
		asked[k] = v
	}
	keys := requestTags(asked)
	keys["sts:RoleSessionName"] = []string{str(in.Params, "RoleSessionName")}
	if id := str(in.Params, "ExternalId"); id != "" {
		keys["sts:ExternalId"] = []string{id}
	}
	return keys
}

// assumable is the role that is asked for, if its trust policy and the caller's own policies say so.
func (c *Cloud) assumable(t *Tx, in *Call, action string, who iam.Principal, keys map[string][]string) (*Record, error) {
	arn := str(in.Params, "RoleArn")
	role := t.role(arn)
	target := t.byARN(arn)
	r := iam.Request{Principal: who, Action: action, Resource: arn, Keys: t.context(in.Env, who, action, target, keys)}
	if role == nil {
		return nil, denied(action, iam.Denial(r, iam.Decision{}, iam.Trust))
	}
	trust, err := iam.Parse(str(role.State, "assumeRolePolicy"))
	if err != nil {
		return nil, denied(action, iam.Denial(r, iam.Decision{}, iam.Trust))
	}
	d := trust.Trusts(r)
	if !d.Allowed {
		return nil, denied(action, iam.Denial(r, d, iam.Trust))
	}
	if d.Delegated {
		return role, c.authorize(t, in.Env, action, target, keys)
	}
	if own := iam.Decide(c.policies.of(t, afterLast(in.Caller, "/")), r); who.Service == "" && who.Federated == "" && own.Explicit {
		return nil, denied(action, iam.Denial(r, own, iam.Identity))
	}
	return role, nil
}

// session answers credentials as STS does.
func (c *Cloud) session(in *Call, role *Record, tags map[string]string, chained bool) (Props, error) {
	if in.Params["Policy"] != nil || in.Params["PolicyArns"] != nil {
		return nil, fail("ValidationError", "session policies are not modelled; see sandbox/README.md")
	}
	name := str(in.Params, "RoleSessionName")
	if !sessionName.MatchString(name) {
		return nil, fail("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", name, sessionName)
	}
	life := 3600
	if text := str(in.Params, "DurationSeconds"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < lifeOfSession {
			return nil, fail("ValidationError", "1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900", text)
		}
		life = n
	}
	if most := num(role.State, "maxSessionDuration", 3600); life > most {
		return nil, fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if chained && in.Session != "" && life > 3600 {
		return nil, fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	held := c.vault.issue(role, name, tags, time.Duration(life)*time.Second)
	as := c.env(in.Region) // not the caller's: who comes with a token of somebody else's has no account yet
	as.Caller, as.Session = str(role.State, "arn"), name
	return Props{
		"Credentials": Props{
			"AccessKeyId": held.AccessKeyID, "SecretAccessKey": held.SecretAccessKey, "SessionToken": held.SessionToken, "Expiration": held.Expiration,
		},
		"AssumedRoleUser": Props{"Arn": as.CallerID(), "AssumedRoleId": str(role.State, "uniqueId") + ":" + name},
	}, nil
}

// Assume gives a session of a role to whoever holds the caller's credentials.
func (c *Cloud) Assume(ctx context.Context, as Env, role, session string) (Credentials, error) {
	out, err := c.Call(ctx, Call{Env: as, Service: "sts", Action: "AssumeRole", Params: Props{"RoleArn": role, "RoleSessionName": session}})
	if err != nil {
		return Credentials{}, err
	}
	held := mapAt(out, "Credentials")
	expires, _ := held["Expiration"].(time.Time)
	return Credentials{
		AccessKeyID: str(held, "AccessKeyId"), SecretAccessKey: str(held, "SecretAccessKey"), SessionToken: str(held, "SessionToken"), Expiration: expires,
	}, nil
}
