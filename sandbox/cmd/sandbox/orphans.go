package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"paddock/sandbox/toolchain"
)

// endOrphans ends the plugins of a Pulumi that was killed: some watch no engine, and their open connections would hold up
// the end of the cluster they talk to.
func (a *app) endOrphans(ctx context.Context) error {
	cache, err := toolchain.CacheDir()
	if err != nil {
		return err
	}
	orphans := func() []int {
		return slices.DeleteFunc(processesOf(a.dir, cache), func(pid int) bool { return !orphan(pid) })
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range orphans() {
			_ = syscall.Kill(pid, sig) // it may have ended meanwhile
		}
		if wait(ctx, 5*time.Second, func() bool { return len(orphans()) == 0 }) {
			break
		}
	}
	return nil
}

// orphan tells whether a process is a plugin whose parent is no Pulumi.
func orphan(pid int) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	line, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	args := strings.Split(string(line), "\x00")
	if err != nil || !strings.HasPrefix(filepath.Base(args[0]), "pulumi-") && !strings.Contains(string(line), "/@pulumi/eks/") {
		return false
	}
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	_, after, ok := strings.Cut(string(stat), ") ") // the name before it may hold anything
	fields := strings.Fields(after)
	if err != nil || !ok || len(fields) < 2 {
		return false
	}
	parent, err := strconv.Atoi(fields[1])
	return err == nil && !isPulumi(parent)
}
