package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein" // near misses; in the build already, by Pulumi's SDK
)

// decoder lays decoded JSON over a config that already holds its defaults. It is
// stricter than encoding/json and says more: every fault is kept, with its path.
// Structs are overlaid by field; maps by entry, where null takes an entry away
// and an entry that is new starts from fresh; lists are replaced.
type decoder struct {
	Judge
	fresh map[reflect.Type]func() any // what a new map entry of a type starts from; none = zero
}

// value decodes v into the settable out.
func (d *decoder) value(path string, v any, out reflect.Value) {
	if handled := d.custom(path, v, out); handled {
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		d.object(path, v, out)
	case reflect.Map:
		d.entries(path, v, out)
	case reflect.Slice:
		d.list(path, v, out)
	default:
		d.scalar(path, v, out)
	}
}

// custom lets a type read its own notation.
func (d *decoder) custom(path string, v any, out reflect.Value) bool {
	switch own := out.Addr().Interface().(type) {
	case json.Unmarshaler:
		raw, err := json.Marshal(v)
		if err == nil {
			err = own.UnmarshalJSON(raw)
		}
		if err != nil {
			d.Add(path, typed(v), "%v", err)
		}
		return true
	case encoding.TextUnmarshaler:
		text, ok := v.(string)
		if !ok || own.UnmarshalText([]byte(text)) != nil {
			d.Add(path, typed(v), "want %s", wanted(out.Type()))
		}
		return true
	}
	return false
}

func (d *decoder) object(path string, v any, out reflect.Value) {
	in, ok := v.(map[string]any)
	if !ok {
		d.Add(path, typed(v), "want an object with the keys %s", strings.Join(keys(out.Type()), ", "))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if i := slices.Index(keys(out.Type()), key); i >= 0 {
			d.value(below(path, key), in[key], out.Field(i))
		} else {
			d.Add(below(path, key), nil, "unknown key: want one of %s%s", strings.Join(keys(out.Type()), ", "), meant(key, keys(out.Type())))
		}
	}
}

// meant names the key that a misspelt one is nearest to, if it is near: two letters away, and most of it right.
func meant(key string, known []string) string {
	nearest := slices.MinFunc(known, func(a, b string) int { return levenshtein.Distance(key, a, nil) - levenshtein.Distance(key, b, nil) })
	if away := levenshtein.Distance(key, nearest, nil); away > 2 || 2*away >= len(key) {
		return ""
	}
	return "; did you mean " + nearest + "?"
}

func (d *decoder) entries(path string, v any, out reflect.Value) {
	in, ok := v.(map[string]any)
	if !ok {
		d.Add(path, typed(v), "want an object")
		return
	}
	if out.IsNil() {
		out.Set(reflect.MakeMap(out.Type()))
	}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		name := reflect.ValueOf(key)
		if in[key] == nil {
			out.SetMapIndex(name, reflect.Value{})
			continue
		}
		entry := reflect.New(out.Type().Elem()).Elem()
		if old := out.MapIndex(name); old.IsValid() {
			entry.Set(old)
		} else if fresh, ok := d.fresh[entry.Type()]; ok {
			entry.Set(reflect.ValueOf(fresh()))
		}
		d.value(below(path, key), in[key], entry)
		out.SetMapIndex(name, entry)
	}
}

func (d *decoder) list(path string, v any, out reflect.Value) {
	in, ok := v.([]any)
	if !ok {
		d.Add(path, typed(v), "want a list")
		return
	}
	list := reflect.MakeSlice(out.Type(), len(in), len(in))
	for i, element := range in {
		d.value(fmt.Sprintf("%s[%d]", path, i), element, list.Index(i))
	}
	out.Set(list)
}

// scalar takes strings for strings, numbers for numbers: "4" is not 4.
func (d *decoder) scalar(path string, v any, out reflect.Value) {
	switch number, isNumber := v.(json.Number); {
	case reflect.TypeOf(v) == out.Type():
		out.Set(reflect.ValueOf(v))
		return
	case isNumber && out.Kind() == reflect.Int:
		if n, err := strconv.Atoi(number.String()); err == nil {
			out.SetInt(int64(n))
			return
		}
	case isNumber && out.Kind() == reflect.Float64:
		if n, err := number.Float64(); err == nil {
			out.SetFloat(n)
			return
		}
	}
	d.Add(path, typed(v), "want %s", wanted(out.Type()))
}

// parse reads one JSON document whole, numbers as they are written.
func parse(raw string) (any, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(raw)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("text after the value")
	}
	return v, nil
}

// keys lists the config keys of a struct in field order; its exported fields come first, and each has one.
func keys(t reflect.Type) []string {
	var list []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			list = append(list, f.Tag.Get("config"))
		}
	}
	return list
}

// wanted describes a type to the operator; one with a notation of its own says it by Wanted.
func wanted(t reflect.Type) string {
	if own, ok := reflect.Zero(t).Interface().(interface{ Wanted() string }); ok {
		return own.Wanted()
	}
	switch {
	case t == reflect.TypeFor[netip.Prefix]():
		return "an IPv4 block such as 10.0.0.0/16"
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "a string; put it in quotes"
}

// typed writes a value so that its type shows: "4" and 4, null and "".
func typed(v any) Literal {
	raw, err := json.Marshal(v)
	if err != nil {
		return Literal(fmt.Sprint(v))
	}
	return Literal(raw)
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
