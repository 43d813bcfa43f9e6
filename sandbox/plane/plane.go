// Package plane runs real Kubernetes control planes for the local cloud: etcd, apiserver, controllers, scheduler and
// KWOK as child processes, and in them the nodes and add-ons that EKS would bring.
package plane

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"paddock/sandbox/machine"
	"paddock/sandbox/mesh"
	"paddock/sandbox/parallel"
	"paddock/sandbox/pods"
	"paddock/sandbox/process"
)

var _ machine.Machine = (*Plane)(nil)

// Plane holds the control planes of one local cloud.
type Plane struct {
	cfg Config

	life context.Context // ends with Stop, and with it whatever is under way
	end  context.CancelCauseFunc

	mu       sync.Mutex
	clusters map[string]*cluster
}

// programs are what Config.Bin must hold.
var programs = append(pods.Programs(), "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server")

// New checks that every program is there; it starts nothing.
func New(cfg Config) (*Plane, error) {
	cfg.fill()
	var errs []error
	for _, name := range programs {
		info, err := os.Stat(filepath.Join(cfg.Bin, name))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("plane: program %s: %w", name, err))
		case info.IsDir() || info.Mode()&0o111 == 0:
			errs = append(errs, fmt.Errorf("plane: program %s: %s cannot be executed", name, filepath.Join(cfg.Bin, name)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	// Logs and data are opened by children, whose folder may be another one.
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("plane: data folder: %w", err)
	}
	cfg.Dir = dir
	p := &Plane{cfg: cfg, clusters: map[string]*cluster{}}
	p.life, p.end = context.WithCancelCause(context.Background())
	return p, nil
}

// EKS's own rule for cluster names; it also keeps a name from leaving the data folder.
var clusterName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)

// EnsureCluster implements machine.Machine.
func (p *Plane) EnsureCluster(ctx context.Context, c machine.Cluster) (machine.Endpoint, error) {
	if !clusterName.MatchString(c.Name) {
		return machine.Endpoint{}, fmt.Errorf("cluster %q: illegal name: want %s", c.Name, clusterName)
	}
	cl, err := p.claim(c.Name)
	if err != nil {
		return machine.Endpoint{}, err
	}
	ctx, done := p.bound(ctx)
	defer done()
	end, err := cl.ensure(ctx, c)
	if err != nil {
		return machine.Endpoint{}, fmt.Errorf("cluster %s: %w", c.Name, err)
	}
	return end, nil
}

// DeleteCluster implements machine.Machine. It also removes the data of a cluster that this Plane has not started.
func (p *Plane) DeleteCluster(ctx context.Context, name string) error {
	if !clusterName.MatchString(name) {
		return nil // no such cluster can exist
	}
	cl, err := p.claim(name)
	if err != nil {
		return err
	}
	if err := cl.remove(ctx); err != nil {
		return fmt.Errorf("cluster %s: deleting: %w", name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clusters[name] == cl {
		delete(p.clusters, name)
	}
	return nil
}

// Stop ends every process and keeps all data. No cluster can be started afterwards.
func (p *Plane) Stop(ctx context.Context) error {
	p.mu.Lock()
	p.end(machine.ErrStopping)
	clusters := slices.Collect(maps.Values(p.clusters))
	p.mu.Unlock()
	return parallel.Each(clusters, func(c *cluster) error { return c.halt(ctx) })
}

// Processes lists what runs, or ought to, by cluster and name.
func (p *Plane) Processes() []process.Info {
	var infos []process.Info
	for _, c := range p.all() {
		for _, proc := range c.processes() {
			infos = append(infos, proc.Info())
		}
		if run := c.runner(); run != nil {
			infos = append(infos, run.Processes()...)
		}
	}
	return infos
}

func (p *Plane) clusterDir(name string) string { return filepath.Join(p.cfg.Dir, "clusters", name) }

// claim finds the cluster of that name, or makes an idle one.
func (p *Plane) claim(name string) (*cluster, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, machine.ErrStopping)
	}
	c, ok := p.clusters[name]
	if !ok {
		c = newCluster(name, p.clusterDir(name), p.cfg)
		p.clusters[name] = c
	}
	return c, nil
}

// bound makes ctx end with the plane as well: callers may have cut theirs off from any cancellation.
func (p *Plane) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.life, func() { cancel(machine.ErrStopping) })
	return ctx, func() { stop(); cancel(nil) }
}

// running finds a cluster whose control plane serves; one that is just being started or upgraded is waited for.
func (p *Plane) running(name string) (*cluster, *kube, error) {
	p.mu.Lock()
	c := p.clusters[name]
	p.mu.Unlock()
	if c != nil {
		c.op.Lock()
		defer c.op.Unlock()
	}
	return p.serving(name)
}

// serving is running that does not wait.
func (p *Plane) serving(name string) (*cluster, *kube, error) {
	p.mu.Lock()
	c := p.clusters[name]
	p.mu.Unlock()
	if c != nil {
		if k := c.client(); k != nil {
			return c, k, nil
		}
	}
	return nil, nil, fmt.Errorf("cluster %s: its control plane is not running", name)
}

// Mesh is the way to the Services of a running cluster; it ends with the control plane.
func (p *Plane) Mesh(name string) (*mesh.Mesh, error) {
	c, _, err := p.serving(name)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mesh == nil {
		return nil, fmt.Errorf("cluster %s: its control plane is being stopped", name)
	}
	return c.mesh, nil
}

// known tells whether there are data of a cluster: then what was asked to be deleted in it may still be there.
func (p *Plane) known(name string) bool {
	_, err := os.Stat(p.clusterDir(name))
	return err == nil
}

func (p *Plane) all() []*cluster {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*cluster
	for _, name := range slices.Sorted(maps.Keys(p.clusters)) {
		all = append(all, p.clusters[name])
	}
	return all
}
