package plane

import (
	"context"
	"path/filepath"
)

// AdminKubeconfig is the file that makes its reader system:masters of a cluster.
func (p *Plane) AdminKubeconfig(cluster string) string {
	return filepath.Join(p.clusterDir(cluster), "admin.kubeconfig")
}

// End ends one process behind the plane's back, and for good, as when it was given up after too many deaths.
func (p *Plane) End(ctx context.Context, cluster, name string) error {
	c := p.clusters[cluster]
	c.mu.Lock()
	proc := c.procs[cluster+"/"+name]
	c.mu.Unlock()
	return proc.Stop(ctx)
}
