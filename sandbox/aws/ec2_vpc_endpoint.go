package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

var (
	gatewayServices   = []string{"s3", "dynamodb"}
	interfaceServices = []string{
		"s3", "ecr.api", "ecr.dkr", "sts", "ec2", "ec2messages", "ssm", "ssmmessages", "autoscaling", "eks", "eks-auth",
		"logs", "monitoring", "elasticloadbalancing", "kms", "secretsmanager", "sqs", "sns",
	}
)

var _ = register(&Kind{
	Token: tokenVpcEndpoint, IDPrefix: "vpce-", Tagged: true, Required: []string{"vpcId"},
	ARN: func(o *Op) string { return o.Env.arn("ec2", "vpc-endpoint/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '%s' does not exist", id)
	},
	Defaults: Props{
		"vpcEndpointType": "Gateway", "state": "available", "requesterManaged": false, "privateDnsEnabled": false,
		"routeTableIds": []any{}, "subnetIds": []any{}, "ipAddressType": "",
	},
	Computed: []string{
		"cidrBlocks", "dnsEntries", "dnsOptions", "networkInterfaceIds", "ownerId", "policy", "prefixListId", "securityGroupIds",
		"serviceRegion", "subnetConfigurations",
	},
	Replace: []string{"vpcId", "serviceName", "vpcEndpointType", "serviceRegion"},
	Swaps: func(path string, _, in Props) bool {
		return path == "privateDnsEnabled" && str(in, "vpcEndpointType") != "Interface"
	},
	Sets: []string{"routeTableIds", "subnetIds", "securityGroupIds"},
	Refs: []Ref{
		{Field: "vpcId", Kind: tokenVpc, Delete: Hold},
		{Field: "routeTableIds", Kind: tokenRouteTable},
		{Field: "subnetIds", Kind: tokenSubnet, Delete: Hold},
		{Field: "securityGroupIds", Kind: tokenSecurityGroup, Delete: Hold},
	},
	Check: checks(func(c *check) {
		c.oneOf("vpcEndpointType", "Gateway", "GatewayLoadBalancer", "Interface", "Resource", "ServiceNetwork")
		c.oneOf("ipAddressType", "ipv4", "dualstack", "ipv6")
		if text := str(c.in, "policy"); text != "" && !json.Valid([]byte(text)) {
			c.fault("policy", "%q contains an invalid JSON policy", "policy")
		}
	}),
	Fill: func(o *Op) error {
		o.Out["ownerId"], o.Out["serviceRegion"] = o.Env.Account, o.Env.Region
		if o.Out["policy"] == nil {
			o.Out["policy"] = `{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}`
		}
		service, err := o.endpointService()
		if err != nil {
			return err
		}
		if str(o.Out, "vpcEndpointType") == "Interface" {
			if err := o.interfaceRules(service); err != nil {
				return err
			}
			return o.endpointInterfaces(service)
		}
		if err := o.gatewayRules(); err != nil {
			return err
		}
		o.Out["cidrBlocks"], o.Out["dnsEntries"], o.Out["dnsOptions"] = []any{"52.218.128.0/17"}, []any{}, Props{}
		o.Out["networkInterfaceIds"], o.Out["securityGroupIds"], o.Out["subnetConfigurations"] = []any{}, []any{}, []any{}
		if o.Old == nil {
			o.Out["prefixListId"] = hexID("pl-", 8)
		}
		return nil
	},
})

// endpointInterfaces works out what an interface endpoint shows, and brings its interfaces in line.
func (o *Op) endpointInterfaces(service string) error {
	vpc := o.Tx.peek(tokenVpc, str(o.Out, "vpcId"))
	if yes(o.Out, "privateDnsEnabled", false) && !(yes(vpc.State, "enableDnsSupport", true) && yes(vpc.State, "enableDnsHostnames", false)) {
		return fail("InvalidParameter", "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for %s", vpc.ID)
	}
	if len(strs(o.Out, "securityGroupIds")) == 0 {
		o.Out["securityGroupIds"] = []any{vpc.State["defaultSecurityGroupId"]}
		if o.Old != nil { // an empty list asks for nothing
			o.Out["securityGroupIds"] = o.Old.State["securityGroupIds"]
		}
	}
	o.Out["cidrBlocks"], o.Out["prefixListId"], o.Out["ipAddressType"] = []any{}, "", "ipv4"
	o.Out["dnsOptions"] = Props{"dnsRecordIpType": "ipv4", "privateDnsOnlyForInboundResolverEndpoint": false}
	if o.Old == nil {
		o.Out["dnsEntries"] = []any{Props{
			"dnsName":      fmt.Sprintf("%s-%s.%s.%s.vpce.amazonaws.com", o.ID, letters("", 8), service, o.Env.Region),
			"hostedZoneId": strings.ToUpper(letters("Z", 13)),
		}}
	} else {
		o.regroup()
		if sameStrings(strs(o.Old.State, "subnetIds"), strs(o.Out, "subnetIds")) {
			return nil
		}
	}
	return o.plugEndpoint()
}

// regroup gives the interfaces of an endpoint, and of the subnets that joined it, its security groups.
func (o *Op) regroup() {
	owners := []string{key(o.Kind.Token, o.ID)}
	for _, r := range o.Tx.list(tokenEndpointSubnet) {
		if str(r.State, "vpcEndpointId") == o.ID {
			owners = append(owners, r.Key())
		}
	}
	for _, r := range o.Tx.list(tokenNetworkInterface) {
		if slices.Contains(owners, r.Owner) && !sameStrings(strs(r.State, "securityGroups"), strs(o.Out, "securityGroupIds")) {
			r = r.clone()
			r.State["securityGroups"] = o.Out["securityGroupIds"]
			o.Tx.put(r)
		}
	}
}

// plugEndpoint makes one interface in each subnet, at most one per zone.
func (o *Op) plugEndpoint() error {
	owner := key(o.Kind.Token, o.ID)
	o.unplug(owner)
	var ids, places []any
	zones := map[string]bool{}
	for _, id := range strs(o.Out, "subnetIds") {
		subnet := o.Tx.peek(tokenSubnet, id)
		zone := str(subnet.State, "availabilityZone")
		if zones[zone] {
			return sameZone(id)
		}
		zones[zone] = true
		eni, ip, err := o.plug(owner, subnet, strs(o.Out, "securityGroupIds"), "VPC Endpoint Interface "+o.ID)
		if err != nil {
			return err
		}
		ids = append(ids, eni)
		places = append(places, Props{"subnetId": id, "ipv4": ip})
	}
	o.Out["networkInterfaceIds"], o.Out["subnetConfigurations"] = ids, places
	return nil
}
