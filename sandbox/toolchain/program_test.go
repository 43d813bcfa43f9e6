package toolchain

import (
	"os"
	"path/filepath"
	"testing"
)

// No program takes another's place, whether it is of the checkout's own module or of one below it.
func TestProgramFile(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"bootstrap", "apps", "apps/shop"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, module := range []string{"", "apps"} {
		if err := os.WriteFile(filepath.Join(root, module, "go.mod"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for dir, want := range map[string]string{"": "program", "bootstrap": "program-bootstrap", "apps": "program-apps", "apps/shop": "program-apps-shop"} {
		if got, err := ProgramFile("/bin", filepath.Join(root, dir)); err != nil || got != "/bin/"+want {
			t.Errorf("%q: %s, %v, want %s", dir, got, err, want)
		}
	}
	if _, err := ProgramFile("/bin", t.TempDir()); err == nil {
		t.Error("a program of no module is built")
	}
}
