package aws

// An endpoint's own routeTableIds and subnetIds show what it was made with; what joins it later is on record here only.

var _ = register(&Kind{
	Token: tokenEndpointRouteTable, IDPrefix: "a-", Required: []string{"vpcEndpointId", "routeTableId"},
	Replace: []string{"vpcEndpointId", "routeTableId"},
	Refs: []Ref{
		{Field: "vpcEndpointId", Kind: tokenVpcEndpoint, Delete: Cascade},
		{Field: "routeTableId", Kind: tokenRouteTable, Delete: Cascade},
	},
	Fill: func(o *Op) error {
		if err := o.joins("Gateway", "routeTableId", tokenRouteTable); err != nil {
			return err
		}
		endpoint := o.Tx.peek(tokenVpcEndpoint, str(o.Out, "vpcEndpointId"))
		return o.routedOnce(endpoint.ID, str(endpoint.State, "serviceName"), str(o.Out, "routeTableId"))
	},
})

var _ = register(&Kind{
	Token: tokenEndpointSubnet, IDPrefix: "a-", Required: []string{"vpcEndpointId", "subnetId"},
	Replace: []string{"vpcEndpointId", "subnetId"},
	Refs: []Ref{
		{Field: "vpcEndpointId", Kind: tokenVpcEndpoint, Delete: Cascade},
		{Field: "subnetId", Kind: tokenSubnet, Delete: Hold},
	},
	Fill: func(o *Op) error {
		if err := o.joins("Interface", "subnetId", tokenSubnet); err != nil || o.Old != nil {
			return err
		}
		endpoint := o.Tx.peek(tokenVpcEndpoint, str(o.Out, "vpcEndpointId"))
		subnet := o.Tx.peek(tokenSubnet, str(o.Out, "subnetId"))
		for _, id := range o.Tx.endpointSubnets(endpoint) {
			if other := o.Tx.peek(tokenSubnet, id); other != nil && other.State["availabilityZone"] == subnet.State["availabilityZone"] {
				return sameZone(subnet.ID)
			}
		}
		_, _, err := o.plug(key(o.Kind.Token, o.ID), subnet, strs(endpoint.State, "securityGroupIds"), "VPC Endpoint Interface "+endpoint.ID)
		return err
	},
	Delete: func(o *Op) error {
		o.unplug(key(o.Kind.Token, o.ID))
		return nil
	},
})

// joins checks that the endpoint is of the right type, that both sides share a VPC, and that they are not joined yet.
func (o *Op) joins(kind, field, token string) error {
	endpoint := o.Tx.peek(tokenVpcEndpoint, str(o.Out, "vpcEndpointId"))
	if got := str(endpoint.State, "vpcEndpointType"); got != kind {
		return fail("InvalidParameter", "Endpoint type (%s) does not match this request: %s takes no %s", got, endpoint.ID, field)
	}
	other := o.Tx.peek(token, str(o.Out, field))
	if str(other.State, "vpcId") != str(endpoint.State, "vpcId") {
		return fail("InvalidParameter", "%s and %s belong to different networks", endpoint.ID, other.ID)
	}
	twin := o.Tx.find(o.Kind.Token, func(r *Record) bool {
		return r.ID != o.ID && str(r.State, "vpcEndpointId") == endpoint.ID && str(r.State, field) == other.ID
	})
	if twin != nil {
		return fail("InvalidParameter", "%s is already associated with %s", other.ID, endpoint.ID)
	}
	return nil
}
