package servicefile

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"paddock/components/quantity"
	"paddock/config"
)

var typeOfFile = reflect.TypeFor[File]()

// schema is one JSON Schema, as far as a service file needs it.
type schema struct {
	Dialect     string `json:"$schema,omitempty"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Type        any    `json:"type"` // a word or several

	Properties map[string]*schema `json:"properties,omitempty"`
	Required   []string           `json:"required,omitempty"`
	Additional any                `json:"additionalProperties,omitempty"` // false, or the schema of a map's values
	Names      *schema            `json:"propertyNames,omitempty"`
	Items      *schema            `json:"items,omitempty"`
	Unique     bool               `json:"uniqueItems,omitempty"`

	Pattern string `json:"pattern,omitempty"`
	Longest int    `json:"maxLength,omitempty"`
	Min     int    `json:"minimum,omitempty"`
	Max     int    `json:"maximum,omitempty"`
	Above   *int   `json:"exclusiveMinimum,omitempty"`
}

// Schema is the file's JSON Schema, draft 2020-12, for editors. It says all that can be told of one value by itself; what takes
// several, such as a limit below its request, only Load judges.
func Schema() []byte {
	s := schemaOf("", typeOfFile)
	s.Dialect, s.Title = "https://json-schema.org/draft/2020-12/schema", "Service file"
	s.Description = "What one service is. Paddock makes its Kubernetes objects of it."
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(s) // strings, numbers and maps of them, into memory: it cannot fail
	return out.Bytes()
}

func schemaOf(key string, t reflect.Type) *schema {
	f := fields[key]
	s := &schema{Description: f.explained(), Pattern: f.rule.pattern, Longest: f.rule.longest, Min: f.rule.min, Max: f.rule.max}
	switch {
	case t == reflect.TypeFor[quantity.Quantity]():
		s.Type, s.Above = []string{"string", "number"}, new(int)
	case t.Kind() == reflect.Struct:
		s.Type, s.Properties, s.Additional = "object", map[string]*schema{}, false
		s.Required = required(key, t)
		for i, name := range config.KeysOf(t) {
			s.Properties[name] = schemaOf(below(key, name), t.Field(i).Type)
		}
	case t.Kind() == reflect.Map:
		s.Type, s.Additional = "object", schemaOf(key+".*", t.Elem())
		s.Names = &schema{Type: "string", Pattern: f.keys.pattern, Longest: f.keys.longest}
	case t.Kind() == reflect.Slice:
		s.Type, s.Items, s.Unique = "array", schemaOf(key+"[]", t.Elem()), true
	case t.Kind() == reflect.Int:
		s.Type = "integer"
	default:
		s.Type = "string"
	}
	return s
}

// explained is a field's whole description.
func (f field) explained() string {
	words := []string{f.doc}
	if f.rule.want != "" {
		words = append(words, "Want "+f.rule.want+".")
	}
	if f.unset != "" {
		words = append(words, "Unset: "+f.unset+".")
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// required are the keys of an object that it must have.
func required(key string, t reflect.Type) []string {
	var names []string
	for _, name := range config.KeysOf(t) {
		if fields[below(key, name)].unset == "" {
			names = append(names, name)
		}
	}
	return names
}
