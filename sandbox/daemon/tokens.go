package daemon

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/link"
)

// tokenPrefix and tokenLife are those of `aws eks get-token`.
const (
	tokenPrefix = "k8s-aws-v1."
	tokenLife   = 14 * time.Minute
)

// keySize is that of the HMAC's hash, bytes.
const keySize = sha256.Size

// tokens signs and reads the bearer tokens of the clusters, and holds the account's one access key.
type tokens struct {
	key []byte
}

// claims is what a token says. On AWS it is a presigned sts:GetCallerIdentity; here the daemon signs the answer itself.
type claims struct {
	Cluster string
	ARN     string
	Expires time.Time
}

// openTokens reads the signing key of a sandbox, or makes one.
func openTokens(file string) (*tokens, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key = make([]byte, keySize)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		err = atomicfile.Write(file, key, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("token key: %w", err)
	}
	if len(key) != keySize {
		return nil, fmt.Errorf("token key: %s: %d bytes, want %d; start anew with `make clean`", file, len(key), keySize)
	}
	return &tokens{key: key}, nil
}

// accessKey derives the account's access key, so that it survives restarts and is stored nowhere else.
func (t *tokens) accessKey() (id, secret string) {
	id = "AKIA" + strings.ToUpper(hex.EncodeToString(t.sum("access key id"))[:16])
	secret = base64.RawURLEncoding.EncodeToString(t.sum("secret access key"))[:40]
	return id, secret
}

func (t *tokens) knows(id, secret string) bool {
	wantID, wantSecret := t.accessKey()
	return subtle.ConstantTimeCompare([]byte(id+"/"+secret), []byte(wantID+"/"+wantSecret)) == 1
}

func (t *tokens) sum(text string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (t *tokens) sign(cluster, arn string) (link.Token, error) {
	c := claims{Cluster: cluster, ARN: arn, Expires: time.Now().Add(tokenLife)}
	body, err := json.Marshal(c)
	if err != nil {
		return link.Token{}, err
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	mark := base64.RawURLEncoding.EncodeToString(t.sum(text))
	return link.Token{Token: tokenPrefix + text + "." + mark, Expires: c.Expires}, nil
}

// read returns what a token claims if this sandbox signed it for that cluster and it has not expired.
func (t *tokens) read(cluster, token string) (claims, error) {
	var c claims
	text, mark, ok := strings.Cut(strings.TrimPrefix(token, tokenPrefix), ".")
	if !ok || !strings.HasPrefix(token, tokenPrefix) {
		return c, errors.New("not a token of this sandbox")
	}
	sum, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil || !hmac.Equal(sum, t.sum(text)) {
		return c, errors.New("token: bad signature")
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, fmt.Errorf("token: %w", err)
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, fmt.Errorf("token: %w", err)
	}
	if c.Cluster != cluster {
		return c, fmt.Errorf("token: for cluster %s, not %s", c.Cluster, cluster)
	}
	if time.Now().After(c.Expires) {
		return c, errors.New("token: expired")
	}
	return c, nil
}
