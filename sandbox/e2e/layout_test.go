package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// toolsVariable names the environment variable that holds <checkout>/.sandbox/bin, where the set-up put the programs.
const toolsVariable = "PADDOCK_TOOLS"

// needed are the programs without which no story can be told.
var needed = []string{
	"sandbox", "aws", "pulumi", "pulumi-language-go", "program", "kubectl",
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server", "cluster-autoscaler",
}

// tools returns the folder of programs. Without the variable there is nothing to test with; with it, all must be there.
func tools(t *testing.T) string {
	t.Helper()
	bin := os.Getenv(toolsVariable)
	if bin == "" {
		t.Skipf("%s is not set; `make test` sets it", toolsVariable)
	}
	for _, name := range needed {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			t.Fatalf("%s: %v; run `make setup`", toolsVariable, err)
		}
	}
	return bin
}

// checkout is the folder that holds the program, found from this package's own.
func checkout(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// layOut makes a sandbox's folder of the programs in bin, as the set-up makes it.
func layOut(t *testing.T, bin, dir string) {
	t.Helper()
	put(t, bin, filepath.Join(dir, "bin"))
	plugins := filepath.Join(filepath.Dir(bin), "pulumi", "plugins")
	folders, err := filepath.Glob(filepath.Join(plugins, "*", ""))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no plugins in %s: %v; run `make setup`", plugins, err)
	}
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			put(t, folder, filepath.Join(dir, "pulumi", "plugins", filepath.Base(folder)))
		}
	}
}

// put gives every file of one folder a second name in another: Pulumi takes only real folders for plugins, and a language
// host only from beside its own file.
func put(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o755))
	entries, err := os.ReadDir(from)
	must(t, err)
	for _, e := range entries {
		source, name := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		switch {
		case e.IsDir():
		case e.Type()&os.ModeSymlink != 0:
			target, err := filepath.EvalSymlinks(source)
			must(t, err)
			must(t, os.Symlink(target, name))
		case strings.HasPrefix(e.Name(), "program") || os.Link(source, name) != nil: // each sandbox links its programs anew where they are stale
			text, err := os.ReadFile(source)
			must(t, err)
			must(t, os.WriteFile(name, text, 0o755))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
