package ingress

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/rbac"
)

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
		Metadata: metadata(Name, ""), Rules: rbac.Rules(clusterGrants),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, b.name+"-cluster", &rbacv1.ClusterRoleBindingArgs{
		Metadata: metadata(Name, ""),
		RoleRef:  rbac.Ref("ClusterRole", role.Metadata.Name().Elem()),
		Subjects: rbac.Account(ServiceAccount, Namespace),
	}, b.inCluster...)
}

// own grants the part in the controller's own namespace.
func (b *builder) own(ctx *pulumi.Context) (pulumi.Resource, error) {
	role, err := rbacv1.NewRole(ctx, b.name+"-own", &rbacv1.RoleArgs{
		Metadata: metadata(Name, Namespace), Rules: rbac.Rules(ownGrants),
	}, b.inCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, b.name+"-own", &rbacv1.RoleBindingArgs{
		Metadata: metadata(Name, Namespace),
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
