package aws

var _ = register(&Kind{
	Token: tokenNatGateway, IDPrefix: "nat-", Tagged: true, Required: []string{"subnetId"}, First: true,
	Missing: func(id string) *Error {
		return fail("InvalidNatGatewayID.NotFound", "The Nat Gateway %s was not found", id)
	},
	Defaults: Props{
		"connectivityType": "public", "secondaryAllocationIds": []any{}, "secondaryPrivateIpAddressCount": 0,
		"secondaryPrivateIpAddresses": []any{},
	},
	Computed: []string{"networkInterfaceId", "privateIp", "publicIp", "associationId"},
	Replace:  []string{"allocationId", "subnetId", "connectivityType", "privateIp"},
	Refs: []Ref{
		{Field: "subnetId", Kind: tokenSubnet, Delete: Hold},
		{Field: "allocationId", Kind: tokenEip, Delete: Hold},
	},
	Check: checks(func(c *check) { c.oneOf("connectivityType", "public", "private") }),
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		subnet := o.Tx.peek(tokenSubnet, str(o.Out, "subnetId"))
		if err := o.natsOf(str(subnet.State, "availabilityZone")); err != nil {
			return err
		}
		if str(o.Out, "connectivityType") == "public" {
			if err := o.natPublic(subnet); err != nil {
				return err
			}
		}
		o.Out["networkInterfaceId"] = ec2ID("eni-")
		if asked := str(o.In, "privateIp"); asked != "" {
			return o.Tx.addressAt(subnet, asked)
		}
		a, err := o.Tx.address(subnet)
		o.Out["privateIp"] = a.String()
		return err
	},
})

// natsOf applies the quota of a zone to one gateway more.
func (o *Op) natsOf(zone string) error {
	n := 1
	o.Tx.find(tokenNatGateway, func(r *Record) bool {
		if subnet := o.Tx.peek(tokenSubnet, str(r.State, "subnetId")); subnet != nil && str(subnet.State, "availabilityZone") == zone {
			n++
		}
		return false
	})
	return o.within("nat gateways per zone", n)
}

// natPublic maps the elastic address, which must be free, in a VPC that has a way out.
func (o *Op) natPublic(subnet *Record) error {
	allocation := str(o.Out, "allocationId")
	if allocation == "" {
		return fail("MissingParameter", "The request must include the AllocationId parameter. Add the required parameter and retry the request.")
	}
	if o.Tx.named(tokenNatGateway, "allocationId", allocation) != nil {
		return fail("Resource.AlreadyAssociated", "resource %s is already associated", allocation)
	}
	if vpc := str(subnet.State, "vpcId"); o.Tx.gatewayOf(vpc) == nil {
		return fail("Gateway.NotAttached", "Network %s has no Internet gateway attached", vpc)
	}
	o.Out["publicIp"] = o.Tx.peek(tokenEip, allocation).State["publicIp"]
	o.Out["associationId"] = ec2ID("eipassoc-")
	return nil
}
