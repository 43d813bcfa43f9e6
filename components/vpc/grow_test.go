package vpc_test

import (
	"reflect"
	"testing"

	"paddock/components/testkit"
	"paddock/components/vpc"
)

func threeZones(a *vpc.Args) { a.Zones = []string{"us-west-2a", "us-west-2b", "us-west-2c"} }

// The single gateway is in the first listed zone, wherever the others sort.
func TestSingleGatewayStays(t *testing.T) {
	for _, zones := range [][]string{
		{"us-west-2b", "us-west-2c"}, {"us-west-2b", "us-west-2c", "us-west-2a"}, {"us-west-2b", "us-west-2a", "us-west-2d", "us-west-2c"},
	} {
		got := testkit.Run(t, program(args(func(a *vpc.Args) { a.Zones = zones }), nil))
		if gateways := got.OfType("aws:ec2/natGateway:NatGateway"); len(gateways) != 1 || gateways[0].Name != "dev-nat-us-west-2b" {
			t.Errorf("%v: gateways %v", zones, gateways)
		}
	}
}

func TestGrowingOnlyAdds(t *testing.T) {
	modes := map[string]func(*vpc.Args){
		"single":    func(a *vpc.Args) { a.NAT = vpc.NATSingle },
		"per zone":  func(a *vpc.Args) { a.NAT = vpc.NATPerZone },
		"none":      func(a *vpc.Args) { a.NAT = vpc.NATNone },
		"endpoints": func(a *vpc.Args) { a.InterfaceEndpoints = true },
	}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			two := testkit.Run(t, program(args(mode), nil))
			three := testkit.Run(t, program(args(func(a *vpc.Args) { mode(a); threeZones(a) }), nil))
			if len(three) <= len(two) {
				t.Errorf("%d resources became %d", len(two), len(three))
			}
			for key, before := range two {
				if !reflect.DeepEqual(before, three.Get(t, key)) {
					t.Errorf("%s changed:\n%+v\n%+v", key, before, three[key])
				}
			}
		})
	}
}

// Going from one gateway to one per zone keeps the first and re-points routes; nothing is replaced.
func TestMoreGateways(t *testing.T) {
	single := testkit.Run(t, program(args(nil), nil))
	perZone := testkit.Run(t, program(args(func(a *vpc.Args) { a.NAT = vpc.NATPerZone }), nil))
	for key, before := range single {
		if changed := !reflect.DeepEqual(before.Plain(), perZone.Get(t, key).Plain()); changed != (key == "aws:ec2/route:Route dev-private-us-west-2b-nat") {
			t.Errorf("%s: changed is %v", key, changed)
		}
	}
}
