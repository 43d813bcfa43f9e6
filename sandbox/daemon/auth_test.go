package daemon

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"paddock/sandbox/aws"
)

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// tokenFor is what `aws eks get-token` makes.
func tokenFor(t *testing.T, c aws.Credentials, cluster string, at time.Time) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://sts.us-west-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-k8s-aws-id", cluster)
	held := sdk.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
	signed, _, err := signer.NewSigner().PresignHTTP(context.Background(), held, r, emptyHash, "sts", "us-west-2", at)
	if err != nil {
		t.Fatal(err)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(signed))
}

func opened(t *testing.T, key string) *daemon {
	t.Helper()
	cloud, err := aws.Open(filepath.Join(t.TempDir(), "aws.db"), nil, aws.Options{Key: []byte(key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	return &daemon{cloud: cloud, cfg: Config{Log: slog.New(slog.DiscardHandler)}}
}

func TestTokens(t *testing.T) {
	d, ctx, now := opened(t, "one key"), context.Background(), time.Now()
	own := d.cloud.AccessKey()
	if err := d.cloud.AddRole(aws.RoleSpec{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	role, err := d.cloud.Assume(ctx, d.cloud.Self(), "arn:aws:iam::"+d.cloud.Account()+":role/x", "ci")
	if err != nil {
		t.Fatal(err)
	}
	wrong := own
	wrong.SecretAccessKey = strings.Repeat("A", 40)
	session := "arn:aws:sts::" + d.cloud.Account() + ":assumed-role/"
	for name, tc := range map[string]struct{ token, want, fault string }{
		"the account's own key": {tokenFor(t, own, "one", now), session + "paddock-sandbox/paddock", ""},
		"a session of a role":   {tokenFor(t, role, "one", now), session + "x/ci", ""},
		"another cluster":       {tokenFor(t, own, "two", now), "", "SignatureDoesNotMatch"},
		"forged signature":      {tokenFor(t, wrong, "one", now), "", "SignatureDoesNotMatch"},
		"too old":               {tokenFor(t, own, "one", now.Add(-16*time.Minute)), "", "expired"},
		"another sandbox":       {tokenFor(t, opened(t, "another").cloud.AccessKey(), "one", now), "", "InvalidClientTokenId"},
		"something else":        {"eyJhbGciOi.J9.x", "", "not of the form"},
		"empty":                 {"", "", "not of the form"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := d.caller(ctx, "one", tc.token)
			if tc.fault == "" && (err != nil || got.CallerID() != tc.want) {
				t.Errorf("caller = %s, %v, want %s", got.CallerID(), err, tc.want)
			}
			if tc.fault != "" && (err == nil || !strings.Contains(err.Error(), tc.fault)) {
				t.Errorf("err = %v, want %q", err, tc.fault)
			}
		})
	}
}
