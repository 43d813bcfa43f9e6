package wire

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"paddock/sandbox/aws"
)

// clusterHeader binds a token to a cluster: its value is signed, but not part of the URL.
const clusterHeader = "x-k8s-aws-id"

// CheckPresigned says who made the presigned sts:GetCallerIdentity that a token of `aws eks get-token` is. header carries
// x-k8s-aws-id, the name of the cluster that asks. A URL that is none of this kind, is older than 15 minutes, was signed for
// another cluster or with another key is an *aws.Error.
func CheckPresigned(ctx context.Context, presigned string, header http.Header, keys Keys) (aws.Env, error) {
	u, err := url.Parse(presigned)
	if err != nil {
		return aws.Env{}, refusal("InvalidParameterValue", "presigned URL: not a URL")
	}
	r := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: header}
	if err := asksIdentity(u); err != nil {
		return aws.Env{}, err
	}
	c, err := fromURL(u.Query())
	if err != nil {
		return aws.Env{}, fmt.Errorf("presigned URL: %w", err)
	}
	if c.service != "sts" {
		return aws.Env{}, fmt.Errorf("presigned URL: %w", wrongService("sts"))
	}
	if !slices.Contains(c.signed, clusterHeader) || header.Get(clusterHeader) == "" {
		return aws.Env{}, refusal("SignatureDoesNotMatch", "presigned URL: %s is not signed", clusterHeader)
	}
	if err := c.rightScope(r); err != nil {
		return aws.Env{}, fmt.Errorf("presigned URL: %w", err)
	}
	none := sha256.Sum256(nil)
	caller, _, err := c.verify(r.WithContext(ctx), hex.EncodeToString(none[:]), keys, time.Now())
	if err != nil {
		return aws.Env{}, fmt.Errorf("presigned URL: %w", err)
	}
	return caller, nil
}

// asksIdentity refuses whatever is signed well, but for another purpose.
func asksIdentity(u *url.URL) error {
	q := u.Query()
	for name, values := range q {
		if len(values) != 1 || (name != "Action" && name != "Version" && !strings.HasPrefix(name, "X-Amz-")) {
			return refusal("InvalidParameterValue", "presigned URL: unexpected query parameter %s", name)
		}
	}
	if q.Get("Action") != "GetCallerIdentity" || q.Get("Version") != services["sts"].version || (u.Path != "/" && u.Path != "") {
		return refusal("InvalidParameterValue", "presigned URL: not a call of sts:GetCallerIdentity")
	}
	return nil
}
