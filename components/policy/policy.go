// Package policy writes IAM policy documents as typed Go, without asking a provider.
package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Conditions are the values a request must carry: operator, then context key, then any of the values.
type Conditions map[string]map[string][]string

// Principal is who a statement of a trust or resource policy speaks of.
type Principal struct {
	AWS       []string `json:"AWS,omitempty"`       // ARNs, or "*" for everybody
	Service   []string `json:"Service,omitempty"`   // "eks.amazonaws.com"
	Federated []string `json:"Federated,omitempty"` // ARN of an OIDC provider
}

// Effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Statement is one thing that is allowed, or denied whatever else allows it. Lists are written as lists even when they hold one value.
type Statement struct {
	Sid        string     `json:"Sid,omitempty"` // unset: none; unique within a document
	Effect     string     `json:"Effect"`        // unset: Allow
	Principal  *Principal `json:"Principal,omitempty"`
	Actions    []string   `json:"Action"`
	Resources  []string   `json:"Resource,omitempty"` // unset in trust policies, which may not have any
	Conditions Conditions `json:"Condition,omitempty"`
}

// Document is a whole policy.
type Document struct {
	Statements []Statement
}

// version is the policy language, not the document's: 2008-10-17, the default, lacks policy variables.
const version = "2012-10-17"

// JSON writes the document; the same document always gives the same bytes.
func (d Document) JSON() string {
	statements := slices.Clone(d.Statements)
	for i := range statements {
		if statements[i].Effect == "" {
			statements[i].Effect = Allow
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	// Encoding strings, slices and maps of strings into memory cannot fail.
	_ = enc.Encode(struct {
		Version   string      `json:"Version"`
		Statement []Statement `json:"Statement"`
	}{version, statements})
	return string(bytes.TrimSpace(out.Bytes()))
}

// When returns the document with the conditions added to every statement.
func (d Document) When(conditions ...Conditions) Document {
	statements := slices.Clone(d.Statements)
	for i := range statements {
		statements[i].Conditions = Join(append([]Conditions{statements[i].Conditions}, conditions...)...)
	}
	return Document{Statements: statements}
}

// Join returns conditions that hold when all of the given ones do; the last wins for a key named twice.
func Join(all ...Conditions) Conditions {
	joined := Conditions{}
	for _, conditions := range all {
		for operator, keys := range conditions {
			if joined[operator] == nil {
				joined[operator] = map[string][]string{}
			}
			maps.Copy(joined[operator], keys)
		}
	}
	return joined
}

// StringEquals demands that the key is present and is one of the values.
func StringEquals(key string, values ...string) Conditions {
	return Conditions{"StringEquals": {key: values}}
}

// StringLike demands that the key is present and matches one of the patterns (* and ? anywhere).
func StringLike(key string, patterns ...string) Conditions {
	return Conditions{"StringLike": {key: patterns}}
}

// StringEqualsIfExists demands that the key is one of the values, or absent.
func StringEqualsIfExists(key string, values ...string) Conditions {
	return Conditions{"StringEqualsIfExists": {key: values}}
}

// ArnLike demands that the key is present and matches one of the patterns (* and ? within an ARN's fields).
func ArnLike(key string, patterns ...string) Conditions {
	return Conditions{"ArnLike": {key: patterns}}
}
