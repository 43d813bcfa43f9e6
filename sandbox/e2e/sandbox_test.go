package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds one command. Most take seconds; the grade of a service takes four minutes where autoscaler and HPA have to come to
// rest first.
const patience = 8 * time.Minute

// sandbox is a local cloud of a test's own, with a project root of its own whose stack files the test may edit.
type sandbox struct {
	dir, root string
	stack     string
}

// program is what of the checkout the platform's program is made from.
var program = []string{"main.go", "capacity", "components", "config", "cost", "infra", "servicefile", "stacks", "Pulumi.yaml"}

// newSandbox makes the folders; the cloud starts with the first command that needs it, and ends with the test.
func newSandbox(t *testing.T, stack string) *sandbox {
	t.Helper()
	bin := tools(t)
	top, err := os.MkdirTemp("", "pdk") // short: a unix socket's path is limited to 108 characters
	must(t, err)
	s := &sandbox{dir: filepath.Join(top, "sb"), root: filepath.Join(top, "root"), stack: stack}
	t.Cleanup(func() {
		s.end(t)
		if os.Getenv("PADDOCK_KEEP") == "" { // set it to look at the logs of a failed test
			os.RemoveAll(top)
		}
	})
	layOut(t, bin, s.dir)
	must(t, os.Mkdir(s.root, 0o755))
	for _, name := range append([]string{"go.mod", "go.sum"}, program...) {
		must(t, os.Symlink(filepath.Join(checkout(t), name), filepath.Join(s.root, name)))
	}
	return s
}

// end stops the cloud and tells whatever survives it.
func (s *sandbox) end(t *testing.T) {
	if t.Failed() {
		text, _ := os.ReadFile(filepath.Join(s.dir, "logs", "sandbox.log"))
		lines := strings.Split(string(text), "\n")
		t.Logf("end of the daemon's log:\n%s", strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
	if got := s.cmd(t, "down"); got.code != 0 {
		t.Errorf("sandbox down: exit %d\n%s", got.code, got.all())
	}
	for pid, line := range s.processes(t) {
		t.Errorf("still runs after `sandbox down`: %d %s", pid, line)
		kill(pid)
	}
}

// result is how a command ended.
type result struct {
	code     int
	out, err string
}

func (r result) all() string { return r.out + r.err }

// cmd runs one of the sandbox's own commands.
func (s *sandbox) cmd(t *testing.T, args ...string) result {
	t.Helper()
	return s.run(t, nil, s.program("sandbox"), append([]string{"--dir", s.dir, "--root", s.root}, args...)...)
}

// verb runs up, preview, refresh or destroy on the stack; flags go to Pulumi.
func (s *sandbox) verb(t *testing.T, verb string, flags ...string) result {
	t.Helper()
	start := time.Now()
	r := s.cmd(t, s.words(verb, flags)...)
	t.Logf("sandbox %s %s: exit %d after %s", verb, strings.Join(flags, " "), r.code, time.Since(start).Round(100*time.Millisecond))
	return r
}

func (s *sandbox) words(verb string, flags []string) []string {
	return append([]string{verb, "--stack", s.stack, "--"}, flags...)
}

// succeed is verb where nothing but success will do.
func (s *sandbox) succeed(t *testing.T, verb string, flags ...string) result {
	t.Helper()
	r := s.verb(t, verb, flags...)
	if r.code != 0 {
		t.Fatalf("sandbox %s %s: exit %d\n%s", verb, strings.Join(flags, " "), r.code, r.all())
	}
	return r
}

// shell runs a line in sh as a user would type it after `. env`, in the project's root.
func (s *sandbox) shell(t *testing.T, line string) result {
	t.Helper()
	return s.run(t, nil, "/bin/sh", "-c", ". "+filepath.Join(s.dir, "env")+" && "+line)
}

func (s *sandbox) run(t *testing.T, stdin []byte, program string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	// Interrupted first, since what a killed command has started lives on; the pipes of that are not waited for.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = s.root, bytes.NewReader(stdin), &out, &errs, environ()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(program), strings.Join(args, " "), err, &out, &errs)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// environ is a plain user's environment: nothing in it points at a sandbox, a Pulumi or an AWS account.
func environ() []string {
	var env []string
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, "PULUMI_") || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "PADDOCK_") || name == "KUBECONFIG" {
			continue
		}
		env = append(env, line)
	}
	// --event-log, the one complete account of what an update did and in which order, is a flag for developers of Pulumi.
	return append(env, "PULUMI_DEBUG_COMMANDS=true")
}

func (s *sandbox) program(name string) string { return filepath.Join(s.dir, "bin", name) }
