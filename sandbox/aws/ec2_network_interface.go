package aws

// Network interfaces are made by AWS for what needs an address: endpoints and control planes. They hold their subnet and
// their security groups. No program asks for one.
var _ = register(&Kind{
	Token: tokenNetworkInterface, IDPrefix: "eni-", Internal: true,
	Refs: []Ref{
		{Field: "subnetId", Kind: tokenSubnet, Delete: Hold},
		{Field: "securityGroups", Kind: tokenSecurityGroup, Delete: Hold},
	},
})

// plug makes an interface in the subnet for owner and answers its id and address.
func (o *Op) plug(owner string, subnet *Record, groups []string, description string) (id, address string, err error) {
	a, err := o.Tx.address(subnet)
	if err != nil {
		return "", "", err
	}
	id = ec2ID("eni-")
	o.made(owner, tokenNetworkInterface, id, description, Props{
		"subnetId": subnet.ID, "vpcId": subnet.State["vpcId"], "privateIp": a.String(), "description": description,
		"securityGroups": groups, "availabilityZone": subnet.State["availabilityZone"],
	})
	return id, a.String(), nil
}

// unplug removes the interfaces of owner.
func (o *Op) unplug(owner string) {
	for _, r := range o.Tx.list(tokenNetworkInterface) {
		if r.Owner == owner {
			o.Tx.drop(r)
		}
	}
}
