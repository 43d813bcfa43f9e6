package autoscaler

import (
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// grant is one row of the rights in the cluster; words are separated by spaces.
type grant struct {
	group     string // API group, "" = core
	resources string
	verbs     string
	names     string // only objects of these names; "" = all
}

// dynamicResources is the first minor whose autoscaler always watches dynamic resource allocation:
// the flag that turned it on is locked on from there.
const dynamicResources = 35

// clusterGrants is what the autoscaler does in all namespaces. Upstream's manifest grants more:
// endpoints (an old kind of lock), pods/status, the extensions group, jobs patch, and get on
// all that it only lists and watches.
func clusterGrants(minor int) []grant {
	grants := []grant{
		// Its own view of the cluster, and the copy of the scheduler inside it.
		{"", "namespaces persistentvolumeclaims persistentvolumes replicationcontrollers services", "list watch", ""},
		{"apps", "daemonsets replicasets statefulsets", "list watch", ""},
		{"batch", "jobs", "list watch", ""},
		{"policy", "poddisruptionbudgets", "list watch", ""},
		{"storage.k8s.io", "csidrivers csinodes csistoragecapacities storageclasses volumeattachments", "list watch", ""},
		// Draining: taint the node, evict its pods, wait until they are gone. A taint that somebody was faster than is tried
		// again on the node as it is then, hence get.
		{"", "nodes", "get list watch update", ""},
		{"", "pods", "get list watch", ""},
		{"", "pods/eviction", "create", ""},
		// Events on pods and nodes, in whatever namespace those are.
		{"", "events", "create patch", ""},
	}
	if minor >= dynamicResources {
		grants = append(grants, grant{"resource.k8s.io", "deviceclasses resourceclaims resourceslices", "list watch", ""})
	}
	return grants
}

// ownGrants is what it does in its own namespace: the lease that makes one pod lead, and the
// status that it writes after each scan and removes when it ends. RBAC cannot limit create by name.
var ownGrants = []grant{
	{"coordination.k8s.io", "leases", "create", ""},
	{"coordination.k8s.io", "leases", "get update", "cluster-autoscaler"},
	{"", "configmaps", "create", ""},
	{"", "configmaps", "get update delete", "cluster-autoscaler-status"},
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
		Rules:    rules(clusterGrants(b.minor)),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, b.name+"-cluster", &rbacv1.ClusterRoleBindingArgs{
		Metadata: metadata(appName, ""),
		RoleRef:  roleRef("ClusterRole", role.Metadata.Name().Elem()),
		Subjects: subjects(),
	}, b.inCluster...)
}

// own grants the part in the autoscaler's own namespace.
func (b *builder) own(ctx *pulumi.Context) (pulumi.Resource, error) {
	role, err := rbacv1.NewRole(ctx, b.name+"-own", &rbacv1.RoleArgs{
		Metadata: metadata(appName, Namespace),
		Rules:    rules(ownGrants),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, b.name+"-own", &rbacv1.RoleBindingArgs{
		Metadata: metadata(appName, Namespace),
		RoleRef:  roleRef("Role", role.Metadata.Name().Elem()),
		Subjects: subjects(),
	}, b.inCluster...)
}

func rules(grants []grant) rbacv1.PolicyRuleArray {
	var out rbacv1.PolicyRuleArray
	for _, g := range grants {
		rule := rbacv1.PolicyRuleArgs{
			ApiGroups: pulumi.ToStringArray([]string{g.group}),
			Resources: pulumi.ToStringArray(strings.Fields(g.resources)),
			Verbs:     pulumi.ToStringArray(strings.Fields(g.verbs)),
		}
		if g.names != "" {
			rule.ResourceNames = pulumi.ToStringArray(strings.Fields(g.names))
		}
		out = append(out, rule)
	}
	return out
}

func roleRef(kind string, role pulumi.StringInput) rbacv1.RoleRefArgs {
	return rbacv1.RoleRefArgs{ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String(kind), Name: role}
}

func subjects() rbacv1.SubjectArray {
	return rbacv1.SubjectArray{rbacv1.SubjectArgs{
		Kind:      pulumi.String("ServiceAccount"),
		Name:      pulumi.String(ServiceAccount),
		Namespace: pulumi.String(Namespace),
	}}
}

// metadata is that of an object with a fixed name; namespace "" = none.
func metadata(name, namespace string) metav1.ObjectMetaArgs {
	m := metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: pulumi.ToStringMap(labels())}
	if namespace != "" {
		m.Namespace = pulumi.String(namespace)
	}
	return m
}
