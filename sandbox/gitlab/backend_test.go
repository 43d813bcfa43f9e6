package gitlab

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a backend says when it is asked for stacks.
const (
	known   = "exit 0"
	unknown = `echo "error: no stack named 'dev' found" >&2; exit 6`
	denied  = `echo 'error: failed to load checkpoint: AccessDenied' >&2; exit 255`
	listed  = `echo '[{"name": "account"}]'`
	none    = "echo '[]'"
)

// backend runs a script with a stand-in for Pulumi, whose answers are the branches of a sh case over the backend and the
// arguments. It returns what the script said, and the calls of Pulumi; nothing may be left of the script's temporary files.
func backend(t *testing.T, script, cases string, env ...string) (result, string) {
	t.Helper()
	bin, temp := t.TempDir(), t.TempDir()
	record := filepath.Join(bin, "record")
	for _, tool := range []string{"go", "aws", "kubectl"} {
		must(t, os.WriteFile(filepath.Join(bin, tool), []byte("#!/bin/sh\n"), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(bin, "pulumi"),
		[]byte("#!/bin/sh\necho \"$*\" >> '"+record+"'\ncase \"$PULUMI_BACKEND_URL $*\" in\n"+cases+"\nesac\n"), 0o755))
	words := strings.Fields(script)
	cmd := exec.Command(words[0], words[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+temp), env...)
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(temp)
	if must(t, err); len(left) > 0 {
		t.Errorf("left in TMPDIR: %v", left)
	}
	calls, err := os.ReadFile(record)
	must(t, err)
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}, string(calls)
}

// A stack that is not there is one thing, a backend that does not answer another. No other stack is asked for: a job may not
// read them.
func TestAsksForItsStack(t *testing.T) {
	t.Parallel()
	const why = "error: failed to load checkpoint: AccessDenied\n"
	for name, tc := range map[string]struct {
		verb, answer string
		code         int
		call, says   string // "" = no other call than the question, nothing said
	}{
		"init, there":      {"init", known, 0, "", ""},
		"init, not there":  {"init", unknown, 0, "stack init dev ", ""},
		"init, no answer":  {"init", denied, 1, "", why + "aws-init: the backend cannot be asked"},
		"up, no answer":    {"up", denied, 1, "", "AccessDenied"},
		"drift, there":     {"drift", known, 0, "preview --stack dev ", ""},
		"drift, not there": {"drift", unknown, 1, "", "aws-drift: the backend has no stack dev; make aws-init STACK=dev"},
		"drift, no answer": {"drift", denied, 1, "", why + "aws-drift: the backend cannot be asked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := filepath.Join("..", "..", ".ci", "aws") + " " + tc.verb
			r, calls := backend(t, script, `*" stack --stack dev --show-name "*) `+tc.answer+";;",
				"STACK=dev", "PULUMI_BACKEND_URL=file:///none", "PULUMI_SECRETS_PROVIDER=passphrase")
			if r.code != tc.code || !strings.Contains(r.err, tc.says) || (tc.says == "") != (r.err == "") {
				t.Errorf("exit %d, want %d and %q:\n%s", r.code, tc.code, tc.says, r.err)
			}
			_, after, _ := strings.Cut(calls, "\n")
			if strings.Contains(calls, "stack ls") || !strings.HasPrefix(after, tc.call) || (tc.call == "") != (after == "") {
				t.Errorf("calls of pulumi, want %q:\n%s", tc.call, calls)
			}
		})
	}
}

// verbs are the calls by their first words.
func verbs(calls string) string {
	var list []string
	for line := range strings.Lines(calls) {
		words := strings.Fields(line)
		if words[0] == "stack" {
			words[0] += " " + words[1]
		}
		list = append(list, words[0])
	}
	return strings.Join(list, ", ")
}

// The state of bootstrap is where it was before whenever the script stops.
func TestBootstrapAsks(t *testing.T) {
	t.Parallel()
	const moves = "stack ls, up, stack export, stack ls"
	const moved = ", stack import, stack change-secrets-provider, preview, stack output"
	for name, tc := range map[string]struct {
		begun        bool // a former run has stopped with the state in the file
		file, bucket string
		code         int
		calls, says  string // in this order, by their first words
	}{
		"once more":               {false, none, listed, 0, "stack ls, up, stack output", "the state is in paddock-state-1"},
		"somebody else's bucket":  {false, none, none, 1, "stack ls", "holds no state of bootstrap"},
		"the bucket says nothing": {false, none, denied, 1, "stack ls", "AccessDenied"},
		"it goes on":              {true, listed, listed, 0, moves + moved, "3. nothing"},
		"into an empty bucket":    {true, listed, none, 0, moves + ", stack init" + moved, "3. nothing"},
		"the file says nothing":   {true, denied, listed, 255, "stack ls", "AccessDenied"},
		"then no bucket either":   {true, listed, denied, 255, moves, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, script := range []string{"up.sh", "variables.sh", "Pulumi.yaml"} {
				real, err := filepath.Abs(filepath.Join("..", "..", "bootstrap", script))
				must(t, err)
				must(t, os.Symlink(real, filepath.Join(dir, script)))
			}
			must(t, os.WriteFile(filepath.Join(dir, "Pulumi.account.yaml"),
				[]byte("config:\n  paddock-bootstrap:region: us-west-2\n  paddock-bootstrap:bucket: paddock-state-1\n"), 0o644))
			if tc.begun {
				must(t, os.MkdirAll(filepath.Join(dir, ".state", ".pulumi"), 0o755))
			}
			r, calls := backend(t, filepath.Join(dir, "up.sh"), `"file://"*" stack ls "*) `+tc.file+`;;
"s3://paddock-state-1?region=us-west-2 stack ls "*) `+tc.bucket+`;;
*"stack output "*) echo '{"PADDOCK_DEV_ACCOUNT": "1"}';;`)
			if got := verbs(calls); got != tc.calls || r.code != tc.code || !strings.Contains(r.err, tc.says) {
				t.Errorf("exit %d, want %d and %q; calls %s, want %s\n%s", r.code, tc.code, tc.says, got, tc.calls, r.err)
			}
			if _, err := os.Stat(filepath.Join(dir, ".state")); tc.begun && (err == nil) != (tc.code != 0) {
				t.Errorf("exit %d, .state: %v", r.code, err)
			}
		})
	}
}
