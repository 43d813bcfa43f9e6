package servicefile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5" // judges by a schema; tests only, and in the graph already by Pulumi's SDK
	"gopkg.in/yaml.v3"

	"paddock/servicefile"
)

const schemaFile = "../docs/service.schema.json"

func TestSchemaIsPublished(t *testing.T) {
	published(t, schemaFile, servicefile.Schema())
}

// published compares a file that readers use with what the program says; UPDATE_GOLDEN=1 writes it.
func published(t *testing.T, file string, want []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program says (%v); UPDATE_GOLDEN=1 writes it", file, err)
	}
}

// judged is what the schema says of a YAML text; readable is false if the text has no counterpart in JSON.
func judged(t *testing.T, text string) (verdict error, readable bool) {
	t.Helper()
	schema, err := jsonschema.CompileString("service.schema.json", string(servicefile.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return err, false
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err, false
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err, false
	}
	return schema.Validate(v), true
}

func TestSchemaRefusesWhatItCan(t *testing.T) {
	for _, table := range []map[string]bad{badFiles, badValues} {
		for name, tc := range table {
			err, readable := judged(t, tc.file())
			if refused := err != nil && readable; refused == tc.subtle {
				t.Errorf("%s: schema says %v, want it refused: %v", name, err, !tc.subtle)
			}
		}
	}
}

func TestSchemaAcceptsGoodFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err, _ := judged(t, string(raw)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Editors show descriptions; a key without one would be left unexplained.
func TestEveryKeyIsDescribed(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(servicefile.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, s map[string]any)
	walk = func(path string, s map[string]any) {
		if d, _ := s["description"].(string); d == "" {
			t.Errorf("%s: no description", path)
		}
		for key, inner := range s {
			switch inner := inner.(type) {
			case map[string]any:
				if key == "properties" {
					for name, p := range inner {
						walk(path+"."+name, p.(map[string]any))
					}
				} else if key != "propertyNames" {
					walk(path+" "+key, inner)
				}
			}
		}
	}
	walk("file", schema)
}

// What the reference shows as an example is a service file.
func TestExampleIsGood(t *testing.T) {
	raw, err := os.ReadFile("../docs/service-file.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !closed {
		t.Fatal("no example")
	}
	load(t, example)
	if err, _ := judged(t, example); err != nil {
		t.Error(err)
	}
}

func TestReferenceIsPublished(t *testing.T) {
	const file, begin, end = "../docs/service-file.md", "<!-- keys: written by the tests of package servicefile -->\n", "<!-- /keys -->"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s: no table between %q and %q", file, begin, end)
	}
	published(t, file, []byte(before+begin+servicefile.Reference()+end+after))
}
