package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Document is a parsed policy, ready to be asked. It never changes, so any number of goroutines may share one.
type Document struct {
	version    string
	id         string
	statements []Statement
	rules      []rule
}

// parsed remembers documents by text: a policy is written once and asked with every call. It is emptied when full,
// because a text nobody uses any more is never announced.
var parsed = struct {
	sync.RWMutex
	byText map[string]*Document
}{byText: map[string]*Document{}}

const parsedMax = 4096

// Parse reads a policy to evaluate it. It is lenient: fields it does not know are left out, and a statement that AWS
// would refuse simply matches nothing. CheckIdentity and CheckTrust are the strict readings.
func Parse(text string) (*Document, error) {
	parsed.RLock()
	d := parsed.byText[text]
	parsed.RUnlock()
	if d != nil {
		return d, nil
	}
	d, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("iam policy: %w", err)
	}
	parsed.Lock()
	defer parsed.Unlock()
	if len(parsed.byText) >= parsedMax {
		clear(parsed.byText)
	}
	parsed.byText[text] = d
	return d, nil
}

func read(text string) (*Document, error) {
	fields, err := object([]byte(text))
	if err != nil {
		return nil, err
	}
	var version, id string
	var list statements
	if err := errors.Join(
		decode(fields["Version"], &version), decode(fields["Id"], &id), decode(fields["Statement"], &list),
	); err != nil {
		return nil, err
	}
	return compile(version, id, list), nil
}

// New is a policy of these statements, of version 2012-10-17.
func New(list ...Statement) *Document {
	return compile(version2012, "", list)
}

// compile makes a document ready to be asked. Policy variables exist only since 2012-10-17; a policy without a version
// is of 2008-10-17 (IAM user guide, "Version").
func compile(version, id string, list []Statement) *Document {
	d := &Document{version: version, id: id}
	for _, s := range list {
		s = s.clone()
		d.statements = append(d.statements, s)
		d.rules = append(d.rules, s.rule(version == version2012))
	}
	return d
}

// Statements are copies; changing them does not change the document.
func (d *Document) Statements() []Statement {
	list := make([]Statement, len(d.statements))
	for i, s := range d.statements {
		list[i] = s.clone()
	}
	return list
}

// Without is the document less its i-th statement; the document itself if there is none.
func (d *Document) Without(i int) *Document {
	if i < 0 || i >= len(d.statements) {
		return d
	}
	return compile(d.version, d.id, slices.Delete(slices.Clone(d.statements), i, i+1))
}

// Text is the policy as JSON: statements always as a list, a list of one string as that string.
func (d *Document) Text() string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // a reader should find "<" in a policy as it was written
	list := d.statements
	if list == nil {
		list = []Statement{}
	}
	// Strings, maps of strings and lists of them cannot fail to encode.
	_ = enc.Encode(struct {
		Version   string `json:",omitempty"`
		ID        string `json:"Id,omitempty"`
		Statement []Statement
	}{d.version, d.id, list})
	return string(bytes.TrimSpace(out.Bytes()))
}
