package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The two versions of the policy language.
const (
	version2008 = "2008-10-17"
	version2012 = "2012-10-17"
)

// Statement is one statement of a policy. An empty field is one the policy does not have.
type Statement struct {
	Sid          string      `json:",omitempty"`
	Effect       string      // Allow or Deny; anything else matches nothing
	Principal    *Principals `json:",omitempty"`
	NotPrincipal *Principals `json:",omitempty"`
	Action       Strings     `json:",omitempty"`
	NotAction    Strings     `json:",omitempty"`
	Resource     Strings     `json:",omitempty"`
	NotResource  Strings     `json:",omitempty"`
	// Condition is operator -> key -> values.
	Condition map[string]map[string]Values `json:",omitempty"`
}

// UnmarshalJSON takes names as they are written: to IAM "action" is not Action, to encoding/json it would be.
func (s *Statement) UnmarshalJSON(raw []byte) error {
	fields, err := object(raw)
	if err != nil {
		return err
	}
	*s = Statement{}
	return errors.Join(
		decode(fields["Sid"], &s.Sid), decode(fields["Effect"], &s.Effect),
		decode(fields["Principal"], &s.Principal), decode(fields["NotPrincipal"], &s.NotPrincipal),
		decode(fields["Action"], &s.Action), decode(fields["NotAction"], &s.NotAction),
		decode(fields["Resource"], &s.Resource), decode(fields["NotResource"], &s.NotResource),
		decode(fields["Condition"], &s.Condition),
	)
}

func (s Statement) clone() Statement {
	s.Principal, s.NotPrincipal = s.Principal.clone(), s.NotPrincipal.clone()
	s.Action, s.NotAction = slices.Clone(s.Action), slices.Clone(s.NotAction)
	s.Resource, s.NotResource = slices.Clone(s.Resource), slices.Clone(s.NotResource)
	s.Condition = maps.Clone(s.Condition)
	for operator, keys := range s.Condition {
		keys = maps.Clone(keys)
		for key, values := range keys {
			keys[key] = slices.Clone(values)
		}
		s.Condition[operator] = keys
	}
	return s
}

// statements takes one statement or a list of them.
type statements []Statement

func (l *statements) UnmarshalJSON(raw []byte) error {
	if isList(raw) {
		return json.Unmarshal(raw, (*[]Statement)(l))
	}
	var one Statement
	err := json.Unmarshal(raw, &one)
	*l = statements{one}
	return err
}

// Strings takes one string or a list of them.
type Strings []string

// UnmarshalJSON refuses whatever is no string.
func (l *Strings) UnmarshalJSON(raw []byte) error {
	list, err := texts(raw, func(item []byte) (text string, err error) {
		if item[0] != '"' {
			return "", fmt.Errorf("want a string, got %s", item)
		}
		return text, json.Unmarshal(item, &text)
	})
	*l = list
	return err
}

// MarshalJSON writes a list of one string as that string.
func (l Strings) MarshalJSON() ([]byte, error) { return oneOrMany(l) }

// Values are what a condition compares with. Numbers and booleans count as what they are written as.
type Values []string

// UnmarshalJSON refuses objects, nested lists and null.
func (l *Values) UnmarshalJSON(raw []byte) error {
	list, err := texts(raw, func(item []byte) (text string, err error) {
		switch item[0] {
		case '"':
			return text, json.Unmarshal(item, &text)
		case '{', '[', 'n':
			return "", fmt.Errorf("want a string, a number or a boolean, got %s", item)
		}
		return string(item), nil
	})
	*l = list
	return err
}

// MarshalJSON writes a list of one value as that value.
func (l Values) MarshalJSON() ([]byte, error) { return oneOrMany(l) }

func texts(raw []byte, read func([]byte) (string, error)) ([]string, error) {
	items := []json.RawMessage{raw}
	if isList(raw) {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
	}
	list := make([]string, len(items))
	for i, item := range items {
		text, err := read(bytes.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		list[i] = text
	}
	return list, nil
}

func oneOrMany(list []string) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if len(list) == 1 {
		err := enc.Encode(list[0])
		return out.Bytes(), err
	}
	err := enc.Encode(list)
	return out.Bytes(), err
}

func isList(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '['
}

// object reads a JSON object; null is none.
func object(raw []byte) (fields map[string]json.RawMessage, err error) {
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errors.New("want an object, got null")
	}
	return fields, nil
}

// decode reads a field that may be missing.
func decode(raw json.RawMessage, into any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}
