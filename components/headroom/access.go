package headroom

import (
	"strings"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// everywhere is the name of the cluster-wide role, which no namespace keeps apart from others.
const everywhere = "paddock-" + Scaler

// Rights of the scaler: it watches the nodes, reads its law, and reads and writes one Deployment's size. Upstream's manifest grants
// more: the sizes of ReplicaSets and replication controllers, and to create the ConfigMap, which it does only with
// --default-params.
var (
	watchNodes = rbacv1.PolicyRuleArray{rule("", "nodes", "list watch", "")}
	sizeSlices = rbacv1.PolicyRuleArray{
		rule("", "configmaps", "get", Scaler),
		rule("apps", "deployments/scale", "get update", Slices),
	}
)

func rule(group, resource, verbs, name string) rbacv1.PolicyRuleArgs {
	r := rbacv1.PolicyRuleArgs{
		ApiGroups: pulumi.ToStringArray([]string{group}),
		Resources: pulumi.ToStringArray([]string{resource}),
		Verbs:     pulumi.ToStringArray(strings.Fields(verbs)),
	}
	if name != "" {
		r.ResourceNames = pulumi.ToStringArray([]string{name})
	}
	return r
}

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
	meta := metav1.ObjectMetaArgs{Name: pulumi.String(everywhere), Labels: pulumi.ToStringMap(labels(Scaler))}
	role, err := rbacv1.NewClusterRole(ctx, b.name+"-nodes", &rbacv1.ClusterRoleArgs{Metadata: meta, Rules: watchNodes}, opts...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, b.name+"-nodes", &rbacv1.ClusterRoleBindingArgs{
		Metadata: meta, RoleRef: roleRef("ClusterRole", role.Metadata.Name().Elem()), Subjects: subjects(),
	}, opts...)
}

// own grants the part in the headroom's namespace.
func (b *builder) own(ctx *pulumi.Context, opts []pulumi.ResourceOption) (pulumi.Resource, error) {
	meta := metadata(Scaler, nil)
	role, err := rbacv1.NewRole(ctx, b.name+"-size", &rbacv1.RoleArgs{Metadata: meta, Rules: sizeSlices}, opts...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, b.name+"-size", &rbacv1.RoleBindingArgs{
		Metadata: meta, RoleRef: roleRef("Role", role.Metadata.Name().Elem()), Subjects: subjects(),
	}, opts...)
}

func roleRef(kind string, role pulumi.StringInput) rbacv1.RoleRefArgs {
	return rbacv1.RoleRefArgs{ApiGroup: pulumi.String("rbac.authorization.k8s.io"), Kind: pulumi.String(kind), Name: role}
}

func subjects() rbacv1.SubjectArray {
	return rbacv1.SubjectArray{rbacv1.SubjectArgs{
		Kind: pulumi.String("ServiceAccount"), Name: pulumi.String(Scaler), Namespace: pulumi.String(Namespace),
	}}
}
