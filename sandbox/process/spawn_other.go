//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// attributes puts a child into a group of its own. Only Linux can also end it with us.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func spawn(cmd *exec.Cmd) error { return cmd.Start() }
