package link_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/sandbox/link"
)

// Where there is no key, a token is exchanged for a role; a key wins, and half a set-up is told.
func TestHeld(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("WebIdentityToken") != "good" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>%s</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
			r.FormValue("RoleArn")+"/"+r.FormValue("RoleSessionName"))
	}))
	defer sts.Close()
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := file("good\n")
	for name, row := range map[string]struct {
		key, role, token, session string
		want, fault               string
	}{
		"a key wins":      {key: "K", role: "r", token: good, want: "K"},
		"a token":         {role: "r", token: good, session: "job", want: "r/job"},
		"nothing":         {},
		"a refused token": {role: "r", token: file("bad"), fault: "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized"},
		"no file":         {role: "r", token: "/none", fault: "AWS_WEB_IDENTITY_TOKEN_FILE: open /none"},
		"no role":         {token: good, fault: "AWS_ROLE_ARN is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range map[string]string{
				"AWS_ACCESS_KEY_ID": row.key, "AWS_ROLE_ARN": row.role, "AWS_WEB_IDENTITY_TOKEN_FILE": row.token,
				"AWS_ROLE_SESSION_NAME": row.session, "AWS_ENDPOINT_URL": sts.URL,
			} {
				t.Setenv(variable, value)
			}
			got, err := link.Held(t.Context())
			if got.AccessKeyID != row.want || (err == nil) != (row.fault == "") || err != nil && !strings.Contains(err.Error(), row.fault) {
				t.Errorf("got %+v, %v; want %q, %q", got, err, row.want, row.fault)
			}
		})
	}
}
