package vpc

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Subnets are the two address ranges of one zone.
type Subnets struct {
	Public  netip.Prefix // load balancers and NAT gateways only
	Private netip.Prefix // nodes and pods
}

// The block is cut into eight equal slots. The first seven are the private subnets of the zones
// a to g, so that pods get nearly all addresses; the eighth, cut into eight again, holds the
// public ones, where only load balancers and NAT gateways live.
const (
	slotBits    = 3
	publicSlot  = 1<<slotBits - 1
	lastLetter  = 'a' + publicSlot - 1
	minBlock    = 16 // prefix lengths
	maxBlock    = 20
	minZones    = 2 // EKS asks for two
	maxZones    = 4
	addressBits = 32
)

var (
	// zonePattern takes ordinary zones only: in local and wavelength zones (us-west-2-lax-1a) EKS has no control plane.
	zonePattern = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+[a-z]$`)

	privateBlocks = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"), // shared address space, often used for pods
	}
)

// Plan gives every zone its subnets. A zone's slot comes from its letter alone (a to g), so that
// adding or removing a zone moves no other. Usable addresses per zone, five less than the subnet
// holds because AWS keeps five:
//
//	block  private        public
//	/16    /19, 8187      /22, 1019
//	/17    /20, 4091      /23, 507
//	/18    /21, 2043      /24, 251
//	/19    /22, 1019      /25, 123
//	/20    /23, 507       /26, 59
//
// The block must be private, without host bits and /16 to /20; the zones two to four, distinct
// and of one region. All faults are reported together.
func Plan(block netip.Prefix, zones []string) (map[string]Subnets, error) {
	if err := errors.Join(checkBlock(block), checkZones(zones)); err != nil {
		return nil, err
	}
	plan := make(map[string]Subnets, len(zones))
	public := cut(block, slotBits, publicSlot)
	for _, zone := range zones {
		slot := int(letter(zone) - 'a')
		plan[zone] = Subnets{Public: cut(public, slotBits, slot), Private: cut(block, slotBits, slot)}
	}
	return plan, nil
}

func checkBlock(block netip.Prefix) error {
	if !block.IsValid() || !block.Addr().Is4() {
		return fmt.Errorf("block %s: want an IPv4 block, such as 10.0.0.0/16", block)
	}
	var errs []error
	if bits := block.Bits(); bits < minBlock || bits > maxBlock {
		errs = append(errs, fmt.Errorf("block %s: want a prefix length of /%d to /%d", block, minBlock, maxBlock))
	}
	if block != block.Masked() {
		errs = append(errs, fmt.Errorf("block %s: has host bits set; want %s", block, block.Masked()))
	}
	if !slices.ContainsFunc(privateBlocks, func(private netip.Prefix) bool {
		return private.Bits() <= block.Bits() && private.Contains(block.Addr())
	}) {
		errs = append(errs, fmt.Errorf("block %s: want a private block, within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10", block))
	}
	return errors.Join(errs...)
}

func checkZones(zones []string) error {
	var errs []error
	if n := len(zones); n < minZones || n > maxZones {
		errs = append(errs, fmt.Errorf("zones [%s]: want %d to %d zones, got %d", strings.Join(zones, " "), minZones, maxZones, n))
	}
	seen, region := map[string]bool{}, ""
	for _, zone := range zones {
		switch {
		case !zonePattern.MatchString(zone):
			errs = append(errs, fmt.Errorf("zone %q: want a full zone name, such as us-west-2a", zone))
			continue
		case letter(zone) > lastLetter:
			errs = append(errs, fmt.Errorf("zone %s: has no slot; want a zone letter of a to %c", zone, lastLetter))
		case seen[zone]:
			errs = append(errs, fmt.Errorf("zone %s: listed twice", zone))
		}
		if region == "" {
			region = regionOf(zone)
		}
		if regionOf(zone) != region {
			errs = append(errs, fmt.Errorf("zone %s: want all zones in one region, %s", zone, region))
		}
		seen[zone] = true
	}
	return errors.Join(errs...)
}

func letter(zone string) byte { return zone[len(zone)-1] }

func regionOf(zone string) string { return zone[:len(zone)-1] }

// cut returns the index-th of the 2^bits equal parts of an IPv4 block.
func cut(block netip.Prefix, bits, index int) netip.Prefix {
	length := block.Bits() + bits
	a := block.Addr().As4()
	base := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	base += uint32(index) << (addressBits - length)
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(base >> 24), byte(base >> 16), byte(base >> 8), byte(base)}), length)
}
