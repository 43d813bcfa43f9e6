package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestEnvironment(t *testing.T) {
	env, err := (&host{engine: "127.0.0.1:1"}).environment(&pulumirpc.RunRequest{
		Project: "p", Stack: "s", Organization: "o", DryRun: true, Parallel: 4, MonitorAddress: "127.0.0.1:2",
		Config: map[string]string{"p:k": `{"a":1}`}, ConfigSecretKeys: []string{"p:k"}, Info: &pulumirpc.ProgramInfo{RootDirectory: "/r"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"PULUMI_PROJECT=p", "PULUMI_STACK=s", "PULUMI_ORGANIZATION=o", "PULUMI_DRY_RUN=true", "PULUMI_PARALLEL=4",
		"PULUMI_MONITOR=127.0.0.1:2", "PULUMI_ENGINE=127.0.0.1:1", `PULUMI_CONFIG={"p:k":"{\"a\":1}"}`,
		`PULUMI_CONFIG_SECRET_KEYS=["p:k"]`, "PULUMI_ROOT_DIRECTORY=/r",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("lacks %s", want)
		}
	}
}

// How a program ends is what the engine is told: a program that has reported its error bails, any other end is an error.
func TestRun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(filepath.Join(filepath.Dir(self), "program")) })
	for name, tc := range map[string]struct {
		body string
		bail bool
		want string
	}{
		"good":           {"", false, ""},
		"told its error": {"os.Exit(32)", true, ""},
		"crashed":        {"os.Exit(3)", false, "program: exit status 3"},
		"does not build": {"undefined()", false, "undefined: undefined"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module program\n\ngo 1.26\n")
			write(t, filepath.Join(dir, "main.go"), "package main\n\nimport \"os\"\n\nvar _ = os.Exit\n\nfunc main() { "+tc.body+" }\n")
			got, err := (&host{life: context.Background()}).Run(context.Background(), &pulumirpc.RunRequest{Pwd: dir, Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir}})
			if err != nil || got.Bail != tc.bail || !strings.Contains(got.Error, tc.want) || tc.want == "" && got.Error != "" {
				t.Errorf("Run = %v, %v; want bail %t, error %q", got, err, tc.bail, tc.want)
			}
		})
	}
}

// A second program of the module, in a folder of its own, is built beside the first and not over it.
func TestRunOfSecondProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, root := filepath.Dir(self), t.TempDir()
	t.Cleanup(func() { os.Remove(filepath.Join(bin, "program")); os.Remove(filepath.Join(bin, "program-bootstrap")) })
	write(t, filepath.Join(root, "go.mod"), "module program\n\ngo 1.26\n")
	program := func(code string) string {
		return "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(" + code + ") }\n"
	}
	write(t, filepath.Join(root, "main.go"), program("3"))
	if err := os.Mkdir(filepath.Join(root, "bootstrap"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "bootstrap", "main.go"), program("4"))
	for dir, want := range map[string]string{root: "exit status 3", filepath.Join(root, "bootstrap"): "exit status 4"} {
		got, err := (&host{life: context.Background()}).Run(context.Background(), &pulumirpc.RunRequest{Pwd: dir, Info: &pulumirpc.ProgramInfo{ProgramDirectory: dir}})
		if err != nil || !strings.Contains(got.GetError(), want) {
			t.Errorf("%s: %v, %v; want %s", dir, got, err, want)
		}
	}
	for _, name := range []string{"program", "program-bootstrap"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
