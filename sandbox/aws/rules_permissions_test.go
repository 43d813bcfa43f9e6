package aws_test

import (
	"fmt"
	"strings"
)

const (
	aGroup     = "aws:ec2/securityGroup:SecurityGroup"
	aRule      = "aws:ec2/securityGroupRule:SecurityGroupRule"
	anIngress  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	anEgress   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	anEndpoint = "aws:ec2/vpcEndpoint:VpcEndpoint"
	aTableEnd  = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
	aSubnetEnd = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
)

func group(top props) func(*ground) error {
	return asks(aGroup, func(g *ground) props { return over(props{"vpcId": g.vpc.id}, top) })
}

// opening is a rule of the ground's group: tcp from 10/8.
func opening(g *ground, top props) props {
	return over(props{
		"securityGroupId": g.group.id, "type": "ingress", "protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": []any{"10.0.0.0/8"},
	}, top)
}

func opens(top props) func(*ground) error {
	return asks(aRule, func(g *ground) props { return opening(g, top) })
}

func single(top props) func(*ground) error {
	return asks(anIngress, func(g *ground) props {
		return over(props{"securityGroupId": g.group.id, "ipProtocol": "udp", "fromPort": 53, "toPort": 53, "cidrIpv4": "10.0.0.0/8"}, top)
	})
}

// inlineRule is one of a group's own, from port to port.
func inlineRule(from, to int, peers ...any) props {
	return props{"protocol": "tcp", "fromPort": from, "toPort": to, "cidrBlocks": peers}
}

func blocks(n int) []any {
	return many(n, func(i int) any { return fmt.Sprintf("10.0.%d.0/24", i) })
}

