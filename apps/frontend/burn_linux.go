package main

import (
	"runtime"
	"syscall"
	"time"
)

// rusageThread is RUSAGE_THREAD: this thread alone.
const rusageThread = 1

// burn uses so much CPU time, however long that takes under a limit.
func burn(cpu time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	sum := 0
	for end := used() + cpu; used() < end; {
		for i := range 2000 {
			sum += i
		}
	}
	runtime.KeepAlive(sum)
}

func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
