package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Props are the properties of a resource as plain JSON: maps, []any, string, float64, bool. A value that is not known
// before `up` is the engine's own mark.
type Props = map[string]any

// unknown is that mark for a string, as Pulumi's wire protocol fixes it; unknowns has those of every type. They are stated
// here because the package that exports them brings half of Pulumi along.
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

var unknowns = map[string]bool{
	unknown:                                true,
	"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7": true, // bool
	"3eeb2bf0-c639-47a8-9e75-3b44932eb421": true, // number
	"6a19a0b0-7e62-4c92-b797-7f8e31da9cc2": true, // array
	"030794c1-ac77-496b-92df-f27374a8bd58": true, // asset
	"e48ece36-62e2-4504-bad9-02848725956a": true, // archive
	"dd056dcd-154b-4c76-9bd3-c8f88648b5ff": true, // object
}

func isUnknown(v any) bool {
	s, ok := v.(string)
	return ok && unknowns[s]
}

// hasUnknown looks through v whole.
func hasUnknown(v any) bool {
	switch v := v.(type) {
	case Props:
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if hasUnknown(e) {
				return true
			}
		}
	}
	return isUnknown(v)
}

// get follows a dotted path; nil = not there.
func get(p Props, path string) any {
	var v any = p
	for _, part := range strings.Split(path, ".") {
		m, ok := v.(Props)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

// set writes at a dotted path, making the objects on the way; it leaves an object alone that is not known yet.
func set(p Props, path string, value any) {
	parts := strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		if isUnknown(p[part]) {
			return
		}
		next, ok := p[part].(Props)
		if !ok {
			next = Props{}
			p[part] = next
		}
		p = next
	}
	p[parts[len(parts)-1]] = value
}

// str is the string at path; empty = unset or not known yet.
func str(p Props, path string) string {
	if s, ok := get(p, path).(string); ok && !isUnknown(s) {
		return s
	}
	return ""
}

// num is the number at path, or otherwise.
func num(p Props, path string, otherwise int) int {
	switch n := get(p, path).(type) {
	case float64:
		return int(n)
	case int:
		return n
	}
	return otherwise
}

// yes is the boolean at path, or otherwise.
func yes(p Props, path string, otherwise bool) bool {
	if b, ok := get(p, path).(bool); ok {
		return b
	}
	return otherwise
}

// strs are the strings at path, be it one or a list; unknown ones are left out.
func strs(p Props, path string) []string {
	var out []string
	switch v := get(p, path).(type) {
	case string:
		if v != "" && !isUnknown(v) {
			out = append(out, v)
		}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok && !isUnknown(s) {
				out = append(out, s)
			}
		}
	case []string:
		out = append(out, v...)
	}
	return out
}

// sameStrings says that two lists hold the same, in whatever order.
func sameStrings(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// objs are the objects of the list at path.
func objs(p Props, path string) []Props {
	var out []Props
	list, _ := get(p, path).([]any)
	for _, e := range list {
		if m, ok := e.(Props); ok {
			out = append(out, m)
		}
	}
	return out
}

// pairs is the object at path as strings.
func pairs(p Props, path string) map[string]string {
	out := map[string]string{}
	m, _ := get(p, path).(Props)
	for k, v := range m {
		out[k] = fmt.Sprint(v)
	}
	return out
}

func clone(p Props) Props {
	if p == nil {
		return nil
	}
	return copyValue(p).(Props)
}

func copyValue(v any) any {
	switch v := v.(type) {
	case Props:
		out := make(Props, len(v))
		for k, e := range v {
			out[k] = copyValue(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = copyValue(e)
		}
		return out
	}
	return v
}

// merge lays over upon base: objects entry by entry, everything else whole. Neither is changed.
func merge(base, over Props) Props {
	out := clone(base)
	if out == nil {
		out = Props{}
	}
	for k, v := range over {
		b, isObject := out[k].(Props)
		if o, ok := v.(Props); ok && isObject {
			out[k] = merge(b, o)
			continue
		}
		out[k] = copyValue(v)
	}
	return out
}

// normal brings p to the types that JSON reads back, without nulls.
func normal(p Props) Props {
	if p == nil {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("aws stand-in: properties are not JSON: %v; please report this", err))
	}
	out := Props{}
	_ = json.Unmarshal(raw, &out)
	return trim(out)
}

// trim drops nulls and the engine's own keys.
func trim(p Props) Props {
	for k, v := range p {
		switch v := v.(type) {
		case nil:
			delete(p, k)
		case Props:
			trim(v)
		}
		if strings.HasPrefix(k, "__") {
			delete(p, k)
		}
	}
	return p
}

func splitKey(k string) (kind, id string) {
	kind, id, _ = strings.Cut(k, "\x00")
	return kind, id
}
