package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"paddock/sandbox/iam"
	"paddock/sandbox/machine"
)

// tokenIssuer is an identity provider of the world outside AWS, such as a GitLab: its keys, by its URL.
const tokenIssuer = "paddock:sandbox/issuer:Issuer"

var _ = register(&Kind{Token: tokenIssuer, Internal: true})

// signatures are the algorithms that AWS takes from identity providers.
var signatures = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// AddIssuer makes the keys of an identity provider known, which AWS would fetch from its URL; nothing is fetched here.
func (c *Cloud) AddIssuer(at string, keys []byte) error {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("issuer %q: want an https URL", at)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys, &set); err != nil {
		return fmt.Errorf("issuer %s: keys: want a JSON Web Key Set: %w", at, err)
	}
	if len(set.Keys) == 0 {
		return fmt.Errorf("issuer %s: keys: want one at least", at)
	}
	for _, k := range set.Keys {
		if !k.IsPublic() {
			return fmt.Errorf("issuer %s: keys: key %q is private; want public keys only", at, k.KeyID)
		}
	}
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	return c.store.update(func(t *Tx) error {
		t.put(&Record{Kind: tokenIssuer, ID: at, Name: at, Furniture: true, State: Props{"url": at, "keys": string(keys)}})
		return nil
	})
}

// assumeWithWebIdentity gives credentials to the holder of a token of an identity provider that the account knows.
func assumeWithWebIdentity(ctx context.Context, c *Cloud, in *Call) (Props, error) {
	text := str(in.Params, "WebIdentityToken")
	if len(text) < 4 {
		return nil, fail("ValidationError", "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4")
	}
	token, err := jwt.ParseSigned(text, signatures)
	if err != nil {
		return nil, fail("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	var says jwt.Claims
	var more map[string]any
	if err := token.UnsafeClaimsWithoutVerification(&says, &more); err != nil {
		return nil, fail("InvalidIdentityToken", "Missing a required claim")
	}
	provider, err := c.identityProvider(says)
	if err != nil {
		return nil, err
	}
	if err := c.verify(ctx, token, text, says); err != nil {
		return nil, err
	}
	var role *Record
	c.store.view(func(t *Tx) { role, err = c.federated(t, in, provider, says, more) })
	if err != nil {
		return nil, err
	}
	out, err := c.session(in, role, nil, false)
	if err != nil {
		return nil, err
	}
	in.Account, in.Caller, in.Session = c.account, str(role.State, "arn"), str(in.Params, "RoleSessionName") // now somebody, for the audit
	out["SubjectFromWebIdentityToken"], out["Audience"], out["Provider"] = says.Subject, strings.Join(says.Audience, ","), str(provider.State, "arn")
	return out, nil
}

// identityProvider is the account's provider for the token's issuer, if it takes the token's audience.
func (c *Cloud) identityProvider(says jwt.Claims) (*Record, error) {
	var found *Record
	c.store.view(func(t *Tx) {
		found = t.find(tokenOpenIDConnect, func(r *Record) bool {
			return strings.TrimPrefix(str(r.State, "url"), "https://") == strings.TrimPrefix(says.Issuer, "https://")
		})
	})
	if found == nil {
		return nil, fail("InvalidIdentityToken", "No OpenIDConnect provider found in your account for %s", says.Issuer)
	}
	if !slices.ContainsFunc(says.Audience, func(a string) bool { return slices.Contains(strs(found.State, "clientIdLists"), a) }) {
		return nil, fail("InvalidIdentityToken", "Incorrect token audience")
	}
	return found, nil
}

// verify checks signature and times: a cluster's own tokens by its API server, others by the keys of their issuer.
func (c *Cloud) verify(ctx context.Context, token *jwt.JSONWebToken, text string, says jwt.Claims) error {
	now := time.Now()
	if says.Expiry == nil || now.After(says.Expiry.Time()) {
		return fail("ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), unix(says.Expiry))
	}
	if says.NotBefore != nil && now.Before(says.NotBefore.Time()) {
		return fail("InvalidIdentityToken", "The ID Token provided is not valid before %d, it is %d", says.NotBefore.Time().Unix(), now.Unix())
	}
	var cluster, issuer *Record
	c.store.view(func(t *Tx) {
		issuer = t.peek(tokenIssuer, says.Issuer)
		cluster = t.find(tokenCluster, func(r *Record) bool {
			id := str(r.Private, "oidc")
			return id != "" && strings.HasSuffix(says.Issuer, "/id/"+id)
		})
	})
	switch {
	case cluster != nil:
		_, err := c.machine.ReviewToken(ctx, cluster.ID, text, says.Audience[0])
		if errors.Is(err, machine.ErrToken) {
			return fail("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements")
		}
		return err
	case issuer == nil:
		return fail("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements")
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(str(issuer.State, "keys")), &keys); err != nil {
		return err
	}
	var checked jwt.Claims
	if err := token.Claims(keys, &checked); err != nil {
		return fail("InvalidIdentityToken", "Invalid signature in the token: %v", err)
	}
	return nil
}

func unix(at *jwt.NumericDate) int64 {
	if at == nil {
		return 0
	}
	return at.Time().Unix()
}

// federated is the role, if its trust policy lets the identity in.
func (c *Cloud) federated(t *Tx, in *Call, provider *Record, says jwt.Claims, more map[string]any) (*Record, error) {
	const action = "sts:AssumeRoleWithWebIdentity"
	arn := str(in.Params, "RoleArn")
	host := strings.TrimPrefix(str(provider.State, "url"), "https://")
	keys := map[string][]string{host + ":sub": {says.Subject}, host + ":aud": says.Audience, "sts:RoleSessionName": {str(in.Params, "RoleSessionName")}}
	for name, v := range more {
		if value, plain := claim(v); plain && name != "sub" && name != "aud" {
			keys[host+":"+name] = []string{value}
		}
	}
	who := iam.Principal{Federated: str(provider.State, "arn")}
	r := iam.Request{Principal: who, Action: action, Resource: arn, Keys: t.context(in.Env, who, action, t.byARN(arn), keys)}
	role := t.role(arn)
	d := iam.Decision{}
	if trust, err := iam.Parse(str(recordState(role), "assumeRolePolicy")); err == nil {
		d = trust.Trusts(r)
	}
	if !d.Allowed {
		return nil, denied(action, iam.Denial(r, d, iam.Trust))
	}
	return role, nil
}

// claim is a claim as a condition sees it.
func claim(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
