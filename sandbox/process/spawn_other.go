//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// attributes puts a child into a group of its own. Only Linux can also end it with us.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func spawn(cmd *exec.Cmd) error { return cmd.Start() }

// waitGroup waits for a child and ends what it leaves behind in its group.
func waitGroup(cmd *exec.Cmd) error {
	err := cmd.Wait()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be empty
	return err
}
