package headroom

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/rbac"
)

// everywhere is the name of the cluster-wide role, which no namespace keeps apart from others.
const everywhere = "paddock-" + Scaler

// Rights of the scaler: it watches the nodes, reads its law, and reads and writes one Deployment's size. Upstream's manifest grants
// more: the sizes of ReplicaSets and replication controllers, and to create the ConfigMap, which it does only with
// --default-params.
var (
	watchNodes = []rbac.Grant{rbac.May("list watch", "", "nodes")}
	sizeSlices = []rbac.Grant{
		rbac.May("get", "", "configmaps", Scaler),
		rbac.May("get update", "apps", "deployments/scale", Slices),
	}
)

// access makes the scaler's service account and its rights.
func (b *builder) access(ctx *pulumi.Context) error {
	opts := append([]pulumi.ResourceOption{pulumi.DependsOn(b.before)}, b.opts...)
	account, err := corev1.NewServiceAccount(ctx, b.name+"-account", &corev1.ServiceAccountArgs{Metadata: metadata(Scaler, nil)}, opts...)
	if err != nil {
		return err
	}
	nodes, err := b.cluster(ctx, opts)
	if err != nil {
		return err
	}
	size, err := b.own(ctx, opts)
	b.before = append(b.before, account, nodes, size)
	return err
}

// cluster grants the cluster-wide part.
func (b *builder) cluster(ctx *pulumi.Context, opts []pulumi.ResourceOption) (pulumi.Resource, error) {
	meta := metav1.ObjectMetaArgs{Name: pulumi.String(everywhere), Labels: pulumi.ToStringMap(labels.Of(Scaler))}
	role, err := rbacv1.NewClusterRole(ctx, b.name+"-nodes", &rbacv1.ClusterRoleArgs{Metadata: meta, Rules: rbac.Rules(watchNodes)}, opts...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, b.name+"-nodes", &rbacv1.ClusterRoleBindingArgs{
		Metadata: meta, RoleRef: rbac.Ref("ClusterRole", role.Metadata.Name().Elem()), Subjects: rbac.Account(Scaler, Namespace),
	}, opts...)
}

// own grants the part in the headroom's namespace.
func (b *builder) own(ctx *pulumi.Context, opts []pulumi.ResourceOption) (pulumi.Resource, error) {
	meta := metadata(Scaler, nil)
	role, err := rbacv1.NewRole(ctx, b.name+"-size", &rbacv1.RoleArgs{Metadata: meta, Rules: rbac.Rules(sizeSlices)}, opts...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, b.name+"-size", &rbacv1.RoleBindingArgs{
		Metadata: meta, RoleRef: rbac.Ref("Role", role.Metadata.Name().Elem()), Subjects: rbac.Account(Scaler, Namespace),
	}, opts...)
}