var permissionRules = map[string]rule{
	"group twice":           {group(props{"name": "mine"}), says("InvalidGroup.Duplicate", "'mine' already exists")},
	"group like an id":      {group(props{"name": "sg-x"}), says("name: ", "cannot begin with sg-")},
	"group default":         {group(props{"name": "default"}), says("InvalidGroup.Reserved")},
	"group name characters": {group(props{"name": "größe"}), says("InvalidParameterValue", "Character sets beyond ASCII")},
	"group description":     {group(props{"description": "größe"}), says("InvalidParameterValue", "GroupDescription")},
	"group long":            {group(props{"description": strings.Repeat("x", 256)}), says("expected length of description")},
	"group of no vpc":       {plainly(aGroup, props{"vpcId": "vpc-0"}), says("InvalidVpcID.NotFound")},
	"group without vpc":     {plainly(aGroup, props{}), says("VPCIdNotSpecified")},
	"group all ports":       {group(props{"egress": []any{props{"protocol": "-1", "fromPort": 1, "toPort": 9, "cidrBlocks": []any{"0.0.0.0/0"}}}}), says("must both be 0")},
	"group inline ports":    {group(props{"ingress": []any{inlineRule(0, 70000, "10.0.0.0/8")}}), says("InvalidParameterValue", "TCP/UDP port (70000) out of range")},
	"group inline twice":    {group(props{"ingress": []any{inlineRule(1, 2, "10.0.0.0/8", "10.0.0.0/8")}}), says("InvalidPermission.Duplicate")},
	"group inline peer":     {group(props{"ingress": []any{props{"protocol": "tcp", "fromPort": 1, "toPort": 2, "securityGroups": []any{"sg-0"}}}}), says("InvalidGroup.NotFound")},
	"group 61 rules":        {group(props{"ingress": []any{inlineRule(1, 2, blocks(61)...)}}), says("RulesPerSecurityGroupLimitExceeded")},
	"group update 61 rules": {func(g *ground) error {
		return g.change(g.group, props{"ingress": []any{inlineRule(1, 2, blocks(61)...)}})
	}, says("RulesPerSecurityGroupLimitExceeded")},
	"group inline and separate": {func(g *ground) error {
		own := g.create(aGroup, props{"vpcId": g.vpc.id, "ingress": []any{inlineRule(1, 2, blocks(40)...)}})
		return g.ask(aRule, opening(g, props{"securityGroupId": own.id, "cidrBlocks": blocks(21)}))
	}, says("RulesPerSecurityGroupLimitExceeded")},
	"group repeats a rule": {func(g *ground) error {
		own := g.create(aGroup, props{"vpcId": g.vpc.id})
		g.create(aRule, opening(g, props{"securityGroupId": own.id}))
		return g.change(own, props{"ingress": []any{inlineRule(80, 80, "10.0.0.0/8")}})
	}, says("InvalidPermission.Duplicate")},
	"group named by a rule": {func(g *ground) error {
		peer := g.create(aGroup, props{"vpcId": g.vpc.id})
		g.create(aRule, opening(g, props{"cidrBlocks": nil, "sourceSecurityGroupId": peer.id}))
		return g.tryDelete(peer)
	}, says("DependencyViolation", "has a dependent object")},
	"group named inline": {func(g *ground) error {
		peer := g.create(aGroup, props{"vpcId": g.vpc.id})
		g.create(aGroup, props{"vpcId": g.vpc.id, "ingress": []any{props{"protocol": "tcp", "fromPort": 1, "toPort": 2, "securityGroups": []any{peer.id}}}})
		return g.tryDelete(peer)
	}, says("DependencyViolation", "has a dependent object")},
	"group delete default": {func(g *ground) error {
		return g.tryDelete(thing{token: aGroup, urn: g.urn(aGroup), id: g.vpc.out["defaultSecurityGroupId"].(string)})
	}, says("CannotDelete", "cannot be deleted by a user")},
	"group of an endpoint": {func(g *ground) error {
		used := g.create(aGroup, props{"vpcId": g.vpc.id})
		g.create(anEndpoint, props{"vpcId": g.vpc.id, "serviceName": "com.amazonaws.us-west-2.kms", "vpcEndpointType": "Interface", "securityGroupIds": []any{used.id}, "subnetIds": []any{g.b.id}})
		return g.tryDelete(used)
	}, says("DependencyViolation")},

	"rule protocol":      {opens(props{"protocol": "smtp"}), says("InvalidParameterValue", "Unknown protocol")},
	"rule number":        {opens(props{"protocol": "300"}), says("InvalidParameterValue", "Unknown protocol")},
	"rule port":          {opens(props{"toPort": 65536}), says("InvalidParameterValue", "TCP/UDP port (65536) out of range")},
	"rule port below":    {opens(props{"fromPort": -1}), says("InvalidParameterValue", "TCP/UDP port (-1) out of range")},
	"rule ports turned":  {opens(props{"fromPort": 443}), says("InvalidParameterValue", "Invalid TCP/UDP port range (443:80)")},
	"rule icmp":          {opens(props{"protocol": "icmp", "fromPort": 300, "toPort": 0}), says("InvalidParameterValue", "ICMP type (300) out of range")},
	"rule host bits":     {opens(props{"cidrBlocks": []any{"10.0.0.1/8"}}), says("cidrBlocks: ", "did you mean")},
	"rule no block":      {opens(props{"cidrBlocks": []any{"all"}}), says("cidrBlocks: ", "not a valid CIDR block")},
	"rule malformed":     {func(g *ground) error { return g.raw(aRule, opening(g, props{"cidrBlocks": []any{"10.0.0.0/33"}})) }, says("InvalidParameterValue", "CIDR block 10.0.0.0/33 is malformed")},
	"rule no peer":       {opens(props{"cidrBlocks": nil, "sourceSecurityGroupId": "sg-0"}), says("InvalidGroup.NotFound", "'sg-0' does not exist")},
	"rule of no group":   {opens(props{"securityGroupId": "sg-0"}), says("InvalidGroup.NotFound")},
	"rule far peer":      {func(g *ground) error { return opens(props{"cidrBlocks": nil, "sourceSecurityGroupId": g.group2.id})(g) }, says("InvalidGroup.NotFound", "different networks")},
	"rule two sources":   {opens(props{"sourceSecurityGroupId": "sg-1"}), says("conflicts with cidr_blocks")},
	"rule self and more": {opens(props{"self": true}), says("conflicts with cidr_blocks")},
	"rule no source":     {opens(props{"cidrBlocks": nil}), says("must be set")},
	"rule direction":     {opens(props{"type": "sideways"}), says("expected type to be one of")},
	"rule description":   {opens(props{"description": "größe"}), says("doesn't comply with restrictions")},
	"rule 61":            {opens(props{"cidrBlocks": blocks(61)}), says("RulesPerSecurityGroupLimitExceeded")},
	"rule twice": {func(g *ground) error {
		g.create(aRule, opening(g, props{"fromPort": 22, "toPort": 22}))
		return g.ask(aRule, opening(g, props{"fromPort": 22, "toPort": 22}))
	}, says("InvalidPermission.Duplicate", `"peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists`)},
	"rule in part": {func(g *ground) error {
		g.create(aRule, opening(g, props{"fromPort": 23, "toPort": 23}))
		return g.ask(aRule, opening(g, props{"fromPort": 23, "toPort": 23, "protocol": "6", "cidrBlocks": []any{"1.0.0.0/8", "10.0.0.0/8"}}))
	}, says("InvalidPermission.Duplicate")},

	"single two sources": {single(props{"cidrIpv6": "::/0"}), says("Exactly one of")},
	"single host bits":   {single(props{"cidrIpv4": "10.0.0.1/8"}), says("not a valid IPv4 CIDR block")},
	"single far peer": {func(g *ground) error {
		return single(props{"cidrIpv4": nil, "referencedSecurityGroupId": g.group2.id})(g)
	}, says("InvalidGroup.NotFound", "different networks")},
	"single ports":    {single(props{"toPort": 1}), says("InvalidParameterValue", "Invalid TCP/UDP port range (53:1)")},
	"single protocol": {single(props{"ipProtocol": "x"}), says("InvalidParameterValue", "Unknown protocol")},
	"single reserved": {single(props{"tags": props{"aws:a": "b"}}), says("InvalidParameterValue", "reserved")},
	"single after a rule": {func(g *ground) error {
		g.create(aRule, opening(g, props{"fromPort": 25, "toPort": 25}))
		return single(props{"ipProtocol": "tcp", "fromPort": 25, "toPort": 25})(g)
	}, says("InvalidPermission.Duplicate")},
	"single update into another": {func(g *ground) error {
		out := func(port int) props {
			return props{"securityGroupId": g.group.id, "ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0"}
		}
		g.create(anEgress, out(443))
		return g.change(g.create(anEgress, out(444)), out(443))
	}, says("InvalidPermission.Duplicate")},
}

