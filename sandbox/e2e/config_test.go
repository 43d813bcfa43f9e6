package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"
)

// object is a mapping of a YAML or JSON file.
type object = map[string]any

// dev is what the checkout's Pulumi.dev.yaml says, with principals in the teams, and without ingress: the pods of its controller take
// room, and many of the tests count it. exposed has it.
func dev() object {
	return object{
		"environment": "dev",
		"region":      "us-west-2",
		"cluster":     object{"version": "1.34", "publicAccess": []string{"0.0.0.0/0"}, "publicAccessAnywhere": true},
		"network":     object{"zones": 2},
		"nodeGroups":  object{"default": object{"min": 2, "max": 6}},
		"teams": object{
			"frontend": team("frontend"),
			"backend":  team("backend"),
		},
	}
}

// exposed is dev with a way in from the internet.
func exposed() object {
	c := dev()
	c["ingress"] = object{"domain": "dev.example.com"}
	return c
}

// team is one with a namespace, a viewer and a deployer of its name.
func team(name string) object {
	return object{
		"namespaces": []string{name},
		"viewers":    []string{"role/" + name + "-viewer"},
		"deployers":  []string{"role/" + name + "-deployer"},
	}
}

// configure writes the stack's file.
func (s *sandbox) configure(t *testing.T, config object) {
	t.Helper()
	keys := object{}
	for key, value := range config {
		keys["paddock:"+key] = value
	}
	text, err := yaml.Marshal(object{"config": keys})
	must(t, err)
	must(t, os.WriteFile(s.stackFile(), text, 0o644))
}

// copyConfig takes a stack file of the checkout as it is.
func (s *sandbox) copyConfig(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout(t), filepath.Base(s.stackFile())))
	must(t, err)
	must(t, os.WriteFile(s.stackFile(), text, 0o644))
}

func (s *sandbox) stackFile() string { return filepath.Join(s.root, "Pulumi."+s.stack+".yaml") }
