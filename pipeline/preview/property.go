package preview

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"paddock/pipeline/redact"
)

// Property is one value that changes, as JSON.
type Property struct {
	Path     string
	Old, New string // "" = there is none
}

const (
	secret  = redact.Mark
	unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" // Pulumi's sign for what only the update will tell
)

// Unknown stands for a value that only the update will tell.
const Unknown = "(known after the update)"

// properties says which values change: all inputs of what comes or goes, the difference of the rest.
func (s step) properties(kind Kind, secrets map[string]bool) []Property {
	d := &differ{secrets: secrets}
	old, now := s.OldState, s.NewState
	switch {
	case kind == Create && now != nil:
		d.compare(nil, absent, any(now.Inputs))
	case (kind == Delete || kind == Gone) && old != nil:
		d.compare(nil, any(old.Inputs), absent)
	case old == nil || now == nil:
	case s.DetailedDiff != nil:
		s.detailed(d, kind)
	case kind == Drift:
		d.compare(nil, any(old.Outputs), any(now.Outputs))
	case len(s.DiffReasons) > 0:
		for _, key := range slices.Sorted(slices.Values(s.DiffReasons)) {
			at := parsePath(key)
			d.differs(at, lookup(at, old.Inputs), lookup(at, now.Inputs))
		}
	default:
		d.compare(nil, any(old.Inputs), any(now.Inputs))
	}
	if old != nil && now != nil && old.Protect != now.Protect {
		d.compare(path{"(protect)"}, old.Protect, now.Protect)
	}
	return d.out
}

// detailed follows the provider's own word on what differs.
func (s step) detailed(d *differ, kind Kind) {
	for _, key := range slices.Sorted(maps.Keys(s.DetailedDiff)) {
		how, at := s.DetailedDiff[key], parsePath(key)
		before, after := []map[string]any{s.OldState.Outputs, s.OldState.Inputs}, []map[string]any{s.NewState.Inputs, s.NewState.Outputs}
		if how.InputDiff {
			slices.Reverse(before)
		}
		if kind == Drift {
			slices.Reverse(after)
		}
		was, is := lookup(at, before...), lookup(at, after...)
		if strings.HasPrefix(how.Kind, "add") {
			was = absent
		}
		if strings.HasPrefix(how.Kind, "delete") {
			is = absent
		}
		d.differs(at, was, is)
	}
}

// reasons are the properties that force a replacement, in the provider's words or else in Pulumi's.
func (s step) reasons() []string {
	var out []string
	for key, how := range s.DetailedDiff {
		if strings.HasSuffix(how.Kind, "-replace") {
			out = append(out, key)
		}
	}
	if len(out) == 0 {
		out = slices.Clone(s.ReplaceReasons)
	}
	slices.Sort(out)
	return out
}

// absent is no value, as opposed to null.
var absent = any(struct{}{})

func lookup(at path, in ...map[string]any) any {
	for _, values := range in {
		if v, ok := at.in(values); ok {
			return v
		}
	}
	return absent
}

// differ collects the differences of values.
type differ struct {
	secrets map[string]bool
	out     []Property
}

// differs adds what somebody says is different, even if the values do not show it, as those of secrets.
func (d *differ) differs(at path, old, now any) {
	n := len(d.out)
	if d.compare(at, old, now); len(d.out) == n {
		d.add(at, old, now)
	}
}

// compare goes down to the single values that differ.
func (d *differ) compare(at path, old, now any) {
	oldMap, oldIsMap := old.(map[string]any)
	nowMap, nowIsMap := now.(map[string]any)
	oldList, oldIsList := old.([]any)
	nowList, nowIsList := now.([]any)
	switch {
	case reflect.DeepEqual(old, now):
	case d.hides(at):
		d.add(at, old, now)
	case (oldIsMap || old == absent) && (nowIsMap || now == absent) && len(oldMap)+len(nowMap) > 0:
		keys := map[string]bool{}
		for key := range oldMap {
			keys[key] = true
		}
		for key := range nowMap {
			keys[key] = true
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if key == "__defaults" { // the SDK's own note
				continue
			}
			d.compare(at.with(key), lookup(path{key}, oldMap), lookup(path{key}, nowMap))
		}
	case (oldIsList || old == absent) && (nowIsList || now == absent) && len(oldList)+len(nowList) > 0:
		for i := range max(len(oldList), len(nowList)) {
			d.compare(at.with(i), element(oldList, i), element(nowList, i))
		}
	case len(at) > 0:
		d.add(at, old, now)
	}
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return absent
}

func (d *differ) add(at path, old, now any) {
	d.out = append(d.out, Property{Path: at.String(), Old: text(d.hide(at, old)), New: text(d.hide(at, now))})
}

// text is a value as JSON.
func text(v any) string {
	if v == absent {
		return ""
	}
	if s, ok := v.(string); ok && s == secret {
		return secret
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "(not JSON)"
	}
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), `"`+unknown+`"`, Unknown)
}
