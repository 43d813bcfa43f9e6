package preview

import "strings"

// secretInputs are properties that are secret whatever the program says.
var secretInputs = map[string][]string{
	"kubernetes:core/v1:Secret":      {"data", "stringData"},
	"kubernetes:core/v1:SecretPatch": {"data", "stringData"},
}

// secrets are the paths at which a step holds a secret: what one of its sets of values marks is hidden in all of them, since a
// value may have been plain before it was a secret, or be plain where it goes in and a secret where it comes out. So it is with
// a further state.
func (s step) secrets(more *state) map[string]bool {
	found := map[string]bool{}
	for _, st := range []*state{s.OldState, s.NewState, more} {
		if st == nil {
			continue
		}
		mark(nil, st.Inputs, found)
		mark(nil, st.Outputs, found)
		for _, key := range st.AdditionalSecretOutputs {
			found[path{key}.pattern()] = true
		}
	}
	for _, key := range secretInputs[parseURN(s.URN).kind] {
		found[path{key}.pattern()] = true
	}
	return found
}

func mark(at path, v any, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			mark(at.with(key), value, found)
		}
	case []any:
		for i, value := range v {
			mark(at.with(i), value, found)
		}
	case string:
		if v == secret {
			found[at.pattern()] = true
		}
	}
}

// pattern is a path whose indexes do not count: elements move.
func (p path) pattern() string {
	var b strings.Builder
	for _, part := range p {
		b.WriteByte(0)
		if key, ok := part.(string); ok {
			b.WriteString(key)
		}
	}
	return b.String()
}

// hides says whether a path is a secret's, or leads into one.
func (d *differ) hides(at path) bool {
	for n := range at {
		if d.secrets[at[:n+1].pattern()] {
			return true
		}
	}
	return false
}

// hide gives a value without the secrets in it.
func (d *differ) hide(at path, v any) any {
	if v != absent && d.hides(at) {
		return secret
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = d.hide(at.with(key), value)
		}
		return out
	case []any:
		out := []any{}
		for i, value := range v {
			out = append(out, d.hide(at.with(i), value))
		}
		return out
	}
	return v
}
