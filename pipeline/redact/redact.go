// Package redact is a second fence around secrets: it takes out what looks like one wherever it stands. The first fence is
// Pulumi, which writes [secret] for every value that it knows to be one.
package redact

import (
	"regexp"
	"slices"
	"strings"
)

// Mark stands where a secret was: Pulumi's own word.
const Mark = "[secret]"

// A shape is a secret that is known by its form. What the group keep matches stays, and so does end. It is only looked for in
// texts that hold one of the hints, in small letters: a preview has tens of thousands of texts, and next to none with a secret.
type shape struct {
	hints []string
	form  *regexp.Regexp
}

func a(form string, hints ...string) shape { return shape{hints, regexp.MustCompile(form)} }

var shapes = []shape{
	// Private keys in PEM; one that was cut off has no end.
	a(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|$)`, "private key"),
	// AWS: access key ids (long-lived and temporary), and what stands next to the usual names of the other two.
	a(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`, "akia", "asia"),
	a(`(?i)(?P<keep>(secret_?access_?key|session_?token)[\\"']*\s*[:=]\s*[\\"']*)[A-Za-z0-9/+=]{16,}`, "secret", "session"),
	// Presigned requests to AWS are as good as the credentials that signed them.
	a(`(?i)(?P<keep>X-Amz-(Signature|Security-Token)=)[A-Za-z0-9%/+=_-]+`, "x-amz-"),
	a(`k8s-aws-v1\.[A-Za-z0-9_-]{16,}`, "k8s-aws-v1"),
	// GitLab (https://docs.gitlab.com/security/tokens/#token-prefixes), GitHub, Slack, Pulumi, npm, Google, Stripe, Docker Hub.
	a(`\b(glpat|gloas|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct)-[A-Za-z0-9_.-]{16,}`, "gl"),
	a(`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`, "gh", "github_pat"),
	a(`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`, "xox"),
	a(`\bpul-[0-9a-f]{40}\b`, "pul-"),
	a(`\bnpm_[A-Za-z0-9]{36}\b`, "npm_"),
	a(`\bAIza[A-Za-z0-9_-]{35}`, "aiza"),
	a(`\b[sr]k_(live|test)_[A-Za-z0-9]{16,}`, "k_live_", "k_test_"),
	a(`\bdckr_pat_[A-Za-z0-9_-]{20,}`, "dckr_pat_"),
	// JSON Web Tokens, headers, passwords in URLs and in text.
	a(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`, "eyj"),
	a(`(?i)(?P<keep>\b(bearer|authorization[\\"']*:\s*[\\"']*basic)\s+)[A-Za-z0-9._~+/=-]{16,}`, "bearer", "basic"),
	a(`(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/:@"'<>]*:)[^\s/@"'<>]+(?P<end>@)`, "://"),
	a(`(?i)(?P<keep>(password|passwd|client_?secret|api_?key|auth_?token|access_?token)[\\"']*\s*[:=]\s*[\\"']*)[^\s\\"',;}\]]{4,}`,
		"pass", "secret", "key", "token"),
}

// names are last words of a property whose text is a secret whatever it looks like.
var names = regexp.MustCompile(`(?i)(password|passwd|passphrase|private_?key(_?pem)?|secret_?(access_?)?key|client_?secret|api_?key|` +
	`(auth|access|session|refresh|bearer|api|registration)_?token|connection_?string)$`)

// Text gives the text without what looks like a secret.
func Text(s string) string {
	small := strings.ToLower(s)
	for _, shape := range shapes {
		if slices.ContainsFunc(shape.hints, func(hint string) bool { return strings.Contains(small, hint) }) {
			s = shape.form.ReplaceAllString(s, "${keep}"+Mark+"${end}")
		}
	}
	return s
}

// Named says that a property of this name holds a secret.
func Named(property string) bool { return names.MatchString(property) }

// JSON takes secrets out of a decoded JSON document, keys and values.
func JSON(v any) any {
	switch v := v.(type) {
	case string:
		return Text(v)
	case []any:
		for i := range v {
			v[i] = JSON(v[i])
		}
	case map[string]any:
		for key, value := range v {
			clean := Text(key)
			if clean != key {
				delete(v, key)
			}
			if _, isText := value.(string); isText && Named(key) && value != "" {
				v[clean] = Mark
				continue
			}
			v[clean] = JSON(value)
		}
	}
	return v
}

// Token takes one known secret out of a text, such as an error that may quote it.
func Token(s, token string) string {
	if token == "" {
		return s
	}
	return strings.ReplaceAll(s, token, Mark)
}
