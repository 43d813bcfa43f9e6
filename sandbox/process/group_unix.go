//go:build unix

package process

import "syscall"

// terminate asks the child to end. Only its leader is told: the programs we run end their own children.
func (c *child) terminate() { c.signal(c.cmd.Process.Pid, syscall.SIGTERM) }

// kill ends the child's whole group at once.
func (c *child) kill() { c.signal(-c.cmd.Process.Pid, syscall.SIGKILL) }

// signal leaves a child alone that has been waited for: its pid may belong to somebody else by now.
func (c *child) signal(pid int, s syscall.Signal) {
	select {
	case <-c.done:
	default:
		_ = syscall.Kill(pid, s) // gone already is what we want
	}
}
