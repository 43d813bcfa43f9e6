package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	endAll(ctx, 5*time.Second, orphans) // what stays is a nuisance, not a fault
	return nil
}

// orphan tells whether a process is a plugin whose parent is no Pulumi.
func orphan(pid int) bool {
	args := commandLine(pid)
	if len(args) == 0 || !strings.HasPrefix(filepath.Base(args[0]), "pulumi-") && !strings.Contains(strings.Join(args, " "), "/@pulumi/eks/") {
		return false
	}
	stat, err := os.ReadFile(proc(pid, "stat"))
	_, after, ok := strings.Cut(string(stat), ") ") // the name before it may hold anything
	fields := strings.Fields(after)
	if err != nil || !ok || len(fields) < 2 {
		return false
	}
	parent, err := strconv.Atoi(fields[1])
	return err == nil && !isPulumi(parent)
}
