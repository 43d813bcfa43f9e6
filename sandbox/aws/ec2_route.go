package aws

import (
	"fmt"
	"hash/crc32"
	"strings"
)

var (
	destinations = []string{"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"}
	targets      = []string{"gatewayId", "natGatewayId", "vpcEndpointId", "networkInterfaceId", "transitGatewayId",
		"vpcPeeringConnectionId", "egressOnlyGatewayId", "carrierGatewayId", "localGatewayId", "coreNetworkArn"}
)

var _ = register(&Kind{
	Token: tokenRoute, Required: []string{"routeTableId"},
	ID: func(o *Op) string {
		to := destination(o.In)
		return fmt.Sprintf("r-%s%d", str(o.In, "routeTableId"), crc32.ChecksumIEEE([]byte(to)))
	},
	Taken:    func(o *Op) error { return routeExists(destination(o.In)) },
	Defaults: Props{"origin": "CreateRoute", "state": "active", "instanceId": "", "instanceOwnerId": "", "networkInterfaceId": ""},
	Replace:  append([]string{"routeTableId"}, destinations...),
	Refs: []Ref{
		{Field: "routeTableId", Kind: tokenRouteTable, Delete: Cascade},
		{Field: "natGatewayId", Kind: tokenNatGateway},
		{Field: "gatewayId", Kind: tokenInternetGateway},
		{Field: "vpcEndpointId", Kind: tokenVpcEndpoint},
		{Field: "networkInterfaceId", Kind: tokenNetworkInterface, Err: func(id string) *Error {
			return fail("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '%s' does not exist", id)
		}},
	},
	Check: checks(func(c *check) {
		if present(c.in, destinations) != 1 {
			c.fault("destinationCidrBlock", "one of `%s` must be specified", strings.Join(destinations, ","))
		}
		if present(c.in, targets) != 1 {
			c.fault("gatewayId", "one of `%s` must be specified", strings.Join(targets, ","))
		}
		c.block4("destinationCidrBlock")
		c.blocks("destinationIpv6CidrBlock")
	}),
	Fill: func(o *Op) error {
		table := o.Tx.peek(tokenRouteTable, str(o.Out, "routeTableId"))
		if err := o.leads(table.ID, str(table.State, "vpcId"), str(o.Out, "destinationCidrBlock"), o.Out); err != nil || o.Old != nil {
			return err
		}
		inline := objs(table.State, "routes")
		for _, r := range inline {
			if str(r, "cidrBlock") == destination(o.Out) {
				return routeExists(destination(o.Out))
			}
		}
		return o.within("routes per table", len(inline)+len(o.Tx.routes(table.ID))+1)
	},
	Lookup: func(t *Tx, id string) *Record {
		table, to, _ := strings.Cut(id, "_")
		return t.find(tokenRoute, func(r *Record) bool {
			return str(r.State, "routeTableId") == table && destination(r.State) == to
		})
	},
})

func routeExists(to string) error {
	return fail("RouteAlreadyExists", "The route identified by %s already exists", to)
}

func destination(p Props) string {
	for _, d := range destinations {
		if to := str(p, d); to != "" {
			return to
		}
	}
	return ""
}

func present(p Props, names []string) int {
	n := 0
	for _, name := range names {
		if v := p[name]; v != nil && v != "" {
			n++
		}
	}
	return n
}
