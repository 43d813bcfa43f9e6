package gitlab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a machine or a job lacks is told at once, and before anything is done.
func TestCommandsSayWhatIsMissing(t *testing.T) {
	for name, tc := range map[string]struct {
		verb  string
		tools []string
		env   []string
		want  []string
	}{
		"all": {"up", nil, nil, []string{"aws-up: missing pulumi", "aws-up: missing go", "aws-up: missing aws", "aws-up: missing kubectl",
			"aws-up: STACK is not set", "aws-up: PULUMI_BACKEND_URL is not set: where the state is, such as s3://"}},
		"kubectl, stack": {"preview", []string{"pulumi", "go", "aws"}, []string{"STACK=none", "PULUMI_BACKEND_URL=file:///none"},
			[]string{"aws-preview: missing kubectl", "aws-preview: no Pulumi.none.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for _, tool := range []string{"bash", "dirname"} {
				real, err := exec.LookPath(tool)
				must(t, err)
				must(t, os.Symlink(real, filepath.Join(bin, tool)))
			}
			for _, tool := range tc.tools {
				must(t, os.WriteFile(filepath.Join(bin, tool), []byte("#!/bin/sh\nexit 9\n"), 0o755))
			}
			cmd := exec.Command(filepath.Join(bin, "bash"), filepath.Join("..", "..", ".ci", "aws"), tc.verb)
			cmd.Env = append(tc.env, "PATH="+bin)
			out, err := cmd.CombinedOutput()
			if err == nil || strings.Count(string(out), "\n") != len(tc.want) {
				t.Errorf("%v, want %d lines:\n%s", err, len(tc.want), out)
			}
			for _, word := range tc.want {
				if !strings.Contains(string(out), word) {
					t.Errorf("lacks %q:\n%s", word, out)
				}
			}
		})
	}
}
