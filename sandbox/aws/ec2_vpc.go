package aws

import "net/netip"

var _ = register(&Kind{
	Token: tokenVpc, IDPrefix: "vpc-", Tagged: true,
	ARN:     func(o *Op) string { return o.Env.arn("ec2", "vpc/"+o.ID) },
	Missing: func(id string) *Error { return fail("InvalidVpcID.NotFound", "The vpc ID '%s' does not exist", id) },
	InUse: func(id string) *Error {
		return fail("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", id)
	},
	Defaults: Props{
		"instanceTenancy": "default", "enableDnsSupport": true, "enableDnsHostnames": false,
		"enableNetworkAddressUsageMetrics": false, "assignGeneratedIpv6CidrBlock": false,
		"ipv6AssociationId": "", "ipv6CidrBlock": "", "ipv6CidrBlockNetworkBorderGroup": "",
	},
	Computed: []string{
		"defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "dhcpOptionsId", "mainRouteTableId", "ownerId",
	},
	Replace: []string{"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"},
	Swaps: func(path string, was, in Props) bool { // shared hardware can become dedicated in a new VPC only; the way back is open
		return path == "instanceTenancy" && !(str(was, path) == "dedicated" && str(in, path) == "default")
	},
	Check: checks(func(c *check) {
		if text := str(c.in, "cidrBlock"); text == "" && !isUnknown(c.in["cidrBlock"]) {
			c.fault("cidrBlock", "%q is not a valid IPv4 CIDR block", text)
		}
		c.block4("cidrBlock")
		c.oneOf("instanceTenancy", "default", "dedicated")
	}),
	Fill: func(o *Op) error {
		block := str(o.Out, "cidrBlock")
		if p, err := netip.ParsePrefix(block); err != nil || p.Bits() < 16 || p.Bits() > 28 {
			return fail("InvalidVpc.Range", "The CIDR '%s' is invalid.", block)
		}
		if o.Old != nil {
			return nil
		}
		o.Out["ownerId"] = o.Env.Account
		o.Out["defaultNetworkAclId"], o.Out["dhcpOptionsId"] = ec2ID("acl-"), ec2ID("dopt-")
		o.furnishVpc()
		return nil
	},
})

// furnishVpc makes what comes with a VPC: the main route table and the default security group.
func (o *Op) furnishVpc() {
	owner := key(tokenVpc, o.ID)
	table, group := ec2ID("rtb-"), ec2ID("sg-")
	o.Out["mainRouteTableId"], o.Out["defaultRouteTableId"], o.Out["defaultSecurityGroupId"] = table, table, group
	o.made(owner, tokenRouteTable, table, "main", Props{
		"arn": o.Env.arn("ec2", "route-table/"+table), "ownerId": o.Env.Account, "vpcId": o.ID,
		"routes": []any{}, "propagatingVgws": []any{}, "tags": Props{}, "tagsAll": Props{},
	})
	o.made(owner, tokenSecurityGroup, group, "default", Props{
		"arn": o.Env.arn("ec2", "security-group/"+group), "ownerId": o.Env.Account, "vpcId": o.ID,
		"name": "default", "description": "default VPC security group", "tags": Props{}, "tagsAll": Props{},
		"ingress": []any{Props{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": true}},
		"egress":  []any{Props{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"0.0.0.0/0"}}},
	})
}
