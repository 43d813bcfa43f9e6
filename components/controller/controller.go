// Package controller makes what the platform's own controllers have in common: a service account with rights in AWS and in the
// cluster, and pods of which one leads and the others wait. What a controller may do, and what its container is, is its component's
// to say.
package controller

import (
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
)

// Namespace is where controllers live: teams have no rights in it.
const Namespace = "kube-system"

// Args say which controller it is, and when its parts are made.
type Args struct {
	App       string                // name of its service account, roles, budget and Deployment
	Cluster   pulumi.StringInput    // name of the EKS cluster
	Gone      pulumi.ResourceOption // DeletedWith the cluster, on all that lives in it; nil = deleted one by one
	DependsOn []pulumi.Resource     // what the pods need first, such as nodes and the Pod Identity agent; nil = nothing
}

// Controller registers the parts of one, each by a method: the component calls them in its own order, Deploy last.
type Controller struct {
	Name      string                  // prefix of the children's Pulumi names
	Opts      []pulumi.ResourceOption // of every child
	InCluster []pulumi.ResourceOption // of a child that goes when the cluster goes
	Before    []pulumi.Resource       // what the pods must find when they start
	RoleARN   pulumi.StringOutput     // of the IAM role that the pods act as; by Role

	args    *Args
	hurried []pulumi.ResourceOption // of a child that goes when the cluster goes, and needs nothing but the cluster
}

// New registers nothing yet. name is the component's, parent the component.
func New(parent pulumi.Resource, name string, args *Args) *Controller {
	c := &Controller{Name: name, Opts: []pulumi.ResourceOption{pulumi.Parent(parent)}, args: args}
	c.hurried = slices.Clone(c.Opts)
	if args.Gone != nil {
		c.hurried = append(c.hurried, args.Gone)
	}
	c.InCluster = append(slices.Clone(c.hurried), pulumi.DependsOn(args.DependsOn))
	return c
}

// Metadata is that of an object with a fixed name; namespace "" = none.
func (c *Controller) Metadata(name, namespace string) metav1.ObjectMetaArgs {
	m := metav1.ObjectMetaArgs{Name: pulumi.String(name), Labels: pulumi.ToStringMap(labels.Of(c.args.App))}
	if namespace != "" {
		m.Namespace = pulumi.String(namespace)
	}
	return m
}
