package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func (r *rig) ec2() *ec2.Client { return ec2.NewFromConfig(r.config) }

func TestVpcs(t *testing.T) {
	c := p.ec2()
	for _, f := range []types.Filter{
		filter("cidr", "10.0.*"), filter("tag:Name", "d?v"), filter("tag-key", "team"), filter("state", "available"), filter("vpc-id", p.vpc.id),
		filter("is-default", "false"), filter("tag:Name", "none", "dev"),
	} {
		out := ok[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: []types.Filter{f}}))
		if len(out.Vpcs) != 1 {
			t.Fatalf("%s: got %d VPCs", *f.Name, len(out.Vpcs))
		}
		v := out.Vpcs[0]
		want(t, "id", at(v.VpcId), p.vpc.id)
		want(t, "block", at(v.CidrBlock), "10.0.0.0/16")
		want(t, "association", at(v.CidrBlockAssociationSet[0].CidrBlock), "10.0.0.0/16")
		want(t, "state", v.State, types.VpcStateAvailable)
		want(t, "tags", len(v.Tags), 2)
		want(t, "owner", at(v.OwnerId), p.cloud.Account())
	}
	none := ok[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{
		Filters: []types.Filter{filter("cidr", "10.1.*"), filter("vpc-id", p.vpc.id)},
	}))
	want(t, "filters are all to match", len(none.Vpcs), 0)
	other := ok[*ec2.DescribeVpcsOutput](t)(c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}, func(o *ec2.Options) { o.Region = "eu-west-1" }))
	want(t, "another region has other VPCs", len(other.Vpcs), 0)
	_, err := c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-0none"}})
	refused(t, err, "InvalidVpcID.NotFound")
	_, err = c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("colour", "red")}})
	refused(t, err, "InvalidParameterValue")
	_, err = c.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{DryRun: ptr(true)})
	refused(t, err, "DryRunOperation")
	_, err = c.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{})
	refused(t, err, "InvalidAction")
}

func TestVpcAttribute(t *testing.T) {
	ask := func(name types.VpcAttributeName) *ec2.DescribeVpcAttributeOutput {
		return ok[*ec2.DescribeVpcAttributeOutput](t)(p.ec2().DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: &p.vpc.id, Attribute: name}))
	}
	want(t, "hostnames", at(ask(types.VpcAttributeNameEnableDnsHostnames).EnableDnsHostnames.Value), true)
	want(t, "support", at(ask(types.VpcAttributeNameEnableDnsSupport).EnableDnsSupport.Value), true)
	_, err := p.ec2().DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: ptr("vpc-0none"), Attribute: "enableDnsSupport"})
	refused(t, err, "InvalidVpcID.NotFound")
}

func TestSubnetsInPages(t *testing.T) {
	c := p.ec2()
	pages := ec2.NewDescribeSubnetsPaginator(c, &ec2.DescribeSubnetsInput{MaxResults: ptr(int32(5)), Filters: []types.Filter{filter("vpc-id", p.vpc.id)}})
	var sizes []int
	seen := map[string]types.Subnet{}
	for pages.HasMorePages() {
		out := ok[*ec2.DescribeSubnetsOutput](t)(pages.NextPage(t.Context()))
		sizes = append(sizes, len(out.Subnets))
		for _, s := range out.Subnets {
			seen[at(s.SubnetId)] = s
		}
	}
	if len(sizes) != 2 || sizes[0] != 5 || sizes[1] != 1 || len(seen) != 6 {
		t.Errorf("got pages %v of %d subnets", sizes, len(seen))
	}
	s := seen[p.subnets[0].id]
	want(t, "zone", at(s.AvailabilityZone), "us-west-2a")
	want(t, "zone id", at(s.AvailabilityZoneId), "usw2-az1")
	want(t, "free addresses, less NAT and endpoint", at(s.AvailableIpAddressCount), 256-5-2)
	want(t, "names", s.PrivateDnsNameOptionsOnLaunch.HostnameType, types.HostnameTypeIpName)
	_, err := c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{NextToken: ptr("junk")})
	refused(t, err, "InvalidPaginationToken")
	_, err = c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{MaxResults: ptr(int32(1))})
	refused(t, err, "InvalidParameterValue")
	_, err = c.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{p.subnets[0].id, "subnet-0none"}})
	refused(t, err, "InvalidSubnetID.NotFound")
}

func TestWayOut(t *testing.T) {
	c := p.ec2()
	nats := ok[*ec2.DescribeNatGatewaysOutput](t)(c.DescribeNatGateways(t.Context(), &ec2.DescribeNatGatewaysInput{Filter: []types.Filter{filter("vpc-id", p.vpc.id)}}))
	nat := nats.NatGateways[0]
	want(t, "NAT", at(nat.NatGatewayId), p.nat.id)
	want(t, "state", nat.State, types.NatGatewayStateAvailable)
	want(t, "allocation", at(nat.NatGatewayAddresses[0].AllocationId), p.ip.id)
	gateways := ok[*ec2.DescribeInternetGatewaysOutput](t)(c.DescribeInternetGateways(t.Context(), &ec2.DescribeInternetGatewaysInput{
		Filters: []types.Filter{filter("attachment.vpc-id", p.vpc.id)},
	}))
	want(t, "internet gateway", at(gateways.InternetGateways[0].InternetGatewayId), p.gateway.id)
	addresses := ok[*ec2.DescribeAddressesOutput](t)(c.DescribeAddresses(t.Context(), &ec2.DescribeAddressesInput{AllocationIds: []string{p.ip.id}}))
	want(t, "address", at(addresses.Addresses[0].PublicIp), at(nat.NatGatewayAddresses[0].PublicIp))
	want(t, "mapped to", at(addresses.Addresses[0].NetworkInterfaceId), at(nat.NatGatewayAddresses[0].NetworkInterfaceId))
	_, err := c.DescribeAddresses(t.Context(), &ec2.DescribeAddressesInput{PublicIps: []string{"1.2.3.4"}})
	refused(t, err, "InvalidAddress.NotFound")
}

