package servicefile

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"paddock/config"
)

// Reference is the table of all keys, in Markdown.
func Reference() string {
	var out strings.Builder
	out.WriteString("| Key | Says | Must be | Unset |\n| --- | --- | --- | --- |\n")
	for _, key := range Keys() {
		f := fields[key]
		unset := f.unset
		if unset == "" {
			unset = "required"
		}
		want := cmp.Or(f.rule.want, f.keys.want, fields[key+"[]"].rule.want)
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", key, cell(f.doc), cell(want), cell(unset))
	}
	return out.String()
}

// cell keeps what Markdown would take for its own.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*").Replace(text)
}

// Keys are those of the file and of all objects in it, in the order of the types. Of lists, the elements are not among them.
func Keys() []string { return keysBelow("", typeOfFile) }

func keysBelow(key string, t reflect.Type) []string {
	var all []string
	for i, name := range config.KeysOf(t) {
		at, field := below(key, name), t.Field(i).Type
		all = append(all, at)
		if field.Kind() == reflect.Map {
			at, field = at+".*", field.Elem()
		}
		if field.Kind() == reflect.Struct {
			all = append(all, keysBelow(at, field)...)
		}
	}
	return all
}
