package testkit

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Golden compares value, as indented JSON, with testdata/<name>; a string that is JSON itself
// (a policy) is indented as it stands. UPDATE_GOLDEN=1 writes the file instead: read the diff.
func Golden(t testing.TB, name string, value any) {
	t.Helper()
	got, err := indent(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%s: %v; UPDATE_GOLDEN=1 writes it", name, err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (UPDATE_GOLDEN=1 rewrites it)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func indent(value any) ([]byte, error) {
	var out bytes.Buffer
	if s, ok := value.(string); ok && json.Valid([]byte(s)) {
		err := json.Indent(&out, []byte(s), "", "  ")
		out.WriteByte('\n')
		return out.Bytes(), err
	}
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(value)
	return out.Bytes(), err
}
