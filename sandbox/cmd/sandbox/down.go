package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"paddock/sandbox/link"
	"paddock/sandbox/toolchain"
)

// downTimeout bounds the daemon's own stop; what is left after it is killed.
const downTimeout = 60 * time.Second

// down asks the daemon to stop, waits for it, then ends whatever else belongs to this sandbox: a Pulumi that was left
// alone by a killed terminal, its plugins, children of a daemon that was killed.
func (a *app) down(ctx context.Context) error {
	if err := a.client().Call(ctx, http.MethodPost, "/stop", nil, nil); err != nil && !stopped(err) {
		return err
	}
	cache, err := toolchain.CacheDir()
	if err != nil {
		return err
	}
	owned := func() []int { return processesOf(a.dir, cache) }
	if wait(ctx, downTimeout, func() bool { return len(a.daemons(owned())) == 0 }) && len(owned()) == 0 {
		return nil
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range owned() {
			_ = syscall.Kill(pid, sig) // it may have ended meanwhile
		}
		if wait(ctx, 15*time.Second, func() bool { return len(owned()) == 0 }) {
			return nil
		}
	}
	return fmt.Errorf("processes that do not end: %v", owned())
}

// daemons are those of pids that run `sandbox serve`.
func (a *app) daemons(pids []int) []int {
	var found []int
	for _, pid := range pids {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err == nil && bytes.Contains(line, []byte("\x00serve\x00")) {
			found = append(found, pid)
		}
	}
	return found
}

func wait(ctx context.Context, timeout time.Duration, done func() bool) bool {
	deadline := time.Now().Add(timeout)
	for !done() {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return false
		}
		time.Sleep(50 * time.Millisecond)
	}
	return true
}

// processesOf lists the processes that belong to the sandbox in dir: their program lies in it or in the tool cache (or is
// a Node that runs a script of these), and their environment or arguments name dir. A shell that has read .sandbox/env
// passes neither test. Without /proc (macOS) it finds nothing, and the daemon's own stop has to do.
func processesOf(dir, cache string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if belongs(filepath.Join("/proc", e.Name()), dir, cache) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func belongs(proc, dir, cache string) bool {
	line, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil || len(line) == 0 { // gone, a zombie, or a kernel thread
		return false
	}
	args := strings.Split(string(line), "\x00")
	program, _ := os.Readlink(filepath.Join(proc, "exe"))
	if len(args) > 1 && filepath.Base(program) == "node" {
		program = args[1]
	}
	if !strings.HasPrefix(program, dir+"/") && !strings.HasPrefix(program, cache+"/") {
		return false
	}
	env, _ := os.ReadFile(filepath.Join(proc, "environ"))
	return strings.HasPrefix(program, dir+"/") ||
		bytes.Contains(env, []byte(link.DirVariable+"="+dir+"\x00")) || bytes.Contains(line, []byte(dir+"/"))
}
