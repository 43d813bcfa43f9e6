package aws

var _ = register(&Kind{
	Token: tokenInternetGateway, IDPrefix: "igw-", Tagged: true,
	ARN: func(o *Op) string { return o.Env.arn("ec2", "internet-gateway/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidInternetGatewayID.NotFound", "The internetGateway ID '%s' does not exist", id)
	},
	Computed: []string{"ownerId", "vpcId"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Hold}},
	Fill: func(o *Op) error {
		o.Out["ownerId"] = o.Env.Account
		vpc := str(o.Out, "vpcId")
		if o.Old != nil && str(o.Old.State, "vpcId") != vpc {
			if err := o.Tx.detachable(str(o.Old.State, "vpcId")); err != nil {
				return err
			}
		}
		other := o.Tx.gatewayOf(vpc)
		if vpc != "" && other != nil && other.ID != o.ID {
			return fail("InvalidParameterValue", "Network %s already has an internet gateway attached", vpc)
		}
		return nil
	},
	Delete: func(o *Op) error { return o.Tx.detachable(str(o.Old.State, "vpcId")) },
})

// gatewayOf is the internet gateway attached to the VPC; nil = none.
func (t *Tx) gatewayOf(vpc string) *Record { return t.named(tokenInternetGateway, "vpcId", vpc) }

// detachable refuses to take the internet gateway from a VPC in which public addresses are mapped.
func (t *Tx) detachable(vpc string) error {
	mapped := t.find(tokenNatGateway, func(r *Record) bool {
		subnet := t.peek(tokenSubnet, str(r.State, "subnetId"))
		return subnet != nil && str(subnet.State, "vpcId") == vpc && str(r.State, "publicIp") != ""
	})
	facing := t.find(tokenBalancer, func(r *Record) bool { return str(r.State, "vpcId") == vpc && !yes(r.State, "internal", false) })
	if mapped != nil || facing != nil {
		return fail("DependencyViolation", "Network %s has some mapped public address(es). "+
			"Please unmap those public address(es) before detaching the gateway.", vpc)
	}
	return nil
}
