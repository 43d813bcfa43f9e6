// Package vpc makes the network of a platform: subnets by zone, ways out, endpoints and flow logs.
package vpc

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// How private subnets reach the internet.
const (
	NATSingle  = "single"   // one gateway, in the first listed zone: cheap, and that zone's failure cuts off all
	NATPerZone = "per-zone" // one gateway in each zone
	NATNone    = "none"     // no way out; interface endpoints stand in for it
)

// Args is what a Vpc is made from. Changing Block replaces everything; all else grows in place.
type Args struct {
	Block              netip.Prefix // private IPv4, /16 to /20: see Plan
	Zones              []string     // full names, two to four; keep the first one first: a single NAT gateway lives there
	Region             string       // "us-west-2"; the zones' own region
	ClusterName        string       // for kubernetes.io/cluster/<name> on subnets; unset: no such tag
	NAT                string       // NATSingle, NATPerZone or NATNone; unset is an error
	InterfaceEndpoints bool         // AWS APIs by private addresses; made in any case when NAT is NATNone
	FlowLogDays        int          // days that CloudWatch keeps flow logs; 0: no flow logs
	Protect            bool         // refuse to delete or replace the VPC
}

// Vpc is the network. Lists are in the order of Args.Zones.
type Vpc struct {
	pulumi.ResourceState

	ID                  pulumi.IDOutput
	PublicSubnetIDs     pulumi.StringArrayOutput
	PrivateSubnetIDs    pulumi.StringArrayOutput
	PublicSubnetByZone  map[string]pulumi.StringOutput
	PrivateSubnetByZone map[string]pulumi.StringOutput
	Ready               []pulumi.Resource // what nodes need before they can join; pass as DependsOn to node groups

	ctx   *pulumi.Context
	name  string
	args  *Args
	plan  map[string]Subnets
	vpc   *ec2.Vpc
	zones map[string]*zone
	// publicRoute exists once the internet gateway is attached and routed to.
	publicRoute *ec2.Route
	gateway     *ec2.InternetGateway
}

// zone is what the VPC has in one zone.
type zone struct {
	public, private *ec2.Subnet
	publicJoin      *ec2.RouteTableAssociation
	privateTable    *ec2.RouteTable
	privateJoin     *ec2.RouteTableAssociation
}

// New makes a VPC. opts are the component's; its children inherit the provider.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Vpc, error) {
	v := &Vpc{ctx: ctx, name: name, args: args, zones: map[string]*zone{}}
	if err := v.check(); err != nil {
		return nil, fmt.Errorf("vpc %s: %w", name, err)
	}
	if err := ctx.RegisterComponentResource("paddock:vpc:Vpc", name, v, opts...); err != nil {
		return nil, fmt.Errorf("vpc %s: %w", name, err)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"network", v.network},
		{"public subnets", v.publicSubnets},
		{"private subnets", v.privateSubnets},
		{"NAT", v.nat},
		{"S3 endpoint", v.s3Endpoint},
		{"interface endpoints", v.interfaceEndpoints},
		{"flow logs", v.flowLogs},
	} {
		if err := step.do(); err != nil {
			return nil, fmt.Errorf("vpc %s: %s: %w", name, step.what, err)
		}
	}
	return v, v.outputs()
}

// check refuses, before anything registers, what AWS would refuse half-way.
func (v *Vpc) check() error {
	plan, err := Plan(v.args.Block, v.args.Zones)
	if err != nil {
		return err
	}
	v.plan = plan
	if region := regionOf(v.args.Zones[0]); region != v.args.Region {
		return fmt.Errorf("region %q: the zones are in %s", v.args.Region, region)
	}
	switch v.args.NAT {
	case NATSingle, NATPerZone, NATNone:
	default:
		return fmt.Errorf("NAT %q: want %s", v.args.NAT, strings.Join([]string{NATSingle, NATPerZone, NATNone}, ", "))
	}
	if v.wantsInterfaces() && policy.PartitionOf(v.args.Region) == "aws-cn" {
		return fmt.Errorf("region %s: interface endpoints: the China regions name their services otherwise; use NAT without them", v.args.Region)
	}
	return nil
}

// network makes the VPC itself, with its default security group emptied: whatever is launched
// without a group of its own then reaches nothing.
func (v *Vpc) network() (err error) {
	v.vpc, err = ec2.NewVpc(v.ctx, v.name, &ec2.VpcArgs{
		CidrBlock: pulumi.String(v.args.Block.String()),
		// EKS needs both, and so do the private names of interface endpoints.
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               named(v.name),
	}, v.under(pulumi.Protect(v.args.Protect))...)
	if err != nil {
		return err
	}
	_, err = ec2.NewDefaultSecurityGroup(v.ctx, v.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: v.vpc.ID(),
		Tags:  named(v.name + "-default"),
	}, v.under()...)
	return err
}

func (v *Vpc) outputs() error {
	v.ID = v.vpc.ID()
	v.PublicSubnetByZone, v.PrivateSubnetByZone = map[string]pulumi.StringOutput{}, map[string]pulumi.StringOutput{}
	var public, private pulumi.StringArray
	for _, name := range v.args.Zones {
		z := v.zones[name]
		v.PublicSubnetByZone[name], v.PrivateSubnetByZone[name] = z.public.ID().ToStringOutput(), z.private.ID().ToStringOutput()
		public = append(public, v.PublicSubnetByZone[name])
		private = append(private, v.PrivateSubnetByZone[name])
	}
	v.PublicSubnetIDs, v.PrivateSubnetIDs = public.ToStringArrayOutput(), private.ToStringArrayOutput()
	return v.ctx.RegisterResourceOutputs(v, pulumi.Map{
		"id": v.ID, "publicSubnetIds": v.PublicSubnetIDs, "privateSubnetIds": v.PrivateSubnetIDs,
	})
}

// under returns the options of a child: the parent, and what is added.
func (v *Vpc) under(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(v)}, opts...)
}

// needs adds to what nodes wait for.
func (v *Vpc) needs(resources ...pulumi.Resource) { v.Ready = append(v.Ready, resources...) }

func named(name string) pulumi.StringMap { return pulumi.StringMap{"Name": pulumi.String(name)} }
