package aws

import (
	"slices"
	"strings"
)

// endpointService is the service that an endpoint is for, without region: sts.
func (o *Op) endpointService() (string, error) {
	name, kind := str(o.Out, "serviceName"), str(o.Out, "vpcEndpointType")
	service, ok := strings.CutPrefix(name, "com.amazonaws."+o.Env.Region+".")
	gateway, iface := slices.Contains(gatewayServices, service), slices.Contains(interfaceServices, service)
	switch {
	case !ok || !gateway && !iface:
		return "", fail("InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
	case kind == "Gateway" && !gateway:
		return "", fail("InvalidParameter", "Endpoint type (Gateway) does not match available service types ([Interface]).")
	case kind == "Interface" && !iface:
		return "", fail("InvalidParameter", "Endpoint type (Interface) does not match available service types ([Gateway]).")
	case kind != "Gateway" && kind != "Interface":
		return "", notModelled(o.Kind.Token + " of type " + kind)
	}
	return service, nil
}

// gatewayRules are those of endpoints that route tables lead to.
func (o *Op) gatewayRules() error {
	for _, field := range []string{"securityGroupIds", "subnetIds"} {
		if len(strs(o.In, field)) > 0 {
			return fail("InvalidParameter", "The parameter %s cannot be specified for endpoints of type Gateway", field)
		}
	}
	vpc := str(o.Out, "vpcId")
	for _, id := range strs(o.Out, "routeTableIds") {
		if table := o.Tx.peek(tokenRouteTable, id); str(table.State, "vpcId") != vpc {
			return fail("InvalidParameter", "Route table %s and network %s belong to different networks", id, vpc)
		}
		if err := o.routedOnce(o.ID, str(o.Out, "serviceName"), id); err != nil {
			return err
		}
	}
	if o.Old != nil {
		return nil
	}
	n := 1
	o.Tx.find(tokenVpcEndpoint, func(r *Record) bool {
		if str(r.State, "vpcEndpointType") == "Gateway" && r.Region == o.Env.Region {
			n++
		}
		return false
	})
	return o.within("gateway endpoints", n)
}

// routedOnce refuses a second endpoint of one service in a route table.
func (o *Op) routedOnce(endpoint, service, table string) error {
	other := o.Tx.find(tokenVpcEndpoint, func(r *Record) bool {
		return r.ID != endpoint && str(r.State, "vpcEndpointType") == "Gateway" && str(r.State, "serviceName") == service &&
			o.Tx.routesTo(r, table)
	})
	if other != nil {
		return fail("RouteAlreadyExists", "route table %s already has a route with destination-prefix-list-id %s", table, str(other.State, "prefixListId"))
	}
	return nil
}

// routesTo says that a table leads to a gateway endpoint.
func (t *Tx) routesTo(endpoint *Record, table string) bool {
	if slices.Contains(strs(endpoint.State, "routeTableIds"), table) {
		return true
	}
	return t.find(tokenEndpointRouteTable, func(r *Record) bool {
		return str(r.State, "vpcEndpointId") == endpoint.ID && str(r.State, "routeTableId") == table
	}) != nil
}

// interfaceRules are those of endpoints that have addresses in subnets.
func (o *Op) interfaceRules(service string) error {
	vpc, name := str(o.Out, "vpcId"), str(o.Out, "serviceName")
	for _, id := range strs(o.Out, "subnetIds") {
		if subnet := o.Tx.peek(tokenSubnet, id); str(subnet.State, "vpcId") != vpc {
			return fail("InvalidParameter", "Subnet %s and network %s belong to different networks", id, vpc)
		}
	}
	if err := o.groupsOf(strs(o.Out, "securityGroupIds"), vpc); err != nil {
		return err
	}
	n, gateway := 1, false
	var twin *Record
	o.Tx.find(tokenVpcEndpoint, func(r *Record) bool {
		switch {
		case r.ID == o.ID || str(r.State, "vpcId") != vpc:
		case str(r.State, "vpcEndpointType") == "Interface":
			n++
			if str(r.State, "serviceName") == name && yes(r.State, "privateDnsEnabled", false) {
				twin = r
			}
		case str(r.State, "serviceName") == name:
			gateway = true
		}
		return false
	})
	if yes(o.Out, "privateDnsEnabled", false) {
		if twin != nil {
			return fail("InvalidParameter", "private-dns-enabled cannot be set because there is already a conflicting DNS domain for %s.%s.amazonaws.com in the VPC %s",
				service, o.Env.Region, vpc)
		}
		if service == "s3" && !gateway && yes(o.In, "dnsOptions.privateDnsOnlyForInboundResolverEndpoint", true) {
			return fail("InvalidParameter", "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC %s must have a Gateway endpoint for the service.", vpc)
		}
	}
	if o.Old != nil {
		return nil
	}
	return o.within("interface endpoints per vpc", n)
}

// endpointSubnets are the subnets in which an interface endpoint has an address, its own and those that joined it.
func (t *Tx) endpointSubnets(endpoint *Record) []string {
	ids := strs(endpoint.State, "subnetIds")
	t.find(tokenEndpointSubnet, func(r *Record) bool {
		if str(r.State, "vpcEndpointId") == endpoint.ID {
			ids = append(ids, str(r.State, "subnetId"))
		}
		return false
	})
	return ids
}

func sameZone(subnet string) error {
	return fail("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of %s. "+
		"VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.", subnet)
}
