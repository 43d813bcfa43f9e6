package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Validated is a config that judges itself; its error is Faults, if it is the config that is at fault.
type Validated interface{ Validate() error }

// Program says how the config of one program is read.
type Program[C Validated] struct {
	Namespace string                        // of its keys: the project's name
	Start     func(raw map[string]string) C // what the keys are laid over, by the keys themselves
	Fresh     map[reflect.Type]func() any   // what a new map entry of a type starts from; none = zero
}

// Load turns the stack's config as the engine hands it over, a JSON object of full key to text, into the program's own. The
// error holds every fault there is.
func (p Program[C]) Load(engine string) (cfg C, err error) {
	if engine == "" {
		return cfg, errors.New("config: none from the engine: run the program with pulumi up or pulumi preview")
	}
	var stack map[string]string
	if err := json.Unmarshal([]byte(engine), &stack); err != nil {
		return cfg, fmt.Errorf("config: from the engine: %w", err)
	}
	d := decoder{Judge: Judge{Namespace: p.Namespace}, fresh: p.Fresh}
	raw := p.own(stack, &d.Judge)
	cfg = p.Start(raw)
	d.object("", values(raw, reflect.TypeFor[C](), &d.Judge), reflect.ValueOf(&cfg).Elem())

	var invalid Faults
	if errors.As(cfg.Validate(), &invalid) {
		d.Faults = append(d.Faults, invalid.Beside(d.Faults)...)
	}
	return cfg, d.Err()
}

// own picks this program's keys. Keys of other namespaces would configure default providers, which are off: to accept them
// would be to ignore them.
func (p Program[C]) own(stack map[string]string, j *Judge) map[string]string {
	raw := map[string]string{}
	for full, value := range stack {
		namespace, key, _ := strings.Cut(full, ":")
		switch {
		case namespace == p.Namespace:
			raw[key] = value
		case namespace == "pulumi": // the engine's own
		case full == "aws:region":
			j.Faults = append(j.Faults, Fault{full, value, "want " + p.Namespace + ":region instead: the AWS provider is configured by the program"})
		case slices.Contains([]string{"aws", "eks", "kubernetes"}, namespace):
			j.Faults = append(j.Faults, Fault{full, value, "want no such key: default providers are off and the program configures its own"})
		default:
			j.Faults = append(j.Faults, Fault{full, value, "unknown key: want one of the namespace " + p.Namespace})
		}
	}
	return raw
}

// values parses what the engine passes as JSON text. Strings come as they are, and an empty one, the declared default of a
// key, says nothing.
func values(raw map[string]string, config reflect.Type, j *Judge) map[string]any {
	out := map[string]any{}
	for i, key := range keys(config) {
		text, given := raw[key]
		if !given || text == "" {
			continue
		}
		if config.Field(i).Type.Kind() == reflect.String {
			out[key] = text
			continue
		}
		v, err := parse(text)
		if err != nil {
			j.Add(key, text, "want an object or a list: %v", err)
			continue
		}
		out[key] = v
	}
	for key, text := range raw {
		if !slices.Contains(keys(config), key) {
			out[key] = text // for the decoder to refuse
		}
	}
	return out
}

// Keys lists the top-level keys of a config, with the kind of their value.
func Keys[C any]() map[string]reflect.Kind {
	config := reflect.TypeFor[C]()
	list := map[string]reflect.Kind{}
	for i, key := range keys(config) {
		list[key] = config.Field(i).Type.Kind()
	}
	return list
}

// InnerKeys lists, below each top-level key, those that have fixed names.
func InnerKeys[C any]() map[string][]string {
	config := reflect.TypeFor[C]()
	list := map[string][]string{}
	for i, key := range keys(config) {
		t := config.Field(i).Type
		if t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() == reflect.Struct {
			list[key] = keys(t)
		}
	}
	return list
}
