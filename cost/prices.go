package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paddock/components/versions"
)

// Dated is when the table was written down. The figures are AWS's list prices of us-east-1 and us-west-2 in dollars, from memory:
// they are to be laid beside AWS's own pages before anybody relies on them, and config overrides each.
const Dated = "2026-11-29"

// Source says whose prices the table has, to whoever pays another region's.
func Source(region string) string {
	if region == "us-east-1" || region == "us-west-2" {
		return "list prices of " + Dated
	}
	return "list prices of us-west-2, not of " + region + ", of " + Dated
}

// hours is how long a month is.
const hours = 730

// Names of prices, beside those of instance types (an hour on demand, by the type's name).
const (
	ControlPlane = "eks.hour"             // in standard support
	NATHour      = "nat.hour"             // of a gateway
	NATGB        = "nat.GB"               // through it
	AddressHour  = "address.hour"         // of a public IPv4 address
	EndpointHour = "endpoint.hour"        // of an interface endpoint, in each zone
	BalancerHour = "balancer.hour"        // of an Application Load Balancer
	BalancerUnit = "balancer.unitHour"    // of a unit of its capacity (LCU)
	VolumeGiB    = "volume.GiBMonth"      // gp3
	LogGB        = "logs.GB"              // taken in by CloudWatch Logs
	KeyMonth     = "key.month"            // of KMS
	SpotShare    = "spot.share"           // what a spot instance costs at least, as a share of its price on demand
	LogsOfType   = "assume.logGBOfType"   // a month of each of the control plane's logs
	LogsOfNode   = "assume.flowGBOfNode"  // flow logs a month of each node
	NATOfNode    = "assume.natGBOfNode"   // through NAT a month of each node
	UnitsOfALB   = "assume.balancerUnits" // of capacity (LCU) that a load balancer uses on average
)

// Prices are dollars by name; those that begin with assume. are amounts that AWS counts and nobody knows beforehand.
type Prices map[string]float64

// common are all but those of instances.
var common = Prices{
	ControlPlane: 0.10, NATHour: 0.045, NATGB: 0.045, AddressHour: 0.005, EndpointHour: 0.01, BalancerHour: 0.0225, BalancerUnit: 0.008,
	VolumeGiB: 0.08, LogGB: 0.50, KeyMonth: 1, SpotShare: 0.3,
	LogsOfType: 1, LogsOfNode: 0.5, NATOfNode: 10, UnitsOfALB: 1,
}

// perCPU is the price of an hour of a family's types, for each of their vCPUs.
var perCPU = Prices{
	"m5": 0.048, "m6i": 0.048, "m7i": 0.0504, "m6a": 0.0432, "m7a": 0.05796, "m6g": 0.0385, "m7g": 0.0408,
	"c5": 0.0425, "c6i": 0.0425, "c7i": 0.044625, "r5": 0.063, "r6i": 0.063,
}

// burstable are those of types that share no price per vCPU.
var burstable = Prices{"t3.medium": 0.0416, "t3.large": 0.0832, "t3.xlarge": 0.1664, "t3.2xlarge": 0.3328}

// List is the table, with some prices replaced by others.
func List(overrides map[string]float64) Prices {
	list := maps.Clone(common)
	for _, name := range versions.InstanceTypes() {
		family, _, _ := strings.Cut(name, ".")
		// Each name is of the table, whose types are known.
		if kind, err := versions.Instance(name); err == nil && perCPU[family] > 0 {
			list[name] = perCPU[family] * float64(kind.CPU)
		}
	}
	maps.Copy(list, burstable)
	maps.Copy(list, overrides)
	return list
}

// Things are the names of what is not an instance, sorted.
func Things() []string { return slices.Sorted(maps.Keys(common)) }

// Names are those that may be overridden, sorted: those of the table, and instance types that it has no price of.
func Names() []string {
	names := slices.Collect(maps.Keys(List(nil)))
	names = append(names, versions.InstanceTypes()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// UnknownPrice is the name of an instance type that the prices lack.
type UnknownPrice string

func (u UnknownPrice) Error() string {
	return fmt.Sprintf("cost: %s: price unknown: give it in cost.prices, dollars an hour", string(u))
}

// instance is the least and the most that an hour of some types costs, of which AWS may give any.
func (p Prices) instance(types []string, spot bool) (low, high float64, err error) {
	for i, name := range types {
		price, ok := p[name]
		if !ok {
			return 0, 0, UnknownPrice(name)
		}
		if i == 0 || price < low {
			low = price
		}
		high = max(high, price)
	}
	if spot {
		low *= p[SpotShare]
	}
	return low, high, nil
}
