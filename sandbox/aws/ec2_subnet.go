package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

var _ = register(&Kind{
	Token: tokenSubnet, IDPrefix: "subnet-", Tagged: true, Required: []string{"vpcId"}, First: true,
	ARN: func(o *Op) string { return o.Env.arn("ec2", "subnet/"+o.ID) },
	Missing: func(id string) *Error {
		return fail("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
	},
	InUse: func(id string) *Error {
		return fail("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", id)
	},
	Defaults: Props{
		"mapPublicIpOnLaunch": false, "assignIpv6AddressOnCreation": false, "enableDns64": false, "ipv6Native": false,
		"enableResourceNameDnsARecordOnLaunch": false, "enableResourceNameDnsAaaaRecordOnLaunch": false,
		"privateDnsHostnameTypeOnLaunch": "ip-name", "ipv6CidrBlockAssociationId": "", "enableLniAtDeviceIndex": 0,
		"mapCustomerOwnedIpOnLaunch": false, "customerOwnedIpv4Pool": "", "outpostArn": "", "ipv6CidrBlock": "",
	},
	Computed: []string{"availabilityZone", "availabilityZoneId", "ownerId"},
	Replace:  []string{"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"},
	Refs:     []Ref{{Field: "vpcId", Kind: tokenVpc, Delete: Hold}},
	Check: checks(func(c *check) {
		c.block4("cidrBlock")
		c.apart("availabilityZone", "availabilityZoneId")
	}),
	Fill: func(o *Op) error {
		if o.Old != nil {
			return nil
		}
		if err := o.subnetBlock(); err != nil {
			return err
		}
		o.Out["ownerId"] = o.Env.Account
		return o.subnetZone()
	},
})

// subnetBlock checks that the block lies in the VPC and is free.
func (o *Op) subnetBlock() error {
	text := str(o.Out, "cidrBlock")
	block, err := netip.ParsePrefix(text)
	if err != nil || block.Masked() != block {
		return fail("InvalidParameterValue", "Value (%s) for parameter cidrBlock is invalid. This is not a valid CIDR block.", text)
	}
	vpc := o.Tx.peek(tokenVpc, str(o.Out, "vpcId"))
	whole, err := netip.ParsePrefix(str(vpc.State, "cidrBlock"))
	if err != nil || block.Bits() < 16 || block.Bits() > 28 || !whole.Contains(block.Addr()) || block.Bits() < whole.Bits() {
		return fail("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	clash := o.Tx.find(tokenSubnet, func(r *Record) bool {
		other, err := netip.ParsePrefix(str(r.State, "cidrBlock"))
		return err == nil && str(r.State, "vpcId") == vpc.ID && other.Overlaps(block)
	})
	if clash != nil {
		return fail("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
	}
	return nil
}

func (o *Op) subnetZone() error {
	zones := zonesOf(o.Env.Region)
	zone := str(o.Out, "availabilityZone")
	if id := str(o.In, "availabilityZoneId"); id != "" && zone == "" {
		zone = id // refused below unless it names one
		for _, z := range zones {
			if zoneID(z) == id {
				zone = z
			}
		}
	}
	if zone == "" {
		zone = zones[0]
	}
	if !slices.Contains(zones, zone) {
		return fail("InvalidParameterValue", "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created "+
			"in the following availability zones: %s.", zone, strings.Join(zones, ", "))
	}
	o.Out["availabilityZone"], o.Out["availabilityZoneId"] = zone, zoneID(zone)
	return nil
}

// address takes a free address of the subnet, and tells it apart from those of instances, NAT gateways and endpoints.
// The first four and the last are AWS's own.
func (t *Tx) address(subnet *Record) (netip.Addr, error) {
	block, err := netip.ParsePrefix(str(subnet.State, "cidrBlock"))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("subnet %s: block: %w", subnet.ID, err)
	}
	taken := t.taken(subnet.ID)
	a := block.Addr()
	for range 4 {
		a = a.Next()
	}
	for ; block.Contains(a.Next()); a = a.Next() {
		if !taken[a.String()] {
			return a, nil
		}
	}
	return netip.Addr{}, fail("InsufficientFreeAddressesInSubnet",
		"There are not enough free addresses in subnet '%s' to satisfy the requested number of instances.", subnet.ID)
}

// taken are the addresses of a subnet that something has.
func (t *Tx) taken(subnet string) map[string]bool {
	taken := map[string]bool{}
	for _, kind := range []string{tokenInstance, tokenNatGateway, tokenNetworkInterface} {
		t.find(kind, func(r *Record) bool {
			if str(r.State, "subnetId") == subnet {
				taken[str(r.State, "privateIp")] = true
			}
			return false
		})
	}
	return taken
}

// reserved is how many addresses of a subnet AWS keeps for itself.
const reserved = 5

// free counts the addresses of a subnet that nothing has.
func (t *Tx) free(subnet *Record) int {
	block, err := netip.ParsePrefix(str(subnet.State, "cidrBlock"))
	if err != nil {
		return 0
	}
	return 1<<(32-block.Bits()) - reserved - len(t.taken(subnet.ID))
}

// addressAt takes the address that was asked for.
func (t *Tx) addressAt(subnet *Record, text string) error {
	block, _ := netip.ParsePrefix(str(subnet.State, "cidrBlock"))
	a, err := netip.ParseAddr(text)
	if err != nil || !block.Contains(a) {
		return fail("InvalidParameterValue", "Address %s does not fall within the subnet's address range", text)
	}
	first := block.Addr()
	for range reserved - 1 {
		if a == first {
			return fail("InvalidParameterValue", "Address %s is in subnet's reserved address range", text)
		}
		first = first.Next()
	}
	if !block.Contains(a.Next()) {
		return fail("InvalidParameterValue", "Address %s is in subnet's reserved address range", text)
	}
	if t.taken(subnet.ID)[text] {
		return fail("InvalidIPAddress.InUse", "Address %s is in use.", text)
	}
	return nil
}