func TestRouteTables(t *testing.T) {
	c := p.ec2()
	main := ok[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{filter("association.main", "true"), filter("vpc-id", p.vpc.id)},
	}))
	want(t, "main tables", len(main.RouteTables), 1)
	out := ok[*ec2.DescribeRouteTablesOutput](t)(c.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{filter("association.subnet-id", p.subnets[1].id)},
	}))
	table := out.RouteTables[0]
	want(t, "table", at(table.RouteTableId), p.table.id)
	want(t, "associations", len(table.Associations), 4)
	routes := map[string]types.Route{}
	for _, r := range table.Routes {
		routes[at(r.DestinationCidrBlock)+at(r.DestinationPrefixListId)] = r
	}
	want(t, "local", at(routes["10.0.0.0/16"].GatewayId), "local")
	want(t, "default", at(routes["0.0.0.0/0"].NatGatewayId), p.nat.id)
	want(t, "state", routes["0.0.0.0/0"].State, types.RouteStateActive)
	want(t, "endpoint's", at(routes[p.s3.out["prefixListId"].(string)].GatewayId), p.s3.id)
}

func TestSecurityGroups(t *testing.T) {
	c := p.ec2()
	out := ok[*ec2.DescribeSecurityGroupsOutput](t)(c.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
		Filters: []types.Filter{filter("group-name", "shared"), filter("vpc-id", p.vpc.id)},
	}))
	g := out.SecurityGroups[0]
	want(t, "group", at(g.GroupId), p.shared.id)
	want(t, "rules in", len(g.IpPermissions), 2)
	want(t, "rules out", len(g.IpPermissionsEgress), 1)
	for _, rule := range g.IpPermissions {
		switch at(rule.FromPort) {
		case 443:
			want(t, "blocks", len(rule.IpRanges), 2)
		case 22:
			want(t, "peer", at(rule.UserIdGroupPairs[0].GroupId), p.shared.id)
			want(t, "description", at(rule.UserIdGroupPairs[0].Description), "within")
		}
	}
	rules := ok[*ec2.DescribeSecurityGroupRulesOutput](t)(c.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{filter("group-id", p.shared.id)},
	}))
	want(t, "single rules", len(rules.SecurityGroupRules), 4)
	one := ok[*ec2.DescribeSecurityGroupRulesOutput](t)(c.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		SecurityGroupRuleIds: []string{p.open.id},
	}))
	want(t, "peer", at(one.SecurityGroupRules[0].ReferencedGroupInfo.GroupId), p.shared.id)
	_, err := c.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-0none"}})
	refused(t, err, "InvalidGroup.NotFound")
}

func TestEndpointsAndInterfaces(t *testing.T) {
	c := p.ec2()
	out := ok[*ec2.DescribeVpcEndpointsOutput](t)(c.DescribeVpcEndpoints(t.Context(), &ec2.DescribeVpcEndpointsInput{
		Filters: []types.Filter{filter("service-name", "*.sts")},
	}))
	e := out.VpcEndpoints[0]
	want(t, "endpoint", at(e.VpcEndpointId), p.sts.id)
	want(t, "type", e.VpcEndpointType, types.VpcEndpointTypeInterface)
	want(t, "state", string(e.State), "available")
	want(t, "private DNS", at(e.PrivateDnsEnabled), true)
	want(t, "interfaces", len(e.NetworkInterfaceIds), 2)
	want(t, "group", at(e.Groups[0].GroupName), "shared")
	enis := ok[*ec2.DescribeNetworkInterfacesOutput](t)(c.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		NetworkInterfaceIds: e.NetworkInterfaceIds,
	}))
	want(t, "kind of interface", enis.NetworkInterfaces[0].InterfaceType, types.NetworkInterfaceTypeVpcEndpoint)
	attached := ok[*ec2.DescribeNetworkInterfacesOutput](t)(c.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{filter("attachment.instance-id", "i-*")},
	}))
	want(t, "interfaces of instances", len(attached.NetworkInterfaces), 4)
	nat := ok[*ec2.DescribeNetworkInterfacesOutput](t)(c.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{filter("interface-type", "nat_gateway")},
	}))
	want(t, "its address", at(nat.NetworkInterfaces[0].Association.AllocationId), p.ip.id)
	_, err := c.DescribeVpcEndpoints(t.Context(), &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{"vpce-0none"}})
	refused(t, err, "InvalidVpcEndpointId.NotFound")
}

func TestFlowLogs(t *testing.T) {
	out := ok[*ec2.DescribeFlowLogsOutput](t)(p.ec2().DescribeFlowLogs(t.Context(), &ec2.DescribeFlowLogsInput{Filter: []types.Filter{filter("resource-id", p.vpc.id)}}))
	f := out.FlowLogs[0]
	want(t, "flow log", at(f.FlowLogId), p.flow.id)
	want(t, "log group", at(f.LogGroupName), "/vpc/flow")
	want(t, "role", at(f.DeliverLogsPermissionArn), p.flowRole.arn())
	want(t, "interval", at(f.MaxAggregationInterval), 60)
}
