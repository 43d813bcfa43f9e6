package link

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// signInTimeout bounds the exchange of a token, which is one request over loopback.
const signInTimeout = 10 * time.Second

// Held are the credentials that AWS's tools would find: an access key in the environment, else a role that the token in
// AWS_WEB_IDENTITY_TOKEN_FILE is exchanged for, as in a pipeline's job. None at all is no error.
func Held(ctx context.Context) (Credentials, error) {
	own, file, role := Environment(), os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), os.Getenv("AWS_ROLE_ARN")
	if own.AccessKeyID != "" || file == "" && role == "" {
		return own, nil
	}
	at := os.Getenv("AWS_ENDPOINT_URL")
	for name, value := range map[string]string{"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ENDPOINT_URL": at} {
		if value == "" {
			return own, fmt.Errorf("web identity: %s is not set", name)
		}
	}
	token, err := os.ReadFile(file)
	if err != nil {
		return own, fmt.Errorf("web identity: AWS_WEB_IDENTITY_TOKEN_FILE: %w", err)
	}
	session := os.Getenv("AWS_ROLE_SESSION_NAME")
	if session == "" {
		session = fmt.Sprint("paddock-", time.Now().Unix())
	}
	return exchange(ctx, at, url.Values{
		"Action": {webIdentity}, "Version": {"2011-06-15"}, "RoleArn": {role}, "RoleSessionName": {session},
		"WebIdentityToken": {strings.TrimSpace(string(token))},
	})
}

const webIdentity = "AssumeRoleWithWebIdentity"

// exchange asks STS. It is written by hand, since AWS's SDK would be most of the provider that asks.
func exchange(ctx context.Context, at string, form url.Values) (c Credentials, err error) {
	ctx, cancel := context.WithTimeout(ctx, signInTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return c, fmt.Errorf("web identity: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return c, fmt.Errorf("web identity: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return c, fmt.Errorf("web identity: %w", err)
	}
	var answer struct {
		Held Credentials `xml:"AssumeRoleWithWebIdentityResult>Credentials"`
	}
	var refused struct {
		Error struct{ Code, Message string }
	}
	if resp.StatusCode != http.StatusOK {
		if xml.Unmarshal(text, &refused) == nil && refused.Error.Code != "" {
			// in the words of AWS's CLI, which people search for
			return c, fmt.Errorf("An error occurred (%s) when calling the %s operation: %s", refused.Error.Code, webIdentity, refused.Error.Message) //nolint:staticcheck // its words
		}
		return c, fmt.Errorf("web identity: %s: %s", at, resp.Status)
	}
	if err := xml.Unmarshal(text, &answer); err != nil {
		return c, fmt.Errorf("web identity: %s: %w", at, err)
	}
	if answer.Held.AccessKeyID == "" {
		return c, errors.New("web identity: STS answered no credentials")
	}
	return answer.Held, nil
}
