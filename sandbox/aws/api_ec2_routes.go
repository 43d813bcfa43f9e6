package aws

var _ = operates("ec2", map[string]*operation{
	"DescribeRouteTables": (&describe{
		set: "routeTableSet", items: itemsOf(tokenRouteTable, routeTableItem), ids: []identity{byID("RouteTableId", "routeTableId", tokenRouteTable)},
		filters: map[string]string{
			"route-table-id": "routeTableId", "vpc-id": "vpcId", "owner-id": "ownerId", "association.main": "associationSet.main",
			"association.subnet-id": "associationSet.subnetId", "association.gateway-id": "associationSet.gatewayId",
			"association.route-table-association-id": "associationSet.routeTableAssociationId", "association.route-table-id": "associationSet.routeTableId",
			"route.destination-cidr-block": "routeSet.destinationCidrBlock", "route.destination-prefix-list-id": "routeSet.destinationPrefixListId",
			"route.gateway-id": "routeSet.gatewayId", "route.nat-gateway-id": "routeSet.natGatewayId", "route.origin": "routeSet.origin",
			"route.state": "routeSet.state",
		},
	}).operation(),
})

func routeTableItem(t *Tx, r *Record) Props {
	return Props{
		"routeTableId": r.ID, "vpcId": r.State["vpcId"], "ownerId": t.store.account, "propagatingVgwSet": []any{},
		"routeSet": routeItems(t, r), "associationSet": routeAssociations(t, r), "tagSet": ec2Tags(r),
	}
}

// routeItems are the local route, the routes of gateway endpoints, and those that were made.
func routeItems(t *Tx, table *Record) []any {
	out := []any{}
	if vpc := t.peek(tokenVpc, str(table.State, "vpcId")); vpc != nil {
		out = append(out, Props{
			"destinationCidrBlock": vpc.State["cidrBlock"], "gatewayId": "local", "origin": "CreateRouteTable", "state": "active",
		})
	}
	for _, r := range t.list(tokenRoute) {
		if str(r.State, "routeTableId") == table.ID {
			out = append(out, routeItem(t, r.State, "destinationCidrBlock", "destinationIpv6CidrBlock"))
		}
	}
	for _, inline := range objs(table.State, "routes") {
		out = append(out, routeItem(t, inline, "cidrBlock", "ipv6CidrBlock"))
	}
	for _, e := range t.list(tokenVpcEndpoint) {
		for _, id := range endpointTables(t, e) {
			if id == table.ID {
				out = append(out, Props{
					"destinationPrefixListId": e.State["prefixListId"], "gatewayId": e.ID, "origin": "CreateRoute", "state": "active",
				})
			}
		}
	}
	return out
}

// routeItem is one route, which names its destination as its own resource or as a part of its table does.
func routeItem(t *Tx, p Props, v4, v6 string) Props {
	item := Props{
		"destinationCidrBlock": some(str(p, v4)), "destinationIpv6CidrBlock": some(str(p, v6)), "destinationPrefixListId": some(str(p, "destinationPrefixListId")),
		"origin": "CreateRoute", "state": "active",
		"gatewayId": some(str(p, "gatewayId")), "natGatewayId": some(str(p, "natGatewayId")), "networkInterfaceId": some(str(p, "networkInterfaceId")),
		"transitGatewayId": some(str(p, "transitGatewayId")), "vpcPeeringConnectionId": some(str(p, "vpcPeeringConnectionId")),
		"egressOnlyInternetGatewayId": some(str(p, "egressOnlyGatewayId")),
	}
	if endpoint := str(p, "vpcEndpointId"); endpoint != "" {
		item["gatewayId"] = endpoint
	}
	if nat := str(p, "natGatewayId"); nat != "" && t.peek(tokenNatGateway, nat) == nil {
		item["state"] = "blackhole"
	}
	if gateway := str(p, "gatewayId"); gateway != "" && t.peek(tokenInternetGateway, gateway) == nil {
		item["state"] = "blackhole"
	}
	return item
}

func routeAssociations(t *Tx, table *Record) []any {
	out := []any{}
	if vpc := t.peek(tokenVpc, str(table.State, "vpcId")); vpc != nil && str(vpc.State, "mainRouteTableId") == table.ID {
		out = append(out, Props{
			"routeTableAssociationId": derivedID("rtbassoc-", table.ID), "routeTableId": table.ID, "main": true,
			"associationState": Props{"state": "associated"},
		})
	}
	for _, r := range t.list(tokenRouteTableAssociation) {
		if str(r.State, "routeTableId") == table.ID {
			out = append(out, Props{
				"routeTableAssociationId": r.ID, "routeTableId": table.ID, "subnetId": some(str(r.State, "subnetId")),
				"gatewayId": some(str(r.State, "gatewayId")), "main": false, "associationState": Props{"state": "associated"},
			})
		}
	}
	return out
}
