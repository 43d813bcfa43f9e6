package ingress

import "paddock/components/rbac"

// clusterGrants is what the controller does in all namespaces for Ingresses whose targets are pods. Upstream's manifest grants
// more: config maps (target groups that several clusters share), writes of Services (load balancers of Services, which are off),
// status of pods (readiness gates, which are not injected: see deployment.go), endpoints (slices are read instead), the Gateway
// API, Global Accelerator, and on request all secrets (sign-in at the load balancer, which takes a Role in the namespace that has
// the secret).
var clusterGrants = []rbac.Grant{
	// Where requests are to go. Nodes tell which network interface a pod's address is on.
	rbac.May("get list watch", "", "namespaces nodes pods services"),
	rbac.May("get list watch", "discovery.k8s.io", "endpointslices"),
	rbac.May("get list watch", "networking.k8s.io", "ingressclasses"),
	rbac.May("get list watch", groupName, "ingressclassparams"),
	// The finalizer that keeps an Ingress until its load balancer is gone, and the name under which it is reached.
	rbac.May("get list watch update patch", "networking.k8s.io", "ingresses"),
	rbac.May("update patch", "networking.k8s.io", "ingresses/status"),
	// Its own note of which target group a Service's pods are registered with.
	rbac.May("create delete get list watch update patch", groupName, "targetgroupbindings"),
	rbac.May("update patch", groupName, "targetgroupbindings/status"),
	rbac.May("create patch", "", "events"),
}

// ownGrants is what it does in its own namespace: the lease that makes one pod lead.
var ownGrants = []rbac.Grant{
	rbac.May("create", "coordination.k8s.io", "leases"),
	rbac.May("get update patch", "coordination.k8s.io", "leases", lease),
}
