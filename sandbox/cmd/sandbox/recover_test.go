package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/sandbox/link"
)

func file(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPendingCreates(t *testing.T) {
	state := file(t, filepath.Join(t.TempDir(), "dev.json"), `{"version":3,"checkpoint":{"latest":{"pending_operations":[
		{"type":"creating","resource":{"urn":"urn:a"}},{"type":"updating","resource":{"urn":"urn:b"}},{"type":"creating","resource":{"urn":"urn:c"}}]}}}`)
	got, err := pendingCreates(state)
	if err != nil || !slices.Equal(got, []string{"urn:a", "urn:c"}) {
		t.Errorf("pendingCreates = %v, %v", got, err)
	}
	if _, err := pendingCreates(file(t, state, "{")); err == nil {
		t.Error("a broken state is taken for an empty one")
	}
}

func TestStaleLock(t *testing.T) {
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		pids []int
		want bool
	}{
		"none":            {nil, false},
		"of the dead":     {[]int{dead.Process.Pid}, true},
		"of the living":   {[]int{os.Getpid()}, false},
		"of one and both": {[]int{dead.Process.Pid, os.Getpid()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{dir: t.TempDir()}
			for i, pid := range tc.pids {
				file(t, a.path("state", ".pulumi", "locks", "organization", project, "dev", fmt.Sprint(i)+".json"), fmt.Sprintf(`{"pid":%d}`, pid))
			}
			if got, err := a.staleLock(&pulumi{stack: "dev"}); err != nil || got != tc.want {
				t.Errorf("staleLock = %t, %v; want %t", got, err, tc.want)
			}
		})
	}
}

// The file can be read by a shell whatever is in it, twice, and leaves no ambient AWS settings.
func TestEnvFile(t *testing.T) {
	a := &app{dir: filepath.Join(t.TempDir(), "it's here")}
	vars := map[string]string{"PATH": "unused", "ODD": `a'b "$HOME" c`, link.DirVariable: a.dir}
	file(t, a.path("keep"), "")
	if err := a.writeEnv(vars); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(a.path("env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("env: %v, %v; it holds a key and is its owner's only", info.Mode(), err)
	}
	out, err := exec.Command("sh", "-c", `AWS_PROFILE=x; . "$1"; . "$1"; echo "$ODD|${AWS_PROFILE-none}|$PATH"`, "sh", a.path("env")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "|")
	if got[0] != vars["ODD"] || got[1] != "none" || strings.Count(got[2], a.path("bin")) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestEnvironDropsAmbientCredentials(t *testing.T) {
	t.Setenv("AWS_PROFILE", "mine")
	t.Setenv("AWS_SESSION_TOKEN", "mine")
	t.Setenv("PULUMI_ACCESS_TOKEN", "mine")
	for _, line := range environ(map[string]string{"AWS_REGION": "us-west-2"}) {
		if strings.HasSuffix(line, "=mine") {
			t.Errorf("%s reaches Pulumi", line)
		}
	}
}

// A shell that has read .sandbox/env is not ended by `down`; a program of the sandbox is.
func TestBelongs(t *testing.T) {
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		t.Skip("no /proc here: `down` relies on the daemon's own stop")
	}
	dir := t.TempDir()
	text, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	ours := file(t, filepath.Join(dir, "bin", "sleep"), string(text))
	if err := os.Chmod(ours, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		program string
		want    bool
	}{"a program of the sandbox": {ours, true}, "a user's own": {"/bin/sleep", false}} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(tc.program, "60")
			cmd.Env = []string{link.DirVariable + "=" + dir}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
			if got := slices.Contains(processesOf(dir, "/nowhere"), cmd.Process.Pid); got != tc.want {
				t.Errorf("belongs = %t, want %t", got, tc.want)
			}
		})
	}
}
