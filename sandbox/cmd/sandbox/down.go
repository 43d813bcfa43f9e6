package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
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
	if !endAll(ctx, 15*time.Second, owned) {
		return fmt.Errorf("processes that do not end: %v", owned())
	}
	return nil
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
	return slices.DeleteFunc(pids, func(pid int) bool { return !slices.Contains(commandLine(pid), "serve") })
}