func endpoint(service string, top props) func(*ground) error {
	return asks(anEndpoint, func(g *ground) props {
		return over(props{"vpcId": g.vpc.id, "serviceName": "com.amazonaws.us-west-2." + service, "vpcEndpointType": "Interface"}, top)
	})
}

// served is an interface endpoint on the ground.
func served(g *ground, service string, top props) thing {
	return g.create(anEndpoint, over(props{"vpcId": g.vpc.id, "serviceName": "com.amazonaws.us-west-2." + service, "vpcEndpointType": "Interface"}, top))
}

var endpointRules = map[string]rule{
	"no service":         {endpoint("s4", nil), says("InvalidServiceName", "does not exist")},
	"gateway for sts":    {endpoint("sts", props{"vpcEndpointType": "Gateway"}), says("InvalidParameter", "does not match available service types ([Interface])")},
	"interface for that": {endpoint("dynamodb", nil), says("InvalidParameter", "does not match available service types ([Gateway])")},
	"no type":            {endpoint("sts", props{"vpcEndpointType": "Door"}), says("expected vpc_endpoint_type to be one of")},
	"policy":             {endpoint("sts", props{"policy": "{"}), says("invalid JSON policy")},
	"names without DNS": {func(g *ground) error {
		return endpoint("sts", props{"vpcId": g.vpc2.id, "privateDnsEnabled": true})(g)
	}, says("InvalidParameter", "enableDnsSupport and enableDnsHostnames")},
	"names twice": {func(g *ground) error {
		served(g, "ssm", props{"privateDnsEnabled": true})
		return endpoint("ssm", props{"privateDnsEnabled": true})(g)
	}, says("InvalidParameter", "conflicting DNS domain for ssm.us-west-2.amazonaws.com")},
	"names twice, update": {func(g *ground) error {
		served(g, "sns", props{"privateDnsEnabled": true})
		return g.change(served(g, "sns", nil), props{"privateDnsEnabled": true})
	}, says("InvalidParameter", "conflicting DNS domain")},
	"names of s3": {endpoint("s3", props{"privateDnsEnabled": true}), says("InvalidParameter", "must have a Gateway endpoint for the service")},
	"subnets of zone": {func(g *ground) error {
		return endpoint("sts", props{"subnetIds": []any{g.a.id, g.made(aJoin).in["subnetId"]}})(g)
	}, says("DuplicateSubnetsInSameZone")},
	"subnet elsewhere": {func(g *ground) error { return endpoint("sts", props{"subnetIds": []any{g.subnet2.id}})(g) }, says("InvalidParameter", "different networks")},
	"group elsewhere":  {func(g *ground) error { return endpoint("sts", props{"securityGroupIds": []any{g.group2.id}})(g) }, says("InvalidParameter", "different networks")},
	"six groups": {func(g *ground) error {
		ids := many(6, func(int) any { return g.create(aGroup, props{"vpcId": g.vpc.id}).id })
		return endpoint("sts", props{"securityGroupIds": ids})(g)
	}, says("SecurityGroupsPerInterfaceLimitExceeded")},
	"no group": {endpoint("sts", props{"securityGroupIds": []any{"sg-0"}}), says("InvalidGroup.NotFound")},
	"table elsewhere": {func(g *ground) error {
		return endpoint("dynamodb", props{"vpcEndpointType": "Gateway", "routeTableIds": []any{g.table2.id}})(g)
	}, says("InvalidParameter", "different networks")},
	"table twice": {func(g *ground) error {
		gate := props{"vpcEndpointType": "Gateway", "routeTableIds": []any{g.made(aTable).id}}
		served(g, "dynamodb", gate)
		return endpoint("dynamodb", gate)(g)
	}, says("RouteAlreadyExists", "already has a route with destination-prefix-list-id")},
	"table joins twice": {func(g *ground) error {
		table := g.create(aTable, props{"vpcId": g.vpc.id})
		served(g, "dynamodb", props{"vpcEndpointType": "Gateway", "routeTableIds": []any{table.id}})
		return g.ask(aTableEnd, props{"vpcEndpointId": served(g, "dynamodb", props{"vpcEndpointType": "Gateway"}).id, "routeTableId": table.id})
	}, says("RouteAlreadyExists")},
	"table joins interface": {func(g *ground) error {
		return g.ask(aTableEnd, props{"vpcEndpointId": served(g, "logs", nil).id, "routeTableId": g.vpc.out["mainRouteTableId"]})
	}, says("InvalidParameter", "does not match")},
	"subnet joins elsewhere": {func(g *ground) error {
		return g.ask(aSubnetEnd, props{"vpcEndpointId": served(g, "logs", nil).id, "subnetId": g.subnet2.id})
	}, says("InvalidParameter", "different networks")},
	"subnet joins twice": {func(g *ground) error {
		in := props{"vpcEndpointId": served(g, "logs", nil).id, "subnetId": g.a.id}
		g.create(aSubnetEnd, in)
		return g.ask(aSubnetEnd, in)
	}, says("InvalidParameter", "already associated")},
	"subnet joins zone": {func(g *ground) error {
		made := served(g, "logs", props{"subnetIds": []any{g.a.id}})
		return g.ask(aSubnetEnd, props{"vpcEndpointId": made.id, "subnetId": g.made(aJoin).in["subnetId"]})
	}, says("DuplicateSubnetsInSameZone")},
}
