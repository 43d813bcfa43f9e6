package controller

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	rbacv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/rbac/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
	"paddock/components/rbac"
)

// Role makes the IAM role and its rights, by an inline policy of that name. Deleting a cluster does not delete them, so they carry no
// DeletedWith.
func (c *Controller) Role(ctx *pulumi.Context, description, policyName string, rights policy.Document) error {
	role, err := iam.NewRole(ctx, c.Name+"-role", &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(policy.AssumeByPodIdentity().JSON()),
	}, c.Opts...)
	if err != nil {
		return err
	}
	held, err := iam.NewRolePolicy(ctx, c.Name+"-policy", &iam.RolePolicyArgs{
		Name:   pulumi.String(policyName),
		Role:   role.Name,
		Policy: pulumi.String(rights.JSON()),
	}, c.Opts...)
	c.RoleARN, c.Before = role.Arn, append(c.Before, held)
	return err
}

// Identity lets the service account's pods act as the role. It does not wait for the nodes: an association takes a while to be known
// everywhere, and pods that are admitted before it is never get credentials. The minutes that nodes take are that while.
func (c *Controller) Identity(ctx *pulumi.Context) error {
	association, err := eks.NewPodIdentityAssociation(ctx, c.Name+"-identity", &eks.PodIdentityAssociationArgs{
		ClusterName:    c.args.Cluster,
		Namespace:      pulumi.String(Namespace),
		ServiceAccount: pulumi.String(c.args.App),
		RoleArn:        c.RoleARN,
	}, c.hurried...)
	c.Before = append(c.Before, association)
	return err
}

// Access makes the service account, and its rights in all namespaces and in its own.
func (c *Controller) Access(ctx *pulumi.Context, everywhere, own []rbac.Grant) error {
	account, err := corev1.NewServiceAccount(ctx, c.Name+"-account", &corev1.ServiceAccountArgs{
		Metadata: c.Metadata(c.args.App, Namespace),
	}, c.InCluster...)
	if err != nil {
		return err
	}
	cluster, err := c.everywhere(ctx, everywhere)
	if err != nil {
		return err
	}
	namespace, err := c.own(ctx, own)
	c.Before = append(c.Before, account, cluster, namespace)
	return err
}

func (c *Controller) everywhere(ctx *pulumi.Context, grants []rbac.Grant) (pulumi.Resource, error) {
	role, err := rbacv1.NewClusterRole(ctx, c.Name+"-cluster", &rbacv1.ClusterRoleArgs{
		Metadata: c.Metadata(c.args.App, ""), Rules: rbac.Rules(grants),
	}, c.InCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewClusterRoleBinding(ctx, c.Name+"-cluster", &rbacv1.ClusterRoleBindingArgs{
		Metadata: c.Metadata(c.args.App, ""),
		RoleRef:  rbac.Ref("ClusterRole", role.Metadata.Name().Elem()),
		Subjects: rbac.Account(c.args.App, Namespace),
	}, c.InCluster...)
}

func (c *Controller) own(ctx *pulumi.Context, grants []rbac.Grant) (pulumi.Resource, error) {
	role, err := rbacv1.NewRole(ctx, c.Name+"-own", &rbacv1.RoleArgs{
		Metadata: c.Metadata(c.args.App, Namespace), Rules: rbac.Rules(grants),
	}, c.InCluster...)
	if err != nil {
		return nil, err
	}
	return rbacv1.NewRoleBinding(ctx, c.Name+"-own", &rbacv1.RoleBindingArgs{
		Metadata: c.Metadata(c.args.App, Namespace),
		RoleRef:  rbac.Ref("Role", role.Metadata.Name().Elem()),
		Subjects: rbac.Account(c.args.App, Namespace),
	}, c.InCluster...)
}
