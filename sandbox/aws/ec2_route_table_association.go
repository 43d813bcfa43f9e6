package aws

import "strings"

var _ = register(&Kind{
	Token: tokenRouteTableAssociation, IDPrefix: "rtbassoc-", Required: []string{"routeTableId"}, First: true,
	Replace: []string{"subnetId", "gatewayId"},
	Refs: []Ref{
		{Field: "routeTableId", Kind: tokenRouteTable, Delete: Hold},
		{Field: "subnetId", Kind: tokenSubnet, Delete: Cascade},
		{Field: "gatewayId", Kind: tokenInternetGateway, Delete: Cascade},
	},
	Check: func(in Props) []Fault {
		if present(in, []string{"subnetId", "gatewayId"}) != 1 {
			return []Fault{{"subnetId", "one of `gateway_id,subnet_id` must be specified"}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		table := o.Tx.peek(tokenRouteTable, str(o.Out, "routeTableId"))
		subnet := o.Tx.peek(tokenSubnet, str(o.Out, "subnetId"))
		if subnet == nil {
			return nil
		}
		if str(subnet.State, "vpcId") != str(table.State, "vpcId") {
			return fail("InvalidParameterValue", "route table %s and subnet %s belong to different networks", table.ID, subnet.ID)
		}
		if other := o.Tx.named(o.Kind.Token, "subnetId", subnet.ID); other != nil && other.ID != o.ID {
			return fail("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", table.ID)
		}
		return nil
	},
	Lookup: func(t *Tx, id string) *Record {
		subnet, table, _ := strings.Cut(id, "/")
		return t.find(tokenRouteTableAssociation, func(r *Record) bool {
			return str(r.State, "subnetId") == subnet && str(r.State, "routeTableId") == table
		})
	},
})
