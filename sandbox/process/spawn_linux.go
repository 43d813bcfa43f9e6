package process

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
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
