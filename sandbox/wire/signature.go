package wire

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"paddock/sandbox/aws"
)

const (
	skew = 5 * time.Minute
	// presignedLife is how long AWS's STS takes a presigned URL, whatever X-Amz-Expires says; tokens of `aws eks get-token`,
	// which say 60 seconds and are used for 14 minutes, live from it.
	presignedLife = 15 * time.Minute
)

// verify checks the signature of a request and answers who made it, in the region that it was signed for, and with which secret.
func (c *credential) verify(r *http.Request, bodyHash string, keys Keys, now time.Time) (caller aws.Env, secret string, err error) {
	if secret, caller, err = keys.Secret(r.Context(), c.id, c.token); err != nil {
		return aws.Env{}, "", err
	}
	if err := c.current(now); err != nil {
		return aws.Env{}, "", err
	}
	for _, name := range []string{"X-Amz-Target", "X-Amz-Security-Token"} {
		if r.Header.Get(name) != "" && !slices.Contains(c.signed, strings.ToLower(name)) {
			return aws.Env{}, "", refusal("SignatureDoesNotMatch", "'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	want, err := c.sign(r, secret, bodyHash)
	if err != nil {
		return aws.Env{}, "", err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(c.signature)) != 1 {
		return aws.Env{}, "", refusal("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	caller.Region = c.region
	return caller, secret, nil
}

// current refuses a signature that is too old, or from a clock that is ahead.
func (c *credential) current(now time.Time) error {
	life, minutes := skew, "5 min."
	if c.presigned {
		life, minutes = presignedLife, "15 min."
	}
	earliest, latest := now.Add(-life), now.Add(skew)
	at, text := c.at.UTC().Format(amzDate), now.UTC().Format(amzDate)
	switch {
	case c.at.Before(earliest):
		return refusal("SignatureExpired", "Signature expired: %s is now earlier than %s (%s - %s)", at, earliest.UTC().Format(amzDate), text, minutes)
	case c.at.After(latest):
		return refusal("SignatureExpired", "Signature not yet current: %s is still later than %s (%s + 5 min.)", at, latest.UTC().Format(amzDate), text)
	}
	return nil
}

// sign makes the signature that the request ought to have: the SDK's own signer signs a copy that has the signed headers only.
func (c *credential) sign(r *http.Request, secret, bodyHash string) (string, error) {
	bare := &http.Request{Method: r.Method, Host: r.Host, Header: http.Header{}}
	at := *r.URL
	bare.URL = &at
	for _, name := range c.signed {
		if values := r.Header.Values(name); len(values) > 0 {
			bare.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if slices.Contains(c.signed, "content-length") { // the signer takes it from the request, and signs it whenever it is there
		bare.ContentLength = r.ContentLength
	}
	key := sdk.Credentials{AccessKeyID: c.id, SecretAccessKey: secret}
	ctx := context.Background()
	if c.presigned {
		key.SessionToken = c.token
		q := at.Query()
		q.Del("X-Amz-Signature")
		bare.URL.RawQuery = q.Encode()
		signed, _, err := c.signer().PresignHTTP(ctx, key, bare, bodyHash, c.service, c.region, c.at)
		if err != nil {
			return "", err
		}
		again, err := url.Parse(signed)
		if err != nil {
			return "", err
		}
		return again.Query().Get("X-Amz-Signature"), nil
	}
	if err := c.signer().SignHTTP(ctx, key, bare, bodyHash, c.service, c.region, c.at); err != nil {
		return "", err
	}
	_, signature, _ := strings.Cut(bare.Header.Get("Authorization"), "Signature=")
	return signature, nil
}

// signer keeps signed headers where they are, also in presigned URLs. S3 signs paths as they are, others escape them once more.
func (c *credential) signer() *v4.Signer {
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableHeaderHoisting, o.DisableURIPathEscaping = true, c.service == "s3" })
}
