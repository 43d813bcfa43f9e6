// Package redact is a second fence around secrets: it takes out what looks like one wherever it stands. The first fence is
// Pulumi, which writes [secret] for every value that it knows to be one.
package redact

import (
	"regexp"
	"strings"
)

// Mark stands where a secret was: Pulumi's own word.
const Mark = "[secret]"

// shapes are secrets that are known by their form. A group named keep stays.
var shapes = compile(
	// Private keys in PEM; one that was cut off has no end.
	`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|$)`,
	// AWS: access key ids (long-lived and temporary), and what stands next to the usual names of the other two.
	`\b(AKIA|ASIA)[A-Z0-9]{16}\b`,
	`(?i)(?P<keep>(aws_?)?(secret_?access_?key|session_?token)[\\"']*\s*[:=]\s*[\\"']*)[A-Za-z0-9/+=]{16,}`,
	// GitLab (https://docs.gitlab.com/security/tokens/#token-prefixes), GitHub, Slack, Pulumi, npm, Google, Stripe, Docker Hub.
	`\b(glpat|gloas|gldt|glrt|glrtr|glcbt|glptt|glft|glimt|glagent|glwt|glsoat|glffct)-[A-Za-z0-9_.-]{16,}`,
	`\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`,
	`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`,
	`\bpul-[0-9a-f]{40}\b`,
	`\bnpm_[A-Za-z0-9]{36}\b`,
	`\bAIza[A-Za-z0-9_-]{35}`,
	`\b[sr]k_(live|test)_[A-Za-z0-9]{16,}`,
	`\bdckr_pat_[A-Za-z0-9_-]{20,}`,
	// JSON Web Tokens, bearer headers, passwords in URLs and in text.
	`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
	`(?i)(?P<keep>\b(bearer|authorization[\\"']*:\s*[\\"']*basic)\s+)[A-Za-z0-9._~+/=-]{16,}`,
	`(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/:@"'<>]*:)[^\s/@"'<>]+(?P<end>@)`,
	`(?i)(?P<keep>\b(password|passwd|pwd|client_?secret|api_?key|auth_?token|access_?token)[\\"']*\s*[:=]\s*[\\"']*)[^\s\\"',;}\]]{4,}`,
	// Presigned requests to AWS are as good as the credentials that signed them.
	`(?i)(?P<keep>X-Amz-(Signature|Security-Token)=)[A-Za-z0-9%/+=_-]+`,
	`k8s-aws-v1\.[A-Za-z0-9_-]{16,}`,
)

// names are last words of a property whose text is a secret whatever it looks like.
var names = regexp.MustCompile(`(?i)(password|passwd|passphrase|private_?key(_?pem)?|secret_?(access_?)?key|client_?secret|api_?key|` +
	`(auth|access|session|refresh|bearer|api|registration)_?token|connection_?string)$`)

func compile(patterns ...string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range patterns {
		out = append(out, regexp.MustCompile(p))
	}
	return out
}

// Text gives the text without what looks like a secret.
func Text(s string) string {
	for _, shape := range shapes {
		s = shape.ReplaceAllString(s, "${keep}"+Mark+"${end}")
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
