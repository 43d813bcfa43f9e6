package vpc

import (
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = "0.0.0.0/0"

// Load balancers find their subnets by these tags: public ones for elb, private for internal-elb.
const (
	tagELB         = "kubernetes.io/role/elb"
	tagInternalELB = "kubernetes.io/role/internal-elb"
	tagCluster     = "kubernetes.io/cluster/" // + name
)

// publicSubnets makes the public subnets, with one route table for all.
func (v *Vpc) publicSubnets() error {
	name := v.name + "-public"
	table, err := v.publicTable(name)
	if err != nil {
		return err
	}
	for _, zoneName := range v.args.Zones {
		z := &zone{}
		v.zones[zoneName] = z
		if z.public, err = v.subnet(name, zoneName, v.plan[zoneName].Public, tagELB); err != nil {
			return err
		}
		if z.publicJoin, err = v.join(name, zoneName, z.public, table); err != nil {
			return err
		}
	}
	return nil
}

// publicTable makes the internet gateway, and the table that leads to it.
func (v *Vpc) publicTable(name string) (table *ec2.RouteTable, err error) {
	v.gateway, err = ec2.NewInternetGateway(v.ctx, v.name+"-internet", &ec2.InternetGatewayArgs{
		VpcId: v.vpc.ID(),
		Tags:  named(v.name + "-internet"),
	}, v.under()...)
	if err != nil {
		return nil, err
	}
	table, err = ec2.NewRouteTable(v.ctx, name, &ec2.RouteTableArgs{VpcId: v.vpc.ID(), Tags: named(name)}, v.under()...)
	if err != nil {
		return nil, err
	}
	v.publicRoute, err = ec2.NewRoute(v.ctx, name+"-internet", &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String(anywhere),
		GatewayId:            v.gateway.ID(),
	}, v.under()...)
	return table, err
}

// privateSubnets makes the private subnets, each with a route table of its own: going from one
// NAT gateway to one per zone then changes routes and nothing else.
func (v *Vpc) privateSubnets() (err error) {
	name := v.name + "-private"
	for _, zoneName := range v.args.Zones {
		z := v.zones[zoneName]
		if z.private, err = v.subnet(name, zoneName, v.plan[zoneName].Private, tagInternalELB); err != nil {
			return err
		}
		z.privateTable, err = ec2.NewRouteTable(v.ctx, name+"-"+zoneName, &ec2.RouteTableArgs{
			VpcId: v.vpc.ID(),
			Tags:  named(name + "-" + zoneName),
		}, v.under()...)
		if err != nil {
			return err
		}
		if z.privateJoin, err = v.join(name, zoneName, z.private, z.privateTable); err != nil {
			return err
		}
		v.needs(z.privateJoin)
	}
	return nil
}

func (v *Vpc) subnet(name, zoneName string, block netip.Prefix, role string) (*ec2.Subnet, error) {
	tags := named(name + "-" + zoneName)
	tags[role] = pulumi.String("1")
	if v.args.ClusterName != "" {
		tags[tagCluster+v.args.ClusterName] = pulumi.String("shared")
	}
	return ec2.NewSubnet(v.ctx, name+"-"+zoneName, &ec2.SubnetArgs{
		VpcId:            v.vpc.ID(),
		CidrBlock:        pulumi.String(block.String()),
		AvailabilityZone: pulumi.String(zoneName),
		// Never: nodes live in private subnets, and what is public brings its own address.
		MapPublicIpOnLaunch: pulumi.Bool(false),
		Tags:                tags,
	}, v.under()...)
}

func (v *Vpc) join(name, zoneName string, subnet *ec2.Subnet, table *ec2.RouteTable) (*ec2.RouteTableAssociation, error) {
	return ec2.NewRouteTableAssociation(v.ctx, name+"-"+zoneName, &ec2.RouteTableAssociationArgs{
		SubnetId:     subnet.ID(),
		RouteTableId: table.ID(),
	}, v.under()...)
}

// nat makes the gateways that the mode asks for, and every private subnet's route to one.
// A single gateway serves from the first listed zone, so adding a zone behind it moves nothing.
func (v *Vpc) nat() error {
	if v.args.NAT == NATNone {
		return nil
	}
	gateways := map[string]*ec2.NatGateway{}
	for _, zoneName := range v.args.Zones {
		home := zoneName
		if v.args.NAT == NATSingle {
			home = v.args.Zones[0]
		}
		if gateways[home] == nil {
			gateway, err := v.natGateway(home)
			if err != nil {
				return err
			}
			gateways[home] = gateway
		}
		route, err := ec2.NewRoute(v.ctx, v.name+"-private-"+zoneName+"-nat", &ec2.RouteArgs{
			RouteTableId:         v.zones[zoneName].privateTable.ID(),
			DestinationCidrBlock: pulumi.String(anywhere),
			NatGatewayId:         gateways[home].ID(),
		}, v.under()...)
		if err != nil {
			return err
		}
		v.needs(route)
	}
	return nil
}

func (v *Vpc) natGateway(zoneName string) (*ec2.NatGateway, error) {
	name := v.name + "-nat-" + zoneName
	// The internet gateway cannot be detached while the address lives, hence the dependency.
	address, err := ec2.NewEip(v.ctx, name, &ec2.EipArgs{
		Domain: pulumi.String("vpc"),
		Tags:   named(name),
	}, v.under(pulumi.DependsOn([]pulumi.Resource{v.gateway}))...)
	if err != nil {
		return nil, err
	}
	z := v.zones[zoneName]
	return ec2.NewNatGateway(v.ctx, name, &ec2.NatGatewayArgs{
		AllocationId: address.ID(),
		SubnetId:     z.public.ID(),
		Tags:         named(name),
		// A replacement takes over the address, which only one gateway can hold.
	}, v.under(pulumi.DependsOn([]pulumi.Resource{v.publicRoute, z.publicJoin}), pulumi.DeleteBeforeReplace(true))...)
}
