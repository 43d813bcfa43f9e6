package vpc_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"paddock/components/vpc"
)

func TestPlan(t *testing.T) {
	for name, tc := range map[string]struct {
		block string
		zones []string
		want  map[string]string // zone: "public private"
	}{
		"largest": {"10.0.0.0/16", []string{"us-west-2a", "us-west-2b"}, map[string]string{
			"us-west-2a": "10.0.224.0/22 10.0.0.0/19", "us-west-2b": "10.0.228.0/22 10.0.32.0/19",
		}},
		"smallest, order and gaps do not matter": {"192.168.16.0/20", []string{"us-east-1f", "us-east-1c"}, map[string]string{
			"us-east-1c": "192.168.30.128/26 192.168.20.0/23", "us-east-1f": "192.168.31.64/26 192.168.26.0/23",
		}},
		"shared address space, government region": {"100.64.0.0/18", []string{"us-gov-west-1a", "us-gov-west-1g"}, map[string]string{
			"us-gov-west-1a": "100.64.56.0/24 100.64.0.0/21", "us-gov-west-1g": "100.64.62.0/24 100.64.48.0/21",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := vpc.Plan(netip.MustParsePrefix(tc.block), tc.zones)
			if err != nil || len(plan) != len(tc.want) {
				t.Fatalf("plan = %v, %v", plan, err)
			}
			for zone, want := range tc.want {
				if got := fmt.Sprint(plan[zone].Public, " ", plan[zone].Private); got != want {
					t.Errorf("%s = %s, want %s", zone, got, want)
				}
			}
		})
	}
}

func TestPlanRefuses(t *testing.T) {
	good := []string{"us-west-2a", "us-west-2b"}
	for name, tc := range map[string]struct {
		block netip.Prefix
		zones []string
		want  []string
	}{
		"no block":    {netip.Prefix{}, good, []string{"block invalid Prefix: want an IPv4 block"}},
		"IPv6":        {netip.MustParsePrefix("fd00::/16"), good, []string{"block fd00::/16: want an IPv4 block"}},
		"too large":   {netip.MustParsePrefix("10.0.0.0/8"), good, []string{"block 10.0.0.0/8: want a prefix length of /16 to /20"}},
		"too small":   {netip.MustParsePrefix("10.0.0.0/21"), good, []string{"block 10.0.0.0/21: want a prefix length of /16 to /20"}},
		"host bits":   {netip.MustParsePrefix("10.0.1.0/16"), good, []string{"block 10.0.1.0/16: has host bits set; want 10.0.0.0/16"}},
		"public":      {netip.MustParsePrefix("52.0.0.0/16"), good, []string{"block 52.0.0.0/16: want a private block"}},
		"beside 172":  {netip.MustParsePrefix("172.32.0.0/16"), good, []string{"block 172.32.0.0/16: want a private block"}},
		"one zone":    {netip.MustParsePrefix("10.0.0.0/16"), good[:1], []string{"zones [us-west-2a]: want 2 to 4 zones, got 1"}},
		"no zones":    {netip.MustParsePrefix("10.0.0.0/16"), nil, []string{"zones []: want 2 to 4 zones, got 0"}},
		"twice":       {netip.MustParsePrefix("10.0.0.0/16"), []string{"us-west-2a", "us-west-2a"}, []string{"zone us-west-2a: listed twice"}},
		"letter only": {netip.MustParsePrefix("10.0.0.0/16"), []string{"a", "us-west-2b"}, []string{`zone "a": want a full zone name, such as us-west-2a`}},
		"empty":       {netip.MustParsePrefix("10.0.0.0/16"), []string{"", "us-west-2b"}, []string{`zone "": want a full zone name`}},
		"local zone":  {netip.MustParsePrefix("10.0.0.0/16"), []string{"us-west-2-lax-1a", "us-west-2b"}, []string{`zone "us-west-2-lax-1a": want a full zone name`}},
		"no slot":     {netip.MustParsePrefix("10.0.0.0/16"), []string{"us-west-2a", "us-west-2h"}, []string{"zone us-west-2h: has no slot; want a zone letter of a to g"}},
		"two regions": {netip.MustParsePrefix("10.0.0.0/16"), []string{"us-west-2a", "us-east-1b"}, []string{"zone us-east-1b: want all zones in one region, us-west-2"}},
		"all faults together": {netip.MustParsePrefix("52.0.1.0/8"), []string{"x"}, []string{
			"prefix length of /16 to /20", "has host bits set", "want a private block", "got 1", `zone "x"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := vpc.Plan(tc.block, tc.zones)
			if err == nil || plan != nil {
				t.Fatalf("plan = %v, want an error", plan)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			if got := strings.Count(err.Error(), "\n") + 1; got != len(tc.want) {
				t.Errorf("%d faults, want %d: %v", got, len(tc.want), err)
			}
		})
	}
}

// Every size and every set of two to four letters: within the block, no overlap, and the same
// ranges whatever the other zones are.
func TestPlanProperties(t *testing.T) {
	for bits := 16; bits <= 20; bits++ {
		block := netip.PrefixFrom(netip.MustParseAddr("172.16.0.0"), bits)
		fixed := map[string]vpc.Subnets{}
		for set := range 1 << 7 {
			var zones []string
			for i := range 7 {
				if set&(1<<i) != 0 {
					zones = append(zones, "eu-west-1"+string(rune('a'+i)))
				}
			}
			plan, err := vpc.Plan(block, zones)
			if wrong := len(zones) < 2 || len(zones) > 4; wrong != (err != nil) {
				t.Fatalf("%s %v: err = %v", block, zones, err)
			}
			checkRanges(t, block, plan)
			for zone, subnets := range plan {
				if before, ok := fixed[zone]; ok && before != subnets {
					t.Fatalf("%s %v: %s moved from %v to %v", block, zones, zone, before, subnets)
				}
				fixed[zone] = subnets
			}
		}
		if len(fixed) != 7 {
			t.Errorf("%s: %d zones have slots, want 7", block, len(fixed))
		}
	}
}

func checkRanges(t *testing.T, block netip.Prefix, plan map[string]vpc.Subnets) {
	t.Helper()
	var all []netip.Prefix
	for zone, s := range plan {
		if s.Private.Bits() != block.Bits()+3 || s.Public.Bits() != block.Bits()+6 {
			t.Fatalf("%s %s: sizes %v", block, zone, s)
		}
		all = append(all, s.Private, s.Public)
	}
	for i, a := range all {
		if a != a.Masked() || !block.Contains(a.Addr()) {
			t.Fatalf("%s: %s lies outside or has host bits", block, a)
		}
		for _, b := range all[i+1:] {
			if a.Overlaps(b) {
				t.Fatalf("%s: %s overlaps %s", block, a, b)
			}
		}
	}
}
