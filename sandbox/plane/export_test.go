package plane

import "path/filepath"

// AdminKubeconfig is the file that makes its reader system:masters of a cluster.
func (p *Plane) AdminKubeconfig(cluster string) string {
	return filepath.Join(p.clusterDir(cluster), "admin.kubeconfig")
}
