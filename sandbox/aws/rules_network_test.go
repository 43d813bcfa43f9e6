package aws_test

import "strings"

const (
	aVpc         = "aws:ec2/vpc:Vpc"
	aSubnet      = "aws:ec2/subnet:Subnet"
	aGateway     = "aws:ec2/internetGateway:InternetGateway"
	anAddress    = "aws:ec2/eip:Eip"
	aNat         = "aws:ec2/natGateway:NatGateway"
	aTable       = "aws:ec2/routeTable:RouteTable"
	aRoute       = "aws:ec2/route:Route"
	aJoin        = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	aFlowLog     = "aws:ec2/flowLog:FlowLog"
	aTemplate    = "aws:ec2/launchTemplate:LaunchTemplate"
	trustFlowLog = `{"Statement":[{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

// route is one of the platform's main table to 172.16/12, with what is laid over it.
func route(top props) func(*ground) error {
	return asks(aRoute, func(g *ground) props {
		return over(props{"routeTableId": g.vpc.out["mainRouteTableId"], "destinationCidrBlock": "172.16.0.0/12"}, top)
	})
}

func flowLog(top props) func(*ground) error {
	return asks(aFlowLog, func(g *ground) props {
		role := g.create("aws:iam/role:Role", props{"assumeRolePolicy": trustFlowLog})
		return over(props{"vpcId": g.vpc.id, "trafficType": "ALL", "logGroupName": "flows", "iamRoleArn": role.out["arn"]}, top)
	})
}

func nat(top props) func(*ground) error {
	return asks(aNat, func(g *ground) props {
		return over(props{"subnetId": g.a.id, "connectivityType": "private"}, top)
	})
}

var networkRules = map[string]rule{
	"vpc too big":             {plainly(aVpc, props{"cidrBlock": "10.0.0.0/8"}), says("InvalidVpc.Range", "'10.0.0.0/8' is invalid")},
	"vpc too small":           {plainly(aVpc, props{"cidrBlock": "10.0.0.0/29"}), says("InvalidVpc.Range")},
	"vpc host bits":           {plainly(aVpc, props{"cidrBlock": "10.0.0.1/16"}), says("cidrBlock: ", `did you mean "10.0.0.0/16"`)},
	"vpc no block":            {plainly(aVpc, props{"cidrBlock": "ten"}), says("cidrBlock: ", "not a valid IPv4 CIDR block")},
	"vpc tenancy":             {plainly(aVpc, props{"cidrBlock": "10.8.0.0/16", "instanceTenancy": "host"}), says("expected instance_tenancy to be one of")},
	"vpc too many tags":       {plainly(aVpc, props{"cidrBlock": "10.8.0.0/16", "tags": tags(51)}), says("TagLimitExceeded")},
	"vpc reserved tag":        {plainly(aVpc, props{"cidrBlock": "10.8.0.0/16", "tags": props{"aws:x": "y"}}), says("InvalidParameterValue", "reserved for internal use")},
	"vpc long tag key":        {plainly(aVpc, props{"cidrBlock": "10.8.0.0/16", "tags": props{strings.Repeat("k", 129): "y"}}), says("InvalidParameterValue", "maximum length of 128")},
	"vpc long tag value":      {plainly(aVpc, props{"cidrBlock": "10.8.0.0/16", "tags": props{"k": strings.Repeat("v", 257)}}), says("InvalidParameterValue", "maximum length of 256")},
	"vpc update reserved tag": {func(g *ground) error { return g.change(g.vpc, props{"tags": props{"AWS:x": "y"}}) }, says("InvalidParameterValue", "reserved")},
	"vpc delete":              {func(g *ground) error { return g.tryDelete(g.vpc) }, says("DependencyViolation", "has dependencies and cannot be deleted")},

	"subnet of no vpc": {plainly(aSubnet, props{"vpcId": "vpc-0", "cidrBlock": "10.0.5.0/24"}), says("InvalidVpcID.NotFound")},
	"subnet outside":   {asks(aSubnet, func(g *ground) props { return props{"vpcId": g.vpc.id, "cidrBlock": "10.1.0.0/24"} }), says("InvalidSubnet.Range")},
	"subnet larger":    {asks(aSubnet, func(g *ground) props { return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.0.0/15"} }), says("InvalidSubnet.Range")},
	"subnet tiny":      {asks(aSubnet, func(g *ground) props { return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.0/29"} }), says("InvalidSubnet.Range")},
	"subnet overlaps":  {asks(aSubnet, func(g *ground) props { return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.0.128/25"} }), says("InvalidSubnet.Conflict", "conflicts with another subnet")},
	"subnet zone": {asks(aSubnet, func(g *ground) props {
		return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.0/24", "availabilityZone": "us-west-2z"}
	}), says("InvalidParameterValue", "Subnets can currently only be created in")},
	"subnet zone id": {asks(aSubnet, func(g *ground) props {
		return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.0/24", "availabilityZoneId": "usw2-az9"}
	}), says("InvalidParameterValue", "usw2-az9")},
	"subnet zone twice": {asks(aSubnet, func(g *ground) props {
		return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.0/24", "availabilityZone": "us-west-2a", "availabilityZoneId": "usw2-az1"}
	}), says("conflicts with availability_zone_id")},
	"subnet host bits":     {asks(aSubnet, func(g *ground) props { return props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.1/24"} }), says("cidrBlock: ", "did you mean")},
	"subnet host bits raw": {func(g *ground) error { return g.raw(aSubnet, props{"vpcId": g.vpc.id, "cidrBlock": "10.0.5.1/24"}) }, says("InvalidParameterValue", "not a valid CIDR block")},
	"subnet delete":        {func(g *ground) error { return g.tryDelete(g.a) }, says("DependencyViolation", "The subnet")},

	"gateway second":          {asks(aGateway, func(g *ground) props { return props{"vpcId": g.vpc.id} }), says("InvalidParameterValue", "already has an internet gateway attached")},
	"gateway of no vpc":       {plainly(aGateway, props{"vpcId": "vpc-0"}), says("InvalidVpcID.NotFound")},
	"gateway moves":           {func(g *ground) error { return g.change(g.gateway, props{"vpcId": g.vpc2.id}) }, says("DependencyViolation", "mapped public address(es)")},
	"gateway delete":          {func(g *ground) error { return g.tryDelete(g.gateway) }, says("DependencyViolation", "mapped public address(es)")},
	"gateway second vpc":      {func(g *ground) error { return g.change(g.outer, props{"vpcId": g.vpc.id}) }, says("InvalidParameterValue", "already has an internet gateway attached")},
	"address domain":          {plainly(anAddress, props{"domain": "home"}), says("expected domain to be one of")},
	"address of no instance":  {plainly(anAddress, props{"instance": "i-0"}), says("InvalidInstanceID.NotFound")},
	"address of no interface": {plainly(anAddress, props{"networkInterface": "eni-0"}), says("InvalidNetworkInterfaceID.NotFound")},
	"address delete":          {func(g *ground) error { return g.tryDelete(g.made(anAddress)) }, says("InvalidIPAddress.InUse")},
	"nat type":                {nat(props{"connectivityType": "open"}), says("expected connectivity_type to be one of")},
	"nat without address":     {nat(props{"connectivityType": "public"}), says("MissingParameter", "AllocationId")},
	"nat no such address":     {nat(props{"connectivityType": "public", "allocationId": "eipalloc-0"}), says("InvalidAllocationID.NotFound")},
	"nat taken address": {func(g *ground) error {
		return nat(props{"connectivityType": "public", "allocationId": g.made(anAddress).id})(g)
	}, says("Resource.AlreadyAssociated")},
	"nat without gateway": {func(g *ground) error {
		p := newNetwork(g.t)
		return p.ask(aNat, props{"subnetId": p.a.id, "allocationId": p.add(anAddress, props{}).id})
	}, says("Gateway.NotAttached", "has no Internet gateway attached")},
	"nat in no subnet":     {nat(props{"subnetId": "subnet-0"}), says("InvalidSubnetID.NotFound")},
	"nat address outside":  {nat(props{"privateIp": "10.7.0.9"}), says("InvalidParameterValue", "does not fall within the subnet's address range")},
	"nat address reserved": {nat(props{"privateIp": "10.0.0.3"}), says("InvalidParameterValue", "reserved address range")},
	"nat address last":     {nat(props{"privateIp": "10.0.0.255"}), says("InvalidParameterValue", "reserved address range")},
	"nat address in use":   {nat(props{"privateIp": "10.0.0.4"}), says("InvalidIPAddress.InUse")},
	"table of no vpc":      {plainly(aTable, props{"vpcId": "vpc-0"}), says("InvalidVpcID.NotFound")},
	"table delete":         {func(g *ground) error { return g.tryDelete(g.made(aTable)) }, says("DependencyViolation", "The routeTable")},
	"table delete main": {func(g *ground) error {
		return g.tryDelete(thing{token: aTable, urn: g.urn(aTable), id: g.vpc.out["mainRouteTableId"].(string)})
	}, says("DependencyViolation", "The routeTable")},
	"table inline twice": {asks(aTable, func(g *ground) props { return inline(g, "1.0.0.0/8", "1.0.0.0/8") }), says("RouteAlreadyExists", "1.0.0.0/8")},
	"table inline to nothing": {asks(aTable, func(g *ground) props {
		return props{"vpcId": g.vpc.id, "routes": []any{props{"cidrBlock": "1.0.0.0/8", "natGatewayId": "nat-0"}}}
	}), says("InvalidNatGatewayID.NotFound")},
	"table update inline": {func(g *ground) error {
		return g.change(g.create(aTable, props{"vpcId": g.vpc.id}), inline(g, "10.0.1.0/24"))
	}, says("InvalidParameterValue", "equal to or more specific")},
	"route beside inline": {func(g *ground) error {
		table := g.create(aTable, inline(g, "1.0.0.0/8"))
		return g.ask(aRoute, props{"routeTableId": table.id, "destinationCidrBlock": "1.0.0.0/8", "gatewayId": g.gateway.id})
	}, says("RouteAlreadyExists")},

	"route twice":         {route(props{"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0"}), says("RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists")},
	"route of no table":   {plainly(aRoute, props{"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0"}), says("InvalidRouteTableID.NotFound")},
	"route two targets":   {route(props{"natGatewayId": "a", "gatewayId": "b"}), says("gatewayId: ", "must be specified")},
	"route no target":     {route(nil), says("gatewayId: ", "must be specified")},
	"route two ends":      {route(props{"destinationIpv6CidrBlock": "::/0", "gatewayId": "b"}), says("destinationCidrBlock: ", "must be specified")},
	"route host bits":     {route(props{"destinationCidrBlock": "172.16.0.1/12", "gatewayId": "b"}), says("not a valid IPv4 CIDR block")},
	"route other network": {func(g *ground) error { return route(props{"gatewayId": g.outer.id})(g) }, says("InvalidParameterValue", "belong to different networks")},
	"route local": {func(g *ground) error {
		return route(props{"gatewayId": g.gateway.id, "destinationCidrBlock": "10.0.0.0/16"})(g)
	}, says("InvalidParameterValue", "equal to or more specific")},
	"route no nat":       {route(props{"natGatewayId": "nat-0"}), says("InvalidNatGatewayID.NotFound")},
	"route no gateway":   {route(props{"gatewayId": "igw-0"}), says("InvalidInternetGatewayID.NotFound")},
	"route no endpoint":  {route(props{"vpcEndpointId": "vpce-0"}), says("InvalidVpcEndpointId.NotFound")},
	"route no interface": {route(props{"networkInterfaceId": "eni-0"}), says("InvalidNetworkInterfaceID.NotFound")},
	"route no transit":   {route(props{"transitGatewayId": "tgw-0"}), says("InvalidTransitGatewayID.NotFound")},
	"route no peering":   {route(props{"vpcPeeringConnectionId": "pcx-0"}), says("InvalidVpcPeeringConnectionID.NotFound")},
	"route nat of other": {asks(aRoute, func(g *ground) props {
		return props{"routeTableId": g.table2.id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": g.made(aNat).id}
	}), says("InvalidParameterValue", "belong to different networks")},
	"route update target": {func(g *ground) error {
		return g.change(g.made(aRoute), props{"gatewayId": nil, "natGatewayId": "nat-0"})
	}, says("InvalidNatGatewayID.NotFound")},
	"route update gateway": {func(g *ground) error { return g.change(g.made(aRoute), props{"gatewayId": g.outer.id}) }, says("InvalidParameterValue", "belong to different networks")},
	"association second": {asks(aJoin, func(g *ground) props {
		return props{"subnetId": g.made(aJoin).in["subnetId"], "routeTableId": g.vpc.out["mainRouteTableId"]}
	}), says("Resource.AlreadyAssociated")},
	"association elsewhere": {asks(aJoin, func(g *ground) props { return props{"subnetId": g.a.id, "routeTableId": g.table2.id} }), says("InvalidParameterValue", "belong to different networks")},
	"association of both":   {plainly(aJoin, props{"routeTableId": "a", "subnetId": "b", "gatewayId": "c"}), says("must be specified")},
	"association update":    {func(g *ground) error { return g.change(g.made(aJoin), props{"routeTableId": g.table2.id}) }, says("InvalidParameterValue", "belong to different networks")},

	"flow log two targets":  {flowLog(props{"subnetId": "x"}), says("exactly one of")},
	"flow log interval":     {flowLog(props{"maxAggregationInterval": 30}), says("one of [60 600]")},
	"flow log two ends":     {flowLog(props{"logDestination": "arn:aws:logs:us-west-2:1:log-group:x"}), says("conflicts with log_group_name")},
	"flow log no arn":       {flowLog(props{"logGroupName": nil, "logDestination": "x"}), says("is an invalid ARN")},
	"flow log traffic":      {flowLog(props{"trafficType": "SOME"}), says("expected traffic_type to be one of")},
	"flow log kind":         {flowLog(props{"logDestinationType": "tape"}), says("expected log_destination_type to be one of")},
	"flow log nowhere":      {flowLog(props{"logGroupName": nil}), says("InvalidParameter", "LogDestination can't be empty")},
	"flow log without role": {flowLog(props{"iamRoleArn": nil}), says("InvalidParameter", "DeliverLogsPermissionArn can't be empty")},
	"flow log wrong role":   {func(g *ground) error { return flowLog(props{"iamRoleArn": g.role.out["arn"]})(g) }, says("InvalidParameter", "Unable to assume given IAM role")},
	"flow log twice": {func(g *ground) error {
		if err := flowLog(props{"logGroupName": "twice"})(g); err != nil {
			return err
		}
		return flowLog(props{"logGroupName": "twice"})(g)
	}, says("FlowLogAlreadyExists")},

	"template short name": {plainly(aTemplate, props{"name": "ab"}), says("InvalidLaunchTemplateName.MalformedException")},
	"template odd name":   {plainly(aTemplate, props{"name": "a b c"}), says("InvalidLaunchTemplateName.MalformedException")},
	"template two names":  {plainly(aTemplate, props{"name": "abc", "namePrefix": "x"}), says("conflicts with name_prefix")},
	"template tokens":     {plainly(aTemplate, props{"metadataOptions": props{"httpTokens": "yes"}}), says("expected metadata_options.0.http_tokens to be one of")},
	"template hops":       {plainly(aTemplate, props{"metadataOptions": props{"httpPutResponseHopLimit": 65}}), says("in the range (1 - 64), got 65")},
	"template versions":   {plainly(aTemplate, props{"updateDefaultVersion": true, "defaultVersion": 1}), says("conflicts with default_version")},
	"template twice": {func(g *ground) error {
		g.create(aTemplate, props{"name": "twice"})
		return g.ask(aTemplate, props{"name": "twice"})
	}, says("InvalidLaunchTemplateName.AlreadyExistsException", "already in use")},
	"template no version": {func(g *ground) error { return g.change(g.create(aTemplate, props{}), props{"defaultVersion": 7}) }, says("InvalidLaunchTemplateId.VersionNotFound", "version 7")},
}

// inline is a route table of the platform with routes to its gateway.
func inline(g *ground, blocks ...string) props {
	var routes []any
	for _, b := range blocks {
		routes = append(routes, props{"cidrBlock": b, "gatewayId": g.gateway.id})
	}
	return props{"vpcId": g.vpc.id, "routes": routes}
}

// made is the first thing of that type on the ground.
func (g *ground) made(token string) thing {
	for _, it := range g.all {
		if it.token == token {
			return it
		}
	}
	g.t.Fatalf("no %s on the ground", token)
	return thing{}
}
