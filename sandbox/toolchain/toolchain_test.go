package toolchain

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPinned(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "go.mod"), "module x\n\nrequire example.com/one v1.2.3\n\nrequire (\n\texample.com/two/v2 v2.0.1 // indirect\n)\n\nreplace example.com/four => example.com/four v0.0.1\n")
	for name, tc := range map[string]struct{ module, want, fault string }{
		"line":        {"example.com/one", "1.2.3", ""},
		"block":       {"example.com/two/v2", "2.0.1", ""},
		"not there":   {"example.com/three", "", "does not require it"},
		"replacement": {"example.com/four", "", "does not require it"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Pinned(file, tc.module)
			if got != tc.want || (err == nil) != (tc.fault == "") || err != nil && !strings.Contains(err.Error(), tc.fault) {
				t.Errorf("Pinned = %q, %v; want %q, %q", got, err, tc.want, tc.fault)
			}
		})
	}
}

// Every set has a folder with its pins, and every plugin the program needs a pinned SDK.
func TestSetsArePinned(t *testing.T) {
	l := Layout{Root: filepath.Join("..", "..")}
	for _, set := range sets() {
		if _, err := l.linkerFlags(set); err != nil {
			t.Errorf("%s: %v", set.Name, err)
		}
		for _, f := range []string{"go.mod", "go.sum"} {
			if !exists(filepath.Join(l.tools(set.Name), f)) {
				t.Errorf("%s: no %s", set.Name, f)
			}
		}
	}
	for name, module := range plugins {
		if _, err := Pinned(filepath.Join(l.Root, "go.mod"), module); err != nil {
			t.Errorf("plugin %s: %v", name, err)
		}
	}
}

func TestKeyFollowsWhatABuildDependsOn(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module x\n")
	key1, err := key(dir, "flags")
	if err != nil {
		t.Fatal(err)
	}
	same, _ := key(dir, "flags")
	flags, _ := key(dir, "other flags")
	write(t, filepath.Join(dir, "go.mod"), "module y\n")
	source, _ := key(dir, "flags")
	if same != key1 || flags == key1 || source == key1 {
		t.Errorf("keys %s %s %s %s: want the second equal, the others different", key1, same, flags, source)
	}
}

// A build that fails, or is cut, leaves nothing that a later run would take for finished.
func TestCachedIsAllOrNothing(t *testing.T) {
	final := filepath.Join(t.TempDir(), "cache", "tool-1")
	broken := errors.New("broken")
	whole := func() bool { return exists(filepath.Join(final, "tool")) }
	err := cached(final, whole, func(dir string) error {
		write(t, filepath.Join(dir, "half"), "")
		return broken
	})
	if !errors.Is(err, broken) || exists(final) {
		t.Fatalf("err %v, exists %t", err, exists(final))
	}
	built := 0
	for range 2 {
		if err := cached(final, whole, func(dir string) error { built++; write(t, filepath.Join(dir, "tool"), ""); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(final, "tool")); err != nil {
		t.Fatal(err)
	}
	if err := cached(final, whole, func(dir string) error { built++; write(t, filepath.Join(dir, "tool"), ""); return nil }); err != nil {
		t.Fatal(err)
	}
	if built != 2 || // the second time because somebody had damaged the folder
		!exists(filepath.Join(final, "tool")) {
		t.Errorf("built %d times", built)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(final), "*partial*"))
	if len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestNeeds(t *testing.T) {
	dir := t.TempDir()
	program := func(name, text string) {
		write(t, filepath.Join(dir, name), "#!/bin/sh\necho '"+text+"'\n")
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program("old", "go version go1.25.9 linux/amd64")
	program("new", "go version go1.27.0 linux/amd64")
	t.Setenv("PATH", dir)
	for name, tc := range map[string]struct{ program, want string }{
		"missing": {"none", "missing none (why): "},
		"too old": {"old", "old is too old (why): found 1.25, want 1.26 or later; remedy"},
		"good":    {"new", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := need{tc.program, nil, 1, 26, "why", "remedy"}.check()
			if (err == nil) != (tc.want == "") || err != nil && !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// What `go build -v` prints is counted; what else it says is kept for the failure.
func TestCounter(t *testing.T) {
	built := 0
	c := &counter{total: 2, report: func(n, _ int) { built = n }}
	err := c.run(exec.Command("sh", "-c", "echo a/b >&2; echo c/d >&2; echo 'x.go:1:2: broken' >&2; exit 1"))
	if built != 2 || err == nil || !strings.Contains(err.Error(), "x.go:1:2: broken") {
		t.Errorf("built %d, err %v", built, err)
	}
}

func TestProgressSaysWhatIsLeft(t *testing.T) {
	var out bytes.Buffer
	p := &Progress{Out: &out}
	linked := false
	jobs := []job{
		{name: "there", done: true, run: func(func(int, int)) error { return nil }},
		{name: "missing", run: func(report func(int, int)) error { report(3, 7); return nil }, link: func() error { linked = true; return nil }},
	}
	p.plan(jobs)
	for _, j := range jobs {
		if err := p.run(j); err != nil {
			t.Fatal(err)
		}
	}
	if got := out.String(); !linked || !strings.Contains(got, "1 of 2 parts to build") || !strings.Contains(got, "[1/1] missing") || strings.Contains(got, "there ") {
		t.Errorf("linked %t, printed:\n%s", linked, got)
	}
}

func TestHardlinkAndSymlinkAreRepeatable(t *testing.T) {
	dir := t.TempDir()
	target := write(t, filepath.Join(dir, "target"), "one")
	for name, put := range map[string]func(string, string) error{"symlink": symlink, "hardlink": hardlink} {
		link := filepath.Join(dir, name)
		for range 2 {
			if err := put(target, link); err != nil {
				t.Fatal(err)
			}
		}
		other := write(t, filepath.Join(dir, name+"-other"), "two")
		if err := put(other, link); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(link); err != nil || string(text) != "two" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
