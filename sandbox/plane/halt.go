package plane

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"paddock/sandbox/parallel"
	"paddock/sandbox/process"
)

// halt ends the cluster's processes and keeps its data.
func (c *cluster) halt(ctx context.Context) error {
	c.op.Lock()
	defer c.op.Unlock()
	return c.haltLocked(ctx)
}

// haltLocked stops the apiserver's clients before it, since it waits for their watches, and etcd last.
func (c *cluster) haltLocked(ctx context.Context) error {
	c.addonOp.Lock() // an add-on on its way must not start a process behind our back
	defer c.addonOp.Unlock()
	c.mu.Lock()
	c.kube = nil
	if c.endRenewal != nil {
		c.endRenewal()
	}
	procs, run, front, way, volumes, leave := maps.Clone(c.procs), c.pods, c.kubelet, c.mesh, c.volumes, c.leave
	c.pods, c.kubelet, c.mesh, c.volumes, c.leave = nil, nil, nil, nil, nil
	c.mu.Unlock()
	if leave != nil {
		leave()
	}

	rank := func(name string) int {
		switch name[strings.LastIndex(name, "/")+1:] {
		case "apiserver":
			return 1
		case "etcd":
			return 2
		}
		return 0
	}
	var errs []error
	if run != nil {
		errs = append(errs, run.Stop(ctx))
	}
	volumes.Stop()
	errs = append(errs, front.close(), way.Stop())
	for r := range 3 {
		var names []string
		for name := range procs {
			if rank(name) == r {
				names = append(names, name)
			}
		}
		errs = append(errs, parallel.Each(names, func(name string) error { return procs[name].Stop(ctx) }))
	}
	c.mu.Lock()
	clear(c.procs)
	c.mu.Unlock()
	return errors.Join(errs...)
}

// remove ends the processes and deletes all data.
func (c *cluster) remove(ctx context.Context) error {
	c.op.Lock()
	defer c.op.Unlock()
	if err := c.haltLocked(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return nil
}

// processes lists the cluster's processes by name.
func (c *cluster) processes() []*process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	var procs []*process.Process
	for _, name := range slices.Sorted(maps.Keys(c.procs)) {
		procs = append(procs, c.procs[name])
	}
	return procs
}
