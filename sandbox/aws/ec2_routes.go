package aws

import "net/netip"

// routes are the Route records of a table, to read only.
func (t *Tx) routes(table string) []*Record {
	var out []*Record
	t.find(tokenRoute, func(r *Record) bool {
		if str(r.State, "routeTableId") == table {
			out = append(out, r)
		}
		return false
	})
	return out
}

// leads checks where a route of a VPC's table goes: to what is there, in the same VPC, and not over the VPC's own route.
func (o *Op) leads(table, vpc, to string, route Props) error {
	if id := str(route, "gatewayId"); id != "" {
		gateway := o.Tx.peek(tokenInternetGateway, id)
		if gateway == nil {
			return kinds[tokenInternetGateway].missing(id)
		}
		if str(gateway.State, "vpcId") != vpc {
			return fail("InvalidParameterValue", "route table %s and network gateway %s belong to different networks", table, id)
		}
		if o.local(vpc, to) {
			return fail("InvalidParameterValue", "The destination CIDR block %s is equal to or more specific than one of this VPC's CIDR blocks. "+
				"This route can target only an interface or an instance.", to)
		}
	}
	if id := str(route, "natGatewayId"); id != "" {
		nat := o.Tx.peek(tokenNatGateway, id)
		if nat == nil {
			return kinds[tokenNatGateway].missing(id)
		}
		if subnet := o.Tx.peek(tokenSubnet, str(nat.State, "subnetId")); subnet == nil || str(subnet.State, "vpcId") != vpc {
			return fail("InvalidParameterValue", "route table %s and NAT gateway %s belong to different networks", table, id)
		}
	}
	if id := str(route, "transitGatewayId"); id != "" { // no program can have made one here
		return fail("InvalidTransitGatewayID.NotFound", "The transitGateway ID '%s' does not exist", id)
	}
	if id := str(route, "vpcPeeringConnectionId"); id != "" {
		return fail("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '%s' does not exist", id)
	}
	return nil
}

// local says that a block lies within the VPC's own.
func (o *Op) local(vpc, block string) bool {
	to, err := netip.ParsePrefix(block)
	own, err2 := netip.ParsePrefix(str(o.Tx.peek(tokenVpc, vpc).State, "cidrBlock"))
	return err == nil && err2 == nil && own.Contains(to.Addr()) && to.Bits() >= own.Bits()
}

// inlineRoutes checks the routes that a table states itself.
func (o *Op) inlineRoutes() error {
	seen := map[string]bool{}
	for _, r := range o.Tx.routes(o.ID) {
		seen[destination(r.State)] = true
	}
	others := len(seen)
	routes := objs(o.Out, "routes")
	for _, r := range routes {
		to := str(r, "cidrBlock")
		if to != "" && seen[to] {
			return routeExists(to)
		}
		seen[to] = true
		if err := o.leads(o.ID, str(o.Out, "vpcId"), to, r); err != nil {
			return err
		}
	}
	return o.within("routes per table", others+len(routes))
}

// tableOf is the route table that a subnet follows: its own, or else the main one of its VPC.
func (t *Tx) tableOf(subnet *Record) *Record {
	if joined := t.named(tokenRouteTableAssociation, "subnetId", subnet.ID); joined != nil {
		return t.peek(tokenRouteTable, str(joined.State, "routeTableId"))
	}
	vpc := t.peek(tokenVpc, str(subnet.State, "vpcId"))
	if vpc == nil {
		return nil
	}
	return t.peek(tokenRouteTable, str(vpc.State, "mainRouteTableId"))
}

// defaultRoute is the route of a table to everywhere; nil = none.
func (t *Tx) defaultRoute(table *Record) Props {
	for _, r := range t.routes(table.ID) {
		if destination(r.State) == "0.0.0.0/0" {
			return r.State
		}
	}
	for _, r := range objs(table.State, "routes") {
		if str(r, "cidrBlock") == "0.0.0.0/0" {
			return r
		}
	}
	return nil
}
