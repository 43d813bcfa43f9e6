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

// What this program knows nothing of survives a reading and a writing of the state.
func TestState(t *testing.T) {
	name := file(t, filepath.Join(t.TempDir(), "dev.json"), `{"version":3,"odd":12345678901234567890,"checkpoint":{"latest":{"pending_operations":[
		{"type":"creating","resource":{"urn":"urn:a"}},{"type":"updating","resource":{"urn":"urn:b"}}]}}}`)
	s, err := readState(name)
	if err != nil || len(s.pending()) != 2 {
		t.Fatalf("pending = %v, %v; want two", s.pending(), err)
	}
	if err := writeJSON(name, s); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(name); !strings.Contains(string(text), `"odd": 12345678901234567890`) {
		t.Errorf("a number was changed:\n%s", text)
	}
	if _, err := readState(file(t, name, "{")); err == nil {
		t.Error("a broken state is taken for an empty one")
	}
}

func TestMend(t *testing.T) {
	a := &app{dir: t.TempDir()}
	p := &pulumi{project: "paddock", stack: "dev", file: a.path("dev.json")}
	kept := []string{file(t, p.file, "{}"), file(t, p.file+".bak.attrs", "{}"), file(t, a.path("prod.json.attrs"), "")}
	gone := []string{
		file(t, p.file+".attrs", ""), file(t, p.file+".18eaa265dfc298fe.tmp", "{"),
		file(t, a.path("state", ".pulumi", "locks", "organization", "paddock", "dev", "x.json.attrs"), ""),
	}
	if err := a.mend(p); err != nil {
		t.Fatal(err)
	}
	for _, name := range kept {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range gone {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestStaleLock(t *testing.T) {
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	living := sleeper(t, "pulumi")
	for name, tc := range map[string]struct {
		pids []int
		want bool
	}{
		"none":            {nil, false},
		"of the dead":     {[]int{dead.Process.Pid}, true},
		"of the living":   {[]int{living}, false},
		"of one and both": {[]int{dead.Process.Pid, living}, false},
		"of a new owner":  {[]int{os.Getpid()}, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{dir: t.TempDir()}
			for i, pid := range tc.pids {
				file(t, a.path("state", ".pulumi", "locks", "organization", "paddock", "dev", fmt.Sprint(i)+".json"), fmt.Sprintf(`{"pid":%d}`, pid))
			}
			if got, err := a.staleLock(&pulumi{project: "paddock", stack: "dev"}); err != nil || got != tc.want {
				t.Errorf("staleLock = %t, %v; want %t", got, err, tc.want)
			}
		})
	}
}

// Plugins without their Pulumi are ended; other programs of the sandbox are not.
func TestEndOrphans(t *testing.T) {
	a := &app{dir: t.TempDir()}
	plugin := sleeperIn(t, a.path("pulumi", "plugins", "resource-x-v1"), "pulumi-resource-x")
	other := sleeperIn(t, a.path("bin"), "kubectl")
	if err := a.endOrphans(t.Context()); err != nil {
		t.Fatal(err)
	}
	if alive := processesOf(a.dir, "/nowhere"); !slices.Equal(alive, []int{other}) {
		t.Errorf("alive %v, want only kubectl %d; the plugin was %d", alive, other, plugin)
	}
}

// sleeper runs a program of that name until the test ends.
func sleeper(t *testing.T, name string) (pid int) {
	t.Helper()
	return sleeperIn(t, t.TempDir(), name)
}

func sleeperIn(t *testing.T, dir, name string) (pid int) {
	t.Helper()
	text, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	program := file(t, filepath.Join(dir, name), string(text))
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // reaped at once, as its parent would
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	return cmd.Process.Pid
}

// An argument names the folder only as a path in it: /a is not meant by /b/a/x.
func TestMentions(t *testing.T) {
	for arg, want := range map[string]bool{
		"/a/.sandbox/x": true, "--file=/a/.sandbox/x": true, "--etcd=unix:///a/.sandbox/s": true, "k=v,f=/a/.sandbox/x": true,
		"/b/a/.sandbox/x": false, "--file=/b/a/.sandbox/x": false, "/a/.sandbox2/x": false, "": false,
	} {
		if got := mentions([]string{"etcd", arg}, "/a/.sandbox"); got != want {
			t.Errorf("mentions(%q) = %t, want %t", arg, got, want)
		}
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
		program, home string
		want          bool
	}{
		"a program of the sandbox": {ours, "", true}, "a user's own": {"/bin/sleep", "", false}, "a user's, at home here": {"/bin/sleep", dir, false},
		"a pod's process": {"/bin/sleep", dir + "/clusters/dev/pods/red_web_1", true},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(tc.program, "60")
			cmd.Env = []string{link.DirVariable + "=" + dir, "HOME=" + tc.home}
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
