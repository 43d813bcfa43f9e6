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
	Taken: func(o *Op) error {
		return fail("RouteAlreadyExists", "The route identified by %s already exists", destination(o.In))
	},
	Defaults: Props{"origin": "CreateRoute", "state": "active", "instanceId": "", "instanceOwnerId": "", "networkInterfaceId": ""},
	Replace:  append([]string{"routeTableId"}, destinations...),
	Refs: []Ref{
		{Field: "routeTableId", Kind: tokenRouteTable, Delete: Cascade},
		{Field: "natGatewayId", Kind: tokenNatGateway},
		{Field: "gatewayId", Kind: tokenInternetGateway},
	},
	Check: func(in Props) []Fault {
		if n := present(in, destinations); n != 1 {
			return []Fault{{"destinationCidrBlock", "one of `" + strings.Join(destinations, ",") + "` must be specified"}}
		}
		if n := present(in, targets); n != 1 {
			return []Fault{{"gatewayId", "one of `" + strings.Join(targets, ",") + "` must be specified"}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		id := str(o.Out, "gatewayId")
		if id == "" {
			return nil
		}
		table := o.Tx.peek(tokenRouteTable, str(o.Out, "routeTableId"))
		gateway := o.Tx.peek(tokenInternetGateway, id)
		if str(gateway.State, "vpcId") != str(table.State, "vpcId") {
			return fail("InvalidParameterValue", "route table %s and network gateway %s belong to different networks", table.ID, id)
		}
		return nil
	},
	Lookup: func(t *Tx, id string) *Record {
		table, to, _ := strings.Cut(id, "_")
		return t.find(tokenRoute, func(r *Record) bool {
			return str(r.State, "routeTableId") == table && destination(r.State) == to
		})
	},
})

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
