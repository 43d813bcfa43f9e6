package config

import (
	"reflect"
	"slices"
	"strings"
)

// Overlay lays v over out, a pointer to a struct, as Load lays a program's config over its defaults. v is what encoding/json makes
// of a document with UseNumber: maps, lists, strings, json.Number, bool, nil. Faults are noted in j.
func Overlay(v, out any, j *Judge) {
	d := decoder{Judge: *j}
	d.value("", v, reflect.ValueOf(out).Elem())
	j.Faults = d.Faults
}

// Beside drops those faults whose values never were decoded: of each key, the first fault is the one to mend.
func (f Faults) Beside(decoded Faults) Faults {
	return slices.DeleteFunc(slices.Clone(f), func(f Fault) bool {
		return slices.ContainsFunc(decoded, func(d Fault) bool {
			return f.Path == d.Path || Within(d.Path, f.Path) || Within(f.Path, d.Path)
		})
	})
}

// Within says whether a path leads to something inside what another leads to.
func Within(path, outer string) bool {
	rest, below := strings.CutPrefix(path, outer)
	return below && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// KeysOf lists the keys of a struct type that is read as config, in the order of its fields.
func KeysOf(t reflect.Type) []string { return keys(t) }
