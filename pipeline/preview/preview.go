// Package preview reads what `pulumi preview --json` prints, of any Pulumi program, and says what would change: by kind, by
// component, property by property. What it gives holds no secret that Pulumi marks or that looks like one; it is text of others
// in all else.
package preview

import (
	"fmt"
	"io"
	"slices"
)

// MaxInput is how many bytes of a preview are read: a thousand resources take about 10 MB.
const MaxInput = 512 << 20

// Preview is what a `pulumi up` would do, as far as the preview came.
type Preview struct {
	Project, Stack string // "" = the input does not say
	Changes        []Change
	Unchanged      int // resources that stay as they are
	Diagnostics    []Diagnostic
	Failed         string // why there is no whole preview, in words of ours; "" = it is whole
	Said           string // what was in the input beside the JSON
}

// Read reads a preview. That it failed is no error: Failed says why.
func Read(in io.Reader) (*Preview, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxInput+1))
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	if len(text) > MaxInput {
		return nil, fmt.Errorf("preview: more than %d bytes", MaxInput)
	}
	d, said := find(text)
	switch {
	case d == nil && said == "":
		return &Preview{Failed: "pulumi printed nothing; the job's log tells why"}, nil
	case d == nil:
		return &Preview{Said: said, Failed: "pulumi printed this instead of a preview"}, nil
	}
	p := &Preview{Diagnostics: d.Diagnostics, Said: said, Changes: changes(d.Steps), Unchanged: d.ChangeSummary["same"]}
	for _, s := range d.Steps {
		if u := parseURN(s.URN); u.project != "" {
			p.Project, p.Stack = u.project, u.stack
			break
		}
	}
	switch {
	case slices.ContainsFunc(d.Diagnostics, func(d Diagnostic) bool { return d.Severity == "error" }):
		p.Failed = "the preview ended with errors"
	case d.ChangeSummary == nil:
		p.Failed = "the preview did not come to its end"
	}
	return p, nil
}

// Count is how many changes there are of each kind.
func (p *Preview) Count() map[Kind]int {
	n := map[Kind]int{}
	for _, c := range p.Changes {
		n[c.Kind]++
	}
	return n
}

// Of gives the changes of some kinds.
func (p *Preview) Of(kinds ...Kind) []Change {
	var out []Change
	for _, c := range p.Changes {
		if slices.Contains(kinds, c.Kind) {
			out = append(out, c)
		}
	}
	return out
}
