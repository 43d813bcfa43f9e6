package delivery

import (
	"fmt"
	"strings"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PreviewGroup is the Kubernetes group of the role that previews, and the name of what it may read.
const PreviewGroup = "paddock:preview"

// ReaderArgs say what a preview reads in the cluster.
type ReaderArgs struct {
	Reads     []Kind
	Gone      pulumi.ResourceOption // deletes it with the cluster; nil: deleted on its own
	DependsOn []pulumi.Resource     // what must exist first; nil: nothing
}

// Kind is objects of some kinds of one API group.
type Kind struct {
	Group     string // "" = core
	Resources string // plural, separated by spaces
	Names     string // of the only objects that may be read, separated by spaces; "" = all, and they may be listed
}

// Reader lets PreviewGroup read the kinds that the platform manages. A preview asks the cluster also what it would make of a
// change, by a dry run, which counts as writing: it is refused, and Pulumi works the change out by itself.
type Reader struct{ pulumi.ResourceState }

// NewReader makes the ClusterRole and binds it.
func NewReader(ctx *pulumi.Context, name string, args *ReaderArgs, opts ...pulumi.ResourceOption) (*Reader, error) {
	r := &Reader{}
	if err := ctx.RegisterComponentResource("paddock:delivery:Reader", name, r, opts...); err != nil {
		return nil, fmt.Errorf("reader %s: %w", name, err)
	}
	own := []pulumi.ResourceOption{pulumi.Parent(r), pulumi.DependsOn(args.DependsOn)}
	if args.Gone != nil {
		own = append(own, args.Gone)
	}
	meta := metav1.ObjectMetaArgs{Name: pulumi.String(PreviewGroup)}
	role, err := rbacv1.NewClusterRole(ctx, name+"-preview", &rbacv1.ClusterRoleArgs{Metadata: meta, Rules: args.rules()}, own...)
	if err != nil {
		return nil, fmt.Errorf("reader %s: role: %w", name, err)
	}
	const api = "rbac.authorization.k8s.io"
	_, err = rbacv1.NewClusterRoleBinding(ctx, name+"-preview", &rbacv1.ClusterRoleBindingArgs{
		Metadata: meta,
		RoleRef: rbacv1.RoleRefArgs{
			ApiGroup: pulumi.String(api), Kind: pulumi.String("ClusterRole"), Name: role.Metadata.Name().Elem(),
		},
		Subjects: rbacv1.SubjectArray{rbacv1.SubjectArgs{
			ApiGroup: pulumi.String(api), Kind: pulumi.String("Group"), Name: pulumi.String(PreviewGroup),
		}},
	}, own...)
	if err != nil {
		return nil, fmt.Errorf("reader %s: binding: %w", name, err)
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{})
}

// rules reads; a list cannot be held to names.
func (args *ReaderArgs) rules() rbacv1.PolicyRuleArray {
	var out rbacv1.PolicyRuleArray
	for _, kind := range args.Reads {
		rule := rbacv1.PolicyRuleArgs{
			ApiGroups: pulumi.ToStringArray([]string{kind.Group}),
			Resources: pulumi.ToStringArray(strings.Fields(kind.Resources)),
			Verbs:     pulumi.ToStringArray([]string{"get", "list", "watch"}),
		}
		if kind.Names != "" {
			rule.Verbs, rule.ResourceNames = pulumi.ToStringArray([]string{"get"}), pulumi.ToStringArray(strings.Fields(kind.Names))
		}
		out = append(out, rule)
	}
	return out
}
