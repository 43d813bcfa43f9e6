package main

import (
	"bytes"
	"context"
	"errors"
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
	a.askToStop(ctx)
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

// stopRequest bounds the wait for an answer to the request; a daemon that hangs gives none.
const stopRequest = 10 * time.Second

// askToStop is best effort: what does not answer is ended by its id.
func (a *app) askToStop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopRequest)
	defer cancel()
	if err := a.client().Call(ctx, http.MethodPost, "/stop", nil, nil); err != nil && !errors.Is(err, link.ErrStopped) {
		fmt.Fprintln(os.Stderr, "the daemon does not answer:", err)
	}
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

// processesOf lists the processes that belong to the sandbox in dir: their program lies in it, or was started by a name in
// it, or lies in the tool cache (or is a Node that runs a script there) while environment or arguments name dir. A shell that has read .sandbox/env
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
	if strings.HasPrefix(args[0], dir+"/") { // a link to the cache, wherever that was when the link was made
		program = args[0]
	}
	if len(args) > 1 && filepath.Base(program) == "node" {
		program = args[1]
	}
	if !strings.HasPrefix(program, dir+"/") && !strings.HasPrefix(program, cache+"/") {
		return false
	}
	if strings.HasPrefix(program, dir+"/") {
		return true
	}
	env, _ := os.ReadFile(filepath.Join(proc, "environ"))
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
