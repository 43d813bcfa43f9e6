package infra

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"paddock/components/policy"
	"paddock/components/vpc"

	"paddock/config"
)

// retentions are the days for which CloudWatch keeps logs; it takes no others.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

var (
	private10  = netip.MustParsePrefix("10.0.0.0/8")
	private172 = netip.MustParsePrefix("172.16.0.0/12")
	private192 = netip.MustParsePrefix("192.168.0.0/16")
	shared100  = netip.MustParsePrefix("100.64.0.0/10") // carrier-grade NAT's, which a VPC may use too
)

var zoneID = regexp.MustCompile(`^[a-z]{2,4}[0-9]-az[0-9]$`)

func (c Config) network(f *judge) {
	n := c.Network
	f.OneOf("network.nat", n.NAT, vpc.NATSingle, vpc.NATPerZone, vpc.NATNone)
	if (n.InterfaceEndpoints || n.NAT == vpc.NATNone) && policy.PartitionOf(c.Region) == "aws-cn" {
		f.Add("network.interfaceEndpoints", n.InterfaceEndpoints, "want false, and nat other than none: the China regions name these services otherwise")
	}
	if n.FlowLogDays != 0 {
		f.retention("network.flowLogDays", n.FlowLogDays, ", or 0 for no flow logs")
	}
	blockOK := f.block("network.block", n.Block, 16, 20, private10, private172, private192, shared100)
	zonesOK := c.zones(f)
	if !blockOK || !zonesOK {
		return
	}
	if _, err := vpc.Plan(n.Block, n.Zones.In(c.Region)); err != nil {
		f.Add("network.block", n.Block, "want room for the zones %v: %v", n.Zones.In(c.Region), err)
	}
}

// zones reports whether the zones are fit to be planned.
func (c Config) zones(f *judge) bool {
	before := len(f.Faults)
	z := c.Network.Zones
	if len(z.Names) == 0 {
		if z.Count < 2 || z.Count > 4 {
			f.Add("network.zones", z, "want 2 to 4 zones (EKS wants two)")
		} else if missing := z.missing(c.Region); missing != "" {
			f.Add("network.zones", z, "want the list of names: not every account has %s", missing)
		}
		return len(f.Faults) == before && config.IsRegion(c.Region)
	}
	if len(z.Names) < 2 || len(z.Names) > 4 {
		f.Add("network.zones", z.Names, "want 2 to 4 zones (EKS wants two)")
	}
	if !config.IsRegion(c.Region) {
		return false // a fault of the region's own; every zone would only repeat it
	}
	inRegion := regexp.MustCompile(`^` + regexp.QuoteMeta(c.Region) + `[` + zoneLetters + `]$`)
	for i, name := range z.Names {
		path := fmt.Sprintf("network.zones[%d]", i)
		switch {
		case zoneID.MatchString(name):
			f.Add(path, name, "want a zone's name such as %sa, not its id: what an id is called differs by account", c.Region)
		case !inRegion.MatchString(name):
			f.Add(path, name, "want a zone of %s, such as %sa", c.Region, c.Region)
		}
	}
	f.Unique("network.zones", z.Names)
	return len(f.Faults) == before
}

// block faults what is not a private IPv4 network of the wanted sizes, and
// reports whether it is fit to be used.
func (f *judge) block(path string, p netip.Prefix, shortest, longest int, within ...netip.Prefix) bool {
	if !p.IsValid() {
		f.Add(path, nil, "want a private IPv4 block from /%d to /%d", shortest, longest)
		return false
	}
	private := slices.ContainsFunc(within, func(w netip.Prefix) bool {
		return p.Addr().Is4() && w.Contains(p.Addr()) && p.Bits() >= w.Bits()
	})
	if !private || p.Bits() < shortest || p.Bits() > longest {
		f.Add(path, p, "want a private IPv4 block from /%d to /%d", shortest, longest)
		return false
	}
	if p.Masked() != p {
		f.Add(path, p, "want the block's first address: %s", p.Masked())
		return false
	}
	return true
}

func (f *judge) retention(path string, days int, also string) {
	if !slices.Contains(retentions, days) {
		f.Add(path, days, "want a number of days that CloudWatch knows (%s)%s", list(retentions), also)
	}
}

// list writes numbers with commas.
func list(numbers []int) string {
	text := ""
	for i, n := range numbers {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(n)
	}
	return text
}
