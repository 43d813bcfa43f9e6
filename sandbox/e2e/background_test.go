package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// background is a command of the sandbox that runs while the test does something to it.
type background struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// begin starts a verb as a shell starts a job: in a process group of its own.
func (s *sandbox) begin(t *testing.T, verb string, flags ...string) *background {
	t.Helper()
	b := &background{log: filepath.Join(s.dir, "background.log"), done: make(chan struct{})}
	out, err := os.Create(b.log)
	must(t, err)
	defer out.Close() // the child holds its own descriptor
	b.cmd = exec.Command(s.program("sandbox"), append([]string{"--dir", s.dir, "--root", s.root}, s.words(verb, flags)...)...)
	b.cmd.Dir, b.cmd.Env, b.cmd.Stdout, b.cmd.Stderr = s.root, environ(), out, out
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, b.cmd.Start())
	go func() {
		_ = b.cmd.Wait() // end looks at how it ended
		close(b.done)
	}()
	return b
}

// interrupt does what a terminal does at Ctrl-C: the whole group of the command gets the signal.
func (b *background) interrupt() { _ = syscall.Kill(-b.cmd.Process.Pid, syscall.SIGINT) }

// end waits for the command.
func (b *background) end(t *testing.T) result {
	t.Helper()
	select {
	case <-b.done:
	case <-time.After(patience):
		b.interrupt()
		t.Fatalf("does not end: %s", b.cmd)
	}
	text, err := os.ReadFile(b.log)
	must(t, err)
	return result{code: b.cmd.ProcessState.ExitCode(), out: string(bytes.TrimSpace(text))}
}

// tell shows a failed test's reader what the command had to say.
func (b *background) tell(t *testing.T) {
	if text, _ := os.ReadFile(b.log); t.Failed() {
		t.Logf("%s", text)
	}
}
