package aws

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// filtered keeps what passes every filter of the call. paths tell where in an item each filter looks; filters by tag look
// into its tagSet.
func filtered(in *Call, items []Props, paths map[string]string, tagged bool) ([]Props, error) {
	for _, f := range objs(in.Params, "Filter") {
		name := str(f, "Name")
		look, err := looker(name, paths, tagged)
		if err != nil {
			return nil, err
		}
		want := wanted(strs(f, "Value"))
		var kept []Props
		for _, item := range items {
			if anyMatch(look(item), want) {
				kept = append(kept, item)
			}
		}
		items = kept
	}
	return items, nil
}

// looker finds what a filter compares.
func looker(name string, paths map[string]string, tagged bool) (func(Props) []string, error) {
	if path, ok := paths[name]; ok {
		return func(item Props) []string { return valuesAt(item, strings.Split(path, ".")) }, nil
	}
	key, byTag := strings.CutPrefix(name, "tag:")
	switch {
	case tagged && byTag:
		return func(item Props) []string {
			for _, tag := range objs(item, "tagSet") {
				if str(tag, "key") == key {
					return []string{str(tag, "value")}
				}
			}
			return nil
		}, nil
	case tagged && name == "tag-key":
		return func(item Props) []string { return valuesAt(item, []string{"tagSet", "key"}) }, nil
	case tagged && name == "tag-value":
		return func(item Props) []string { return valuesAt(item, []string{"tagSet", "value"}) }, nil
	}
	return nil, fail("InvalidParameterValue", "The filter '%s' is invalid", name)
}

// valuesAt are all values at a path, through every element of the lists on the way.
func valuesAt(v any, path []string) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case Props:
		if len(path) == 0 {
			return nil
		}
		return valuesAt(v[path[0]], path[1:])
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, valuesAt(e, path)...)
		}
		return out
	case time.Time:
		return []string{v.UTC().Format("2006-01-02T15:04:05.000Z")}
	}
	if len(path) > 0 {
		return nil
	}
	return []string{fmt.Sprint(v)}
}

// wanted compiles the values of a filter, in which * stands for anything and ? for one character.
func wanted(values []string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, value := range values {
		text, escaped := strings.Builder{}, false
		for _, c := range value {
			switch {
			case !escaped && c == '\\':
				escaped = true
				continue
			case !escaped && c == '*':
				text.WriteString(".*")
			case !escaped && c == '?':
				text.WriteString(".")
			default:
				text.WriteString(regexp.QuoteMeta(string(c)))
			}
			escaped = false
		}
		out = append(out, regexp.MustCompile("(?s)^"+text.String()+"$")) // quoted above: it always compiles
	}
	return out
}

func anyMatch(values []string, want []*regexp.Regexp) bool {
	for _, v := range values {
		for _, w := range want {
			if w.MatchString(v) {
				return true
			}
		}
	}
	return false
}
