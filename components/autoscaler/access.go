package autoscaler

import "paddock/components/rbac"

// dynamicResources is the first minor whose autoscaler always watches dynamic resource allocation:
// the flag that turned it on is locked on from there.
const dynamicResources = 35

// clusterGrants is what the autoscaler does in all namespaces. Upstream's manifest grants more:
// endpoints (an old kind of lock), pods/status, the extensions group, jobs patch, and get on
// all that it only lists and watches.
func clusterGrants(minor int) []rbac.Grant {
	grants := []rbac.Grant{
		// Its own view of the cluster, and the copy of the scheduler inside it.
		rbac.May("list watch", "", "namespaces persistentvolumeclaims persistentvolumes replicationcontrollers services"),
		rbac.May("list watch", "apps", "daemonsets replicasets statefulsets"),
		rbac.May("list watch", "batch", "jobs"),
		rbac.May("list watch", "policy", "poddisruptionbudgets"),
		rbac.May("list watch", "storage.k8s.io", "csidrivers csinodes csistoragecapacities storageclasses volumeattachments"),
		// Draining: taint the node, evict its pods, wait until they are gone. A taint that somebody was faster than is tried
		// again on the node as it is then, hence get.
		rbac.May("get list watch update", "", "nodes"),
		rbac.May("get list watch", "", "pods"),
		rbac.May("create", "", "pods/eviction"),
		// Events on pods and nodes, in whatever namespace those are.
		rbac.May("create patch", "", "events"),
	}
	if minor >= dynamicResources {
		grants = append(grants, rbac.May("list watch", "resource.k8s.io", "deviceclasses resourceclaims resourceslices"))
	}
	return grants
}

// ownGrants is what it does in its own namespace: the lease that makes one pod lead, and the
// status that it writes after each scan and removes when it ends. RBAC cannot limit create by name.
var ownGrants = []rbac.Grant{
	rbac.May("create", "coordination.k8s.io", "leases"),
	rbac.May("get update", "coordination.k8s.io", "leases", "cluster-autoscaler"),
	rbac.May("create", "", "configmaps"),
	rbac.May("get update delete", "", "configmaps", "cluster-autoscaler-status"),
}
