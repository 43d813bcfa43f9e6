package servicefile

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"paddock/components/quantity"
	"paddock/config"
)

// judge holds a file against its rules.
type judge struct {
	config.Judge
	given func(path string, value reflect.Value) bool // whether a key is in the file
}

// Validate judges a file that was not loaded: its zero values count as not given. The error is config.Faults.
func (f File) Validate() error {
	j := &judge{given: func(_ string, v reflect.Value) bool { return !v.IsZero() }}
	j.file(f)
	return j.Err()
}

func (j *judge) file(f File) {
	j.keys("", "", reflect.ValueOf(f))
	j.whole(f)
}

// keys judges a struct by the table of fields. path is where the operator sees it, key how the table calls it.
func (j *judge) keys(path, key string, v reflect.Value) {
	for i, name := range config.KeysOf(v.Type()) {
		at, entry := below(path, name), below(key, name)
		switch rule := fields[entry]; {
		case j.given(at, v.Field(i)):
			j.value(at, entry, v.Field(i))
		case rule.unset != "":
		case rule.rule.want != "":
			j.Add(at, nil, "missing: want %s", rule.rule.want)
		default:
			j.Add(at, nil, "missing: want an object with the keys %s", list(config.KeysOf(v.Field(i).Type())))
		}
	}
}

func (j *judge) value(path, key string, v reflect.Value) {
	switch rule := fields[key].rule; v.Kind() {
	case reflect.Struct:
		j.keys(path, key, v)
	case reflect.Map:
		for name, entry := range v.Seq2() {
			j.text(below(path, name.String()), name.String(), fields[key].keys)
			j.value(below(path, name.String()), key+".*", entry)
		}
	case reflect.Slice:
		for i := range v.Len() {
			j.value(fmt.Sprintf("%s[%d]", path, i), key+"[]", v.Index(i))
		}
	case reflect.Int:
		if n := int(v.Int()); n < rule.min || n > rule.max {
			j.Add(path, n, "want %s", rule.want)
		}
	case reflect.String:
		if v.Type() != reflect.TypeFor[quantity.Quantity]() { // which has read its own notation
			j.text(path, v.String(), rule)
		}
	}
}

// text judges a string by its pattern and length.
func (j *judge) text(path, text string, r rule) {
	if r.longest > 0 && utf8.RuneCountInString(text) > r.longest || r.pattern != "" && !compiled(r.pattern).MatchString(text) {
		j.Add(path, text, "want %s", r.want)
	}
}

var patterns sync.Map // of their compiled forms

func compiled(pattern string) *regexp.Regexp {
	if known, ok := patterns.Load(pattern); ok {
		return known.(*regexp.Regexp)
	}
	made := regexp.MustCompile(pattern)
	patterns.Store(pattern, made)
	return made
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func list(words []string) string { return strings.Join(words, ", ") }
