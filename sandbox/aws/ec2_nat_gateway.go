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
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		subnet := o.Tx.peek(tokenSubnet, str(o.Out, "subnetId"))
		if str(o.Out, "connectivityType") == "public" {
			if err := o.natPublic(subnet); err != nil {
				return err
			}
		}
		a, err := o.Tx.address(subnet)
		if err != nil {
			return err
		}
		o.Out["networkInterfaceId"], o.Out["privateIp"] = ec2ID("eni-"), a.String()
		return nil
	},
})

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
