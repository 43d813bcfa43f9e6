package aws

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// defaultSession is the session name of the account's own access key.
const defaultSession = "paddock"

// Credentials are what an AWS SDK signs with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    `json:",omitempty"` // empty = the account's own key
	Expiration      time.Time `json:",omitzero"`
}

// vault derives secrets from one key, so that they survive restarts and are stored nowhere.
type vault struct{ key []byte }

func (v vault) sum(text string) []byte {
	mac := hmac.New(sha256.New, v.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (v vault) accessKey() Credentials {
	id := "AKIA" + strings.ToUpper(hex.EncodeToString(v.sum("access key id"))[:16])
	return Credentials{AccessKeyID: id, SecretAccessKey: v.secret(id)}
}

func (v vault) secret(id string) string {
	return base64.RawURLEncoding.EncodeToString(v.sum("secret access key " + id))[:40]
}

// grant is what a session token says, signed by the vault.
type grant struct {
	KeyID   string            `json:"k"`
	Role    string            `json:"r"` // ARN
	RoleID  string            `json:"i"` // unique id: a role made anew under the name is another
	Session string            `json:"s"`
	Tags    map[string]string `json:"t,omitempty"`
	Expires time.Time         `json:"e"`
}

// issue makes temporary credentials for a session of a role.
func (v vault) issue(role *Record, session string, tags map[string]string, life time.Duration) Credentials {
	g := grant{
		KeyID: randomOf("ASIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), Role: str(role.State, "arn"), RoleID: str(role.State, "uniqueId"),
		Session: session, Tags: tags, Expires: time.Now().Add(life).UTC().Truncate(time.Second),
	}
	body, err := json.Marshal(g)
	if err != nil {
		panic(fmt.Sprintf("aws stand-in: session token: %v; please report this", err))
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	token := text + "." + base64.RawURLEncoding.EncodeToString(v.sum(text))
	return Credentials{AccessKeyID: g.KeyID, SecretAccessKey: v.secret(g.KeyID), SessionToken: token, Expiration: g.Expires}
}

func (v vault) read(token string) (grant, bool) {
	var g grant
	text, mark, _ := strings.Cut(token, ".")
	sum, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil || !hmac.Equal(sum, v.sum(text)) {
		return g, false
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	return g, err == nil && json.Unmarshal(body, &g) == nil
}

// AccessKey is the account's own key, of the role that everything is done as by default.
func (c *Cloud) AccessKey() Credentials { return c.vault.accessKey() }

// Secret answers the secret key behind an access key id, and who signs with it.
func (c *Cloud) Secret(_ context.Context, accessKeyID, sessionToken string) (string, Env, error) {
	e := c.env(defaultRegion)
	if own := c.vault.accessKey(); accessKeyID == own.AccessKeyID && sessionToken == "" {
		return own.SecretAccessKey, e, nil
	}
	g, ok := c.vault.read(sessionToken)
	if !ok || g.KeyID != accessKeyID {
		return "", e, fail("InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	as := e
	as.Caller, as.Session, as.Tags, as.RoleID, as.Expires = g.Role, g.Session, g.Tags, g.RoleID, g.Expires
	var err error
	c.store.view(func(t *Tx) { _, err = as.holder(t) })
	if err != nil {
		return "", e, err
	}
	return c.vault.secret(g.KeyID), as, nil
}

// holder is the role that calls, if its session is still good: a role made anew under the name is another.
func (e Env) holder(t *Tx) (*Record, error) {
	role := principal(t, e.Caller)
	if role == nil || e.RoleID != "" && str(role.State, "uniqueId") != e.RoleID {
		return nil, fail("InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	if !e.Expires.IsZero() && time.Now().After(e.Expires) {
		return nil, fail("ExpiredToken", "The security token included in the request is expired")
	}
	return role, nil
}

func recordState(r *Record) Props {
	if r == nil {
		return nil
	}
	return r.State
}

// Caller answers who holds whole credentials, as a program on this machine shows them.
func (c *Cloud) Caller(held Credentials) (Env, error) {
	secret, e, err := c.Secret(context.Background(), held.AccessKeyID, held.SessionToken)
	if err != nil {
		return e, err
	}
	if !hmac.Equal([]byte(secret), []byte(held.SecretAccessKey)) {
		return e, fail("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return e, nil
}
