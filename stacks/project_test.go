package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"gopkg.in/yaml.v3"

	"paddock/config"
	"paddock/infra"
	"paddock/stacks"
)

// declared is a config key of Pulumi.yaml.
type declared struct {
	Type        string         `yaml:"type"`
	Items       map[string]any `yaml:"items"`
	Default     any            `yaml:"default"`
	Description string         `yaml:"description"`
}

func read(t testing.TB, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile("../" + file)
	if err == nil {
		err = yaml.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// project returns the declared keys, and those of other namespaces with their value.
func project(t testing.TB) (own map[string]declared, others map[string]any) {
	t.Helper()
	var file struct {
		Name   string               `yaml:"name"`
		Config map[string]yaml.Node `yaml:"config"`
	}
	read(t, "Pulumi.yaml", &file)
	own, others = map[string]declared{}, map[string]any{}
	for key, node := range file.Config {
		var d declared
		var v any
		if strings.Contains(key, ":") {
			if err := node.Decode(&v); err != nil {
				t.Fatal(err)
			}
			others[key] = v
		} else if err := node.Decode(&d); err != nil {
			t.Fatal(err)
		} else {
			own[key] = d
		}
	}
	return own, others
}

// engine is what the engine hands the program for a stack file: strings as they
// are, all else as JSON, and the project's defaults where the file is silent.
func engine(t testing.TB, file string) string {
	t.Helper()
	var stack struct {
		Config map[string]any `yaml:"config"`
	}
	read(t, file, &stack)
	own, others := project(t)
	values := maps.Clone(others)
	for key, d := range own {
		if d.Default != nil {
			values["paddock:"+key] = d.Default
		}
	}
	maps.Copy(values, stack.Config)
	text := map[string]string{}
	for key, v := range values {
		if s, ok := v.(string); ok {
			text[key] = s
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text[key] = string(raw)
	}
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func stackFiles(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "Pulumi.") && strings.HasSuffix(e.Name(), ".yaml") && e.Name() != "Pulumi.yaml" {
			files = append(files, e.Name())
		}
	}
	return files
}

func TestPulumiYamlDeclaresEveryKey(t *testing.T) {
	own, others := project(t)
	types := map[reflect.Kind]string{reflect.String: "string", reflect.Slice: "array", reflect.Struct: "object", reflect.Map: "object"}
	required := []string{"environment", "region"}
	want, keys := config.Keys[infra.Config](), slices.Sorted(maps.Keys(own))
	if got := slices.Sorted(maps.Keys(want)); !slices.Equal(got, keys) {
		t.Errorf("declared %v\nread     %v", keys, got)
	}
	for key, d := range own {
		if d.Type != types[want[key]] {
			t.Errorf("%s: type %q, want %q", key, d.Type, types[want[key]])
		}
		if d.Description == "" {
			t.Errorf("%s: no description", key)
		}
		// The CLI refuses a stack that leaves out a key without a default.
		if needs := slices.Contains(required, key); needs != (d.Default == nil) {
			t.Errorf("%s: default %v, but required is %v", key, d.Default, needs)
		}
		if d.Type == "array" && d.Items["type"] != "string" {
			t.Errorf("%s: items %v", key, d.Items)
		}
	}
	if fmt.Sprint(others) != "map[pulumi:disable-default-providers:[*]]" {
		t.Errorf("other namespaces: %v: default providers are off, and nothing else is set", others)
	}
}

// Without a refresh, a new max would set the desired size back: see Pulumi.yaml.
func TestEveryUpRefreshes(t *testing.T) {
	file, err := workspace.LoadProject("../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if file.Options == nil || file.Options.Refresh != "always" {
		t.Errorf("options %+v, want refresh: always", file.Options)
	}
}

// Every key at every depth is described: a reader of Pulumi.yaml needs no source.
func TestPulumiYamlDescribesInnerKeys(t *testing.T) {
	own, _ := project(t)
	for key, inner := range config.InnerKeys[infra.Config]() {
		for _, k := range inner {
			if !strings.Contains(own[key].Description, k) {
				t.Errorf("%s: %s: not in the description", key, k)
			}
		}
	}
}

func TestStackFilesLoad(t *testing.T) {
	files := stackFiles(t)
	if !slices.Equal(files, []string{"Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml"}) {
		t.Errorf("files = %v", files)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			cfg, err := stacks.Load(engine(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Split(file, ".")[1]; cfg.Environment != want || cfg.Name != "paddock-"+want || len(cfg.Teams) != 2 {
				t.Errorf("cfg = %+v", cfg)
			}
		})
	}
}
