package preview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"paddock/pipeline/redact"
)

// digest is what `pulumi preview --json` prints, as of Pulumi 3.259: the parts of it that are read here.
type digest struct {
	Steps         []step
	Diagnostics   []Diagnostic
	ChangeSummary map[string]int // absent where the preview did not come to its end
	Duration      json.Number
}

type step struct {
	Op                          string
	URN                         string
	OldState, NewState          *state
	DiffReasons, ReplaceReasons []string
	DetailedDiff                map[string]detail // by property path; nil = the provider does not say
}

type detail struct {
	Kind      string // add, delete, update, each also with -replace
	InputDiff bool   // the old value is that of the inputs, not of the outputs
}

type state struct {
	ID                      string
	Parent                  string
	Custom                  bool // false = a component
	Protect                 bool
	External                bool // read, not managed
	RetainOnDelete          bool
	Inputs, Outputs         map[string]any
	AdditionalSecretOutputs []string
}

// Diagnostic is something that Pulumi or a provider said.
type Diagnostic struct {
	URN      string
	Message  string
	Severity string // info, info#err, warning, error
}

// find decodes the digest in text, where other output may stand before and after it, without what looks like a secret; nil if
// there is none. The rest of the text comes back, too.
func find(text []byte) (*digest, string) {
	for from := 0; from < len(text); {
		at := bytes.IndexByte(text[from:], '{')
		if at < 0 {
			break
		}
		at += from
		from = at + 1
		if at > 0 && text[at-1] != '\n' { // Pulumi's document begins a line
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(text[at:]))
		dec.UseNumber()
		var document any
		if err := dec.Decode(&document); err != nil {
			continue
		}
		d, err := read(document)
		if err != nil {
			continue
		}
		rest := string(text[:at]) + string(text[at+int(dec.InputOffset()):])
		return d, redact.Text(strings.TrimSpace(rest))
	}
	return nil, redact.Text(strings.TrimSpace(string(text)))
}

// read turns a document into a digest. Nothing is read of it before secrets are out.
func read(document any) (*digest, error) {
	object, _ := document.(map[string]any)
	known := false
	for _, key := range []string{"steps", "diagnostics", "changeSummary", "duration", "config"} {
		if _, ok := object[key]; ok {
			known = true
		}
	}
	if !known && len(object) > 0 {
		return nil, fmt.Errorf("the JSON is not that of `pulumi preview --json`")
	}
	clean, err := json.Marshal(redact.JSON(document))
	if err != nil {
		return nil, err
	}
	d := &digest{}
	dec := json.NewDecoder(bytes.NewReader(clean))
	dec.UseNumber()
	return d, dec.Decode(d)
}

// urn is a resource's name in all of Pulumi: urn:pulumi:<stack>::<project>::<types of the parents>$<type>::<name>.
type urn struct{ stack, project, kind, name string }

func parseURN(s string) urn {
	parts := strings.SplitN(strings.TrimPrefix(s, "urn:pulumi:"), "::", 4)
	if len(parts) < 4 {
		return urn{name: s}
	}
	return urn{parts[0], parts[1], parts[2][strings.LastIndexByte(parts[2], '$')+1:], parts[3]}
}

// stackType is the type of the resource that stands for the whole stack.
const stackType = "pulumi:pulumi:Stack"
