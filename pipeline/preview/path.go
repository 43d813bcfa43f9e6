package preview

import (
	"fmt"
	"strconv"
	"strings"
)

// path leads to a property: keys and indexes.
type path []any

// parsePath reads Pulumi's notation: a.b[0]["c.d"]. What is not in it is taken for one key.
func parsePath(s string) path {
	var out path
	for rest := s; rest != ""; {
		switch {
		case strings.HasPrefix(rest, `["`):
			end := strings.Index(rest, `"]`)
			if end < 0 {
				return path{s}
			}
			key, err := strconv.Unquote(rest[1 : end+1])
			if err != nil {
				return path{s}
			}
			out, rest = append(out, key), rest[end+2:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return path{s}
			}
			index, err := strconv.Atoi(rest[1:end])
			if err != nil {
				return path{s}
			}
			out, rest = append(out, index), rest[end+1:]
		default:
			rest = strings.TrimPrefix(rest, ".")
			end := strings.IndexAny(rest, ".[")
			if end == 0 {
				return path{s}
			}
			if end < 0 {
				end = len(rest)
			}
			out, rest = append(out, rest[:end]), rest[end:]
		}
	}
	return out
}

func (p path) String() string {
	var b strings.Builder
	for _, part := range p {
		switch part := part.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", part)
		case string:
			if part == "" || strings.ContainsAny(part, ".[]\"") {
				fmt.Fprintf(&b, "[%q]", part)
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(part)
		}
	}
	return b.String()
}

func (p path) with(part any) path { return append(p[:len(p):len(p)], part) }

// in gives what is at the path in v. A part of a secret is that secret.
func (p path) in(v any) (any, bool) {
	for _, part := range p {
		switch at := v.(type) {
		case map[string]any:
			key, isKey := part.(string)
			next, ok := at[key]
			if !isKey || !ok {
				return nil, false
			}
			v = next
		case []any:
			index, isIndex := part.(int)
			if !isIndex || index < 0 || index >= len(at) {
				return nil, false
			}
			v = at[index]
		case string:
			return at, at == secret
		default:
			return nil, false
		}
	}
	return v, true
}
