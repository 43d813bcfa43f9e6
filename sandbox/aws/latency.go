package aws

import "time"

// pace is how long operations on a kind take in AWS, in seconds.
type pace struct{ create, update, delete float64 }

// usual is for kinds that have no figure of their own: a call or two, with what the provider waits for.
var usual = pace{1, 1, 1}

// paces are medians of the times that logs of Terraform runs tell, of 15 control planes, 10 node groups and 8 NAT gateways;
// of add-ons the middle of the span, of deletes 10, 5 and 6. Of the VPC, public subnets and keys it is the provider's own
// waiting. Updates have no figure, and count as a usual call.
var paces = map[string]pace{
	tokenCluster:    {570, 1, 178},
	tokenNodeGroup:  {119, 1, 379},
	tokenNatGateway: {92.5, 1, 72},
	tokenVpc:        {13, 1, 1},
	tokenKey:        {12, 1, 1},
	tokenAddon:      {45, 1, 1},
}

// addonPaces are the creates of single add-ons.
var addonPaces = map[string]float64{"vpc-cni": 44, "coredns": 35, "kube-proxy": 24, "metrics-server": 50}

// publicSubnet is the create of a subnet whose addresses are mapped: the provider waits until that shows.
const publicSubnet = 11

// takes is how long the operation lasts under the present conditions; 0 = no time.
func (c *Cloud) takes(o *Op, verb string) time.Duration {
	now := c.Conditions()
	if now.Latency != "aws" || verb == "read" {
		return 0
	}
	p, ok := paces[o.Kind.Token]
	if !ok {
		p = usual
	}
	seconds := map[string]float64{"create": p.create, "update": p.update, "delete": p.delete}[verb]
	if verb == "create" {
		if s, ok := addonPaces[str(o.In, "addonName")]; ok {
			seconds = s
		}
		if o.Kind.Token == tokenSubnet && yes(o.In, "mapPublicIpOnLaunch", false) {
			seconds = publicSubnet
		}
	}
	return time.Duration(seconds * now.factor() * float64(time.Second))
}

// linger makes an operation that began at the time take as long as it is to.
func (c *Cloud) linger(o *Op, verb string, began time.Time) {
	if left := time.Until(began.Add(c.takes(o, verb))); left > 0 {
		_ = pause(c.life, left) // at the end of the cloud, what is to be told is told at once
	}
}
