package iam

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// Fault is why AWS refuses a policy, in AWS's words. It is no error, so that a nil one cannot become an error that is not
// nil.
type Fault struct{ Code, Message string }

func malformed(message string) *Fault { return &Fault{"MalformedPolicyDocument", message} }

// Size is the length AWS compares with its quotas: characters, white space left out (IAM user guide, "IAM and STS quotas").
func Size(text string) int {
	n := 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// draft is a policy as it was handed in, before anybody knows that it is one.
type draft struct {
	fields     map[string]json.RawMessage
	statements []draftStatement
}

type draftStatement struct {
	Statement
	fields map[string]json.RawMessage
}

// readDraft takes the text apart; ok says that every field there is of the right type.
func readDraft(text string) (d draft, ok bool) {
	fields, err := object([]byte(text))
	if err != nil {
		return d, false
	}
	d.fields = fields
	for _, name := range []string{"Version", "Id"} {
		var value string
		if raw, has := fields[name]; has && (raw[0] != '"' || json.Unmarshal(raw, &value) != nil) {
			return d, false
		}
	}
	raw, has := fields["Statement"]
	if !has {
		return d, true
	}
	list := []json.RawMessage{raw}
	if isList(raw) && json.Unmarshal(raw, &list) != nil {
		return d, false
	}
	for _, one := range list {
		s, ok := readDraftStatement(one)
		if !ok {
			return d, false
		}
		d.statements = append(d.statements, s)
	}
	return d, true
}

func readDraftStatement(raw []byte) (s draftStatement, ok bool) {
	fields, err := object(raw)
	if err != nil || json.Unmarshal(raw, &s.Statement) != nil {
		return s, false
	}
	for _, value := range fields {
		if string(value) == "null" {
			return s, false
		}
	}
	for _, keys := range s.Condition {
		if keys == nil {
			return s, false
		}
	}
	s.fields = fields
	return s, true
}

func (d draft) version() string {
	var v string
	_ = json.Unmarshal(d.fields["Version"], &v) // readDraft saw that it is a string; "" where there is none
	return v
}

func (s draftStatement) has(name string) bool {
	_, ok := s.fields[name]
	return ok
}

// stranger is a field that is none of the known, "" = none; of several the first by name.
func stranger(fields map[string]json.RawMessage, known ...string) string {
	var found []string
	for name := range fields {
		if !slices.Contains(known, name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

// unknownOperator is a condition operator AWS does not know, "" = none. One without keys asks nothing and passes.
func (s draftStatement) unknownOperator() string {
	var found []string
	for name, keys := range s.Condition {
		if _, known := parseOperator(name); !known && len(keys) > 0 {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

// badDate says that a Date operator compares with something that is no date.
func (s draftStatement) badDate() bool {
	for name, keys := range s.Condition {
		if o, known := parseOperator(name); !known || !strings.HasPrefix(o.base, "Date") {
			continue
		}
		for _, values := range keys {
			for _, value := range values {
				if _, ok := parseDate(value); !ok && !strings.Contains(value, "${") {
					return true
				}
			}
		}
	}
	return false
}

const sidFault = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"

// alphanumeric is what a Sid must be.
func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// repeated says that two statements have the same Sid.
func (d draft) repeated() bool {
	seen := map[string]bool{}
	for _, s := range d.statements {
		if s.Sid != "" && seen[s.Sid] {
			return true
		}
		seen[s.Sid] = true
	}
	return false
}
