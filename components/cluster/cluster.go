// Package cluster makes an EKS cluster: encrypted control plane with logs, managed node groups that the Cluster Autoscaler may
// size (from zero, too), and the managed add-ons that nodes and volumes need.
package cluster

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args describe a cluster. Nothing is registered when they are at fault.
type Args struct {
	Name      string // EKS cluster name, fixed: changing it replaces the cluster
	Version   string // Kubernetes minor, one of versions.Minors()
	Partition string // of the managed policies' ARNs; unset: aws
	VpcID     pulumi.StringInput
	// The control plane's own subnets. EKS never lets it into a zone that it was not created in, so these must not grow with
	// the network; two zones are enough, whatever the nodes use.
	PublicSubnetIDs  pulumi.StringArrayInput
	PrivateSubnetIDs pulumi.StringArrayInput
	SubnetByZone     map[string]pulumi.StringOutput // the nodes' private subnets, by zone name
	ServiceBlock     netip.Prefix                   // range of Service addresses; unset: 172.20.0.0/16; changing it replaces the cluster
	PublicAccess     []netip.Prefix                 // who reaches the public endpoint; empty: there is none
	LogTypes         []string                       // control-plane logs: api, audit, authenticator, controllerManager, scheduler; empty: none
	LogDays          int                            // how long they are kept; 0: for ever
	NodeGroups       []NodeGroup                    // at least one; sorted by name
	AddonVersions    map[string]string              // overrides of the table in package versions, by add-on name
	VolumeTags       map[string]string              // on the volumes that pods claim, which the provider's default tags do not reach; empty: none
	NodesReady       []pulumi.Resource              // what must exist before a node can join: routes, NAT gateways, endpoints
	Protect          bool                           // refuse to delete the control plane and its key, keep the key 30 days instead of 7
}

// Cluster is a running EKS cluster with its node groups and add-ons.
type Cluster struct {
	pulumi.ResourceState

	EKS            *eks.Cluster
	Name           pulumi.StringOutput // waits for the control plane
	Endpoint       pulumi.StringOutput
	Kubeconfig     pulumi.StringOutput // JSON that runs `aws eks get-token`; it holds no credentials
	NodeRoleARN    pulumi.StringOutput
	NodeGroupNames pulumi.StringArrayOutput // as generated, in the order of Args.NodeGroups
	// Nodes are the node groups. Whatever runs in the cluster depends on them: it cannot start before, and on the way down its
	// controllers still work while it is deleted.
	Nodes []pulumi.Resource
	// Gone makes a resource go with the cluster instead of being deleted one by one. Everything that lives inside the cluster
	// takes it; without it a destroy asks an API server that may be gone.
	Gone pulumi.ResourceOption

	// providers are what the component was given. The SDK lets children inherit them, except remote components.
	providers []pulumi.ProviderResource
}

// parts are the children that later steps refer to.
type parts struct {
	key         *kms.Key
	logs        *cloudwatch.LogGroup // nil without logs
	role        *iam.Role            // the nodes' role
	attachments []pulumi.Resource    // its policies
	early       []pulumi.Resource    // add-ons that nodes find in place
}

// New makes the cluster. Its AWS and EKS providers come by pulumi.Providers in opts.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.check(); err != nil {
		return nil, err
	}
	c := &Cluster{}
	if err := ctx.RegisterComponentResource("paddock:cluster:Cluster", name, c, opts...); err != nil {
		return nil, fmt.Errorf("cluster %s: %w", name, err)
	}
	options, err := pulumi.NewResourceOptions(opts...)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: options: %w", name, err)
	}
	c.providers = options.Providers
	p := &parts{}
	for _, step := range c.steps() {
		if err := step.do(ctx, name, args, p); err != nil {
			return nil, fmt.Errorf("cluster %s: %s: %w", name, step.what, err)
		}
	}
	return c, c.outputs(ctx)
}

// step registers some children and leaves in parts what later steps need.
type step struct {
	what string
	do   func(*pulumi.Context, string, *Args, *parts) error
}

func (c *Cluster) steps() []step {
	return []step{
		{"secrets key", c.secretsKey},
		{"logs", c.logGroup},
		{"node role", c.nodeRole},
		{"control plane", c.controlPlane},
		{"add-ons before nodes", c.earlyAddons},
		{"node groups", c.nodeGroups},
		{"add-ons after nodes", c.lateAddons},
	}
}

func (c *Cluster) outputs(ctx *pulumi.Context) error {
	return ctx.RegisterResourceOutputs(c, pulumi.Map{
		"name":           c.Name,
		"endpoint":       c.Endpoint,
		"nodeRoleArn":    c.NodeRoleARN,
		"nodeGroupNames": c.NodeGroupNames,
	})
}

// child returns the options of a child: parent first, then its own.
func (c *Cluster) child(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(c)}, opts...)
}
