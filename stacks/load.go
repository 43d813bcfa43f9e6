package stacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"paddock/infra"
)

// Load turns the stack's config as the engine hands it over, a JSON object of
// full key to text, into a platform's: the preset of its environment, overlaid
// by what the stack says. The error holds every fault there is.
func Load(engine string) (infra.Config, error) {
	if engine == "" {
		return infra.Config{}, errors.New("config: none from the engine: run the program with pulumi up or pulumi preview")
	}
	var stack map[string]string
	if err := json.Unmarshal([]byte(engine), &stack); err != nil {
		return infra.Config{}, fmt.Errorf("config: from the engine: %w", err)
	}
	var faults infra.Faults
	raw := own(stack, &faults)
	cfg := preset(raw)
	d := decoder{fresh: map[reflect.Type]func() any{
		reflect.TypeFor[infra.NodeGroup](): func() any { return infra.DefaultNodeGroup() },
		reflect.TypeFor[infra.Team]():      func() any { return infra.DefaultTeam() },
	}}
	d.object("", values(raw, &faults), reflect.ValueOf(&cfg).Elem())
	faults = append(faults, d.faults...)

	var invalid infra.Faults
	if errors.As(cfg.Validate(), &invalid) {
		faults = append(faults, unexplained(invalid, faults)...)
	}
	return cfg, faults.Err()
}

// own picks this program's keys. Keys of other namespaces would configure default
// providers, which are off: to accept them would be to ignore them.
func own(stack map[string]string, faults *infra.Faults) map[string]string {
	raw := map[string]string{}
	for full, value := range stack {
		namespace, key, _ := strings.Cut(full, ":")
		switch {
		case namespace == infra.Namespace:
			raw[key] = value
		case namespace == "pulumi": // the engine's own
		case full == "aws:region":
			*faults = append(*faults, infra.Fault{Path: full, Value: value, Rule: "want paddock:region instead: the AWS provider is configured by the program"})
		case slices.Contains([]string{"aws", "eks", "kubernetes"}, namespace):
			*faults = append(*faults, infra.Fault{Path: full, Value: value, Rule: "want no such key: default providers are off and the program configures its own"})
		default:
			*faults = append(*faults, infra.Fault{Path: full, Value: value, Rule: "unknown key: want one of the namespace " + infra.Namespace})
		}
	}
	return raw
}

// preset is the environment's, or dev's if there is none such: then the other
// faults are still found.
func preset(raw map[string]string) infra.Config {
	cfg, ok := infra.Preset(raw["environment"])
	if !ok {
		cfg, _ = infra.Preset(infra.Dev)
		cfg.Environment = ""
	}
	return cfg
}

// values parses what the engine passes as JSON text. Strings come as they are,
// and an empty one, the declared default of a key, says nothing.
func values(raw map[string]string, faults *infra.Faults) map[string]any {
	out := map[string]any{}
	config := reflect.TypeFor[infra.Config]()
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
			faults.Add(key, text, "want an object or a list: %v", err)
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

// unexplained drops the faults of values that never were decoded: the first
// fault of a key is the one to mend.
func unexplained(invalid, decoded infra.Faults) infra.Faults {
	return slices.DeleteFunc(slices.Clone(invalid), func(f infra.Fault) bool {
		return slices.ContainsFunc(decoded, func(d infra.Fault) bool {
			return f.Path == d.Path || strings.HasPrefix(d.Path, f.Path+".") || strings.HasPrefix(d.Path, f.Path+"[") || strings.HasPrefix(f.Path, d.Path+".")
		})
	})
}

// Keys lists the top-level keys that a stack may set, with the kind of their value.
func Keys() map[string]reflect.Kind {
	config := reflect.TypeFor[infra.Config]()
	list := map[string]reflect.Kind{}
	for i, key := range keys(config) {
		list[key] = config.Field(i).Type.Kind()
	}
	return list
}

// InnerKeys lists, below each top-level key, those that have fixed names.
func InnerKeys() map[string][]string {
	config := reflect.TypeFor[infra.Config]()
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
