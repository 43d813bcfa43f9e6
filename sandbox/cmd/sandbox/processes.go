package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"paddock/sandbox/link"
)

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

// endAll asks the processes that list names to end, and kills those that have not ended within patience. It tells whether
// none is left.
func endAll(ctx context.Context, patience time.Duration, list func() []int) bool {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range list() {
			_ = syscall.Kill(pid, sig) // it may have ended meanwhile
		}
		if wait(ctx, patience, func() bool { return len(list()) == 0 }) {
			return true
		}
	}
	return false
}

func proc(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// commandLine is what a process was started with; nil for one that is gone, a zombie or a kernel thread.
func commandLine(pid int) []string {
	line, err := os.ReadFile(proc(pid, "cmdline"))
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}

// processesOf lists the processes that belong to the sandbox in dir: their program lies in it, or was started by a name in
// it, or lies in the tool cache (or is a Node that runs a script there) while environment or arguments name dir, or it runs for
// a pod, whose folder is its home. A shell that has read .sandbox/env passes none of these. Without /proc (macOS) it finds nothing, and the daemon's own stop has to
// do.
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
		if belongs(pid, dir, cache) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func belongs(pid int, dir, cache string) bool {
	args := commandLine(pid)
	if len(args) == 0 {
		return false
	}
	program, _ := os.Readlink(proc(pid, "exe"))
	if strings.HasPrefix(args[0], dir+"/") { // a link to the cache, wherever that was when the link was made
		program = args[0]
	}
	if len(args) > 1 && filepath.Base(program) == "node" {
		program = args[1]
	}
	if strings.HasPrefix(program, dir+"/") {
		return true
	}
	env, _ := os.ReadFile(proc(pid, "environ"))
	if bytes.Contains(append([]byte{0}, env...), []byte("\x00HOME="+dir+"/clusters/")) {
		return true
	}
	if !strings.HasPrefix(program, cache+"/") {
		return false
	}
	return bytes.Contains(env, []byte(link.DirVariable+"="+dir+"\x00")) || mentions(args, dir)
}

// mentions tells whether an argument is a path in dir, by itself or after a flag's equals sign.
func mentions(args []string, dir string) bool {
	for _, arg := range args {
		for _, text := range append(strings.FieldsFunc(arg, func(r rune) bool { return r == '=' || r == ',' }), arg) {
			if strings.HasPrefix(strings.TrimPrefix(text, "unix://"), dir+"/") {
				return true
			}
		}
	}
	return false
}
