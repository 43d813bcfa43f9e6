package process

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts a child into a group of its own (Ctrl-C in a terminal is for us, not for it) and has the kernel end
// it with us, however we end.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// The kernel sends Pdeathsig when the thread dies that forked, not the process. So all children are forked by one
// thread that lives as long as we do.
var forker = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

func spawn(cmd *exec.Cmd) error {
	done := make(chan error)
	forker() <- func() { done <- cmd.Start() }
	return <-done
}

// waitGroup waits for a child and ends what it leaves behind in its group, as the end of a container's first process does. Until the
// child is waited for, its number belongs to nobody else.
func waitGroup(cmd *exec.Cmd) error {
	for errors.Is(unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be empty
	return cmd.Wait()
}
