package autoscaler

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/rbac"
)

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

// access makes the service account and its rights.
func (b *builder) access(ctx *pulumi.Context) error {
	account, err := corev1.NewServiceAccount(ctx, b.name+"-account", &corev1.ServiceAccountArgs{
		Metadata: metadata(ServiceAccount, Namespace),
	}, b.inCluster...)
	if err != nil {
		return err
	}
	everywhere, err := b.everywhere(ctx)
	if err != nil {
		return err
	}
	own, err := b.own(ctx)
	b.before = append(b.before, account, everywhere, own)
	return err
}

// everywhere grants the cluster-wide part.
func (b *builder) everywhere(ctx *pulumi.Context) (pulumi.Resource, error) {
	role, err := rbacv1.NewClusterRole(ctx, b.name+"-cluster", &rbacv1.ClusterRoleArgs{
		Metadata: metadata(appName, ""),
		Rules:    rbac.Rules(clusterGrants(b.minor)),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, b.name+"-cluster", &rbacv1.ClusterRoleBindingArgs{
		Metadata: metadata(appName, ""),
		RoleRef:  rbac.Ref("ClusterRole", role.Metadata.Name().Elem()),
		Subjects: rbac.Account(ServiceAccount, Namespace),
	}, b.inCluster...)
}

// own grants the part in the autoscaler's own namespace.
func (b *builder) own(ctx *pulumi.Context) (pulumi.Resource, error) {
	role, err := rbacv1.NewRole(ctx, b.name+"-own", &rbacv1.RoleArgs{
		Metadata: metadata(appName, Namespace),
		Rules:    rbac.Rules(ownGrants),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, b.name+"-own", &rbacv1.RoleBindingArgs{
		Metadata: metadata(appName, Namespace),
		RoleRef:  rbac.Ref("Role", role.Metadata.Name().Elem()),
		Subjects: rbac.Account(ServiceAccount, Namespace),
	}, b.inCluster...)
}

// metadata is that of an object with a fixed name; namespace "" = none.
func metadata(name, namespace string) metav1.ObjectMetaArgs {
	m := metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: pulumi.ToStringMap(labels())}
	if namespace != "" {
		m.Namespace = pulumi.String(namespace)
	}
	return m
}
