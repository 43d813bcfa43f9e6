package stacks

import (
	"reflect"

	"paddock/config"
	"paddock/infra"
)

// platform is how a stack's config is read: its environment's preset, overlaid by what the stack says.
var platform = config.Program[infra.Config]{
	Namespace: infra.Namespace,
	Start:     preset,
	Fresh: map[reflect.Type]func() any{
		reflect.TypeFor[infra.NodeGroup](): func() any { return infra.DefaultNodeGroup() },
		reflect.TypeFor[infra.Team]():      func() any { return infra.DefaultTeam() },
	},
}

// Load turns the stack's config as the engine hands it over, a JSON object of
// full key to text, into a platform's. The error holds every fault there is.
func Load(engine string) (infra.Config, error) { return platform.Load(engine) }

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
