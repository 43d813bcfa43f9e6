package redact

import (
	"reflect"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for secret, want := range map[string]string{
		"AKIA" + "IOSFODNN7EXAMPLE":                                  "[secret]",
		"x ASIA" + "IOSFODNN7EXAMPLE y":                              "x [secret] y",
		`"aws_secret_access_key": "` + strings.Repeat("k", 40) + `"`: `"aws_secret_access_key": "[secret]"`,
		"glpat-" + strings.Repeat("a", 20):                           "[secret]",
		"ghp_" + strings.Repeat("a", 36):                             "[secret]",
		"pul-" + strings.Repeat("0", 40):                             "[secret]",
		"xoxb-" + strings.Repeat("1", 20):                            "[secret]",
		"Authorization: Bearer " + strings.Repeat("t", 20):           "Authorization: Bearer [secret]",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln":                  "[secret]",
		"https://u:p4ss@h/x":                                         "https://u:[secret]@h/x",
		"password=hunter22;":                                         "password=[secret];",
		"PGPASSWORD=hunter22 psql":                                   "PGPASSWORD=[secret] psql",
		"X-Amz-Signature=0a1b2c&y":                                   "X-Amz-Signature=[secret]&y",
		"-----BEGIN EC " + "PRIVATE KEY-----\nMII\ncut":              "[secret]",
	} {
		if got := Text(secret); got != want {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
	// What a platform's previews are full of stays.
	for _, plain := range []string{
		"arn:aws:iam::123456789012:role/paddock-dev-cluster-role", "alias/paddock-state", "sha256:" + strings.Repeat("a", 64),
		"automountServiceAccountToken: false",
		"passwordPolicy: {length: 14}", "aws:secretsmanager/secret:Secret", "https://gitlab.com/a/b@v1", "secretName: tls",
		"docker.io/library/x:1@sha256:" + strings.Repeat("0", 64),
		"kms:Decrypt", "token.actions.githubusercontent.com", "basic authentication-is-switched-off",
	} {
		if got := Text(plain); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
}

func TestJSON(t *testing.T) {
	in := map[string]any{
		"dbPassword": "x", "empty": map[string]any{"password": ""}, "list": []any{"glpat-" + strings.Repeat("a", 20), true},
		"AKIA" + "IOSFODNN7EXAMPLE": "v",
		"privateKey":                map[string]any{"a": "b"}, "secretName": "tls", "tokenTTL": "1h",
	}
	want := map[string]any{
		"dbPassword": Mark, "empty": map[string]any{"password": ""}, "list": []any{Mark, true}, Mark: "v",
		"privateKey": map[string]any{"a": "b"}, "secretName": "tls", "tokenTTL": "1h",
	}
	if got := JSON(in); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
