// Package cost says what a platform costs a month, at least and at most, and what a team's services do: by arithmetic over one
// dated table of prices.
package cost

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Platform is what is paid for.
type Platform struct {
	Groups    []Group
	NATs      int // gateways, each with an address
	Endpoints int // interface endpoints, each counted in every zone that it is in
	EdgeZones int // that a team's load balancer is in; 0 = no team exposes anything
	Keys      int // of KMS
	LogTypes  int // logs that the control plane keeps
	FlowLogs  bool
	Teams     []Team
}

// Group is a node group at its bounds.
type Group struct {
	InstanceTypes []string
	Min, Max      int
	Spot          bool
	DiskGiB       int // of each node's volume
}

// Team is what its quota lets it ask for, in all of its namespaces.
type Team struct {
	Name       string
	MilliCPU   int64 // 0 = no quota of it: it may take all that there is
	Memory     int64 // bytes; likewise
	StorageGiB int64 // that its claims may ask for; 0 = none, or no quota of it, and then it is not counted
}

// Range is dollars a month.
type Range struct {
	Floor   float64 `json:"floor"`   // while nothing happens
	Ceiling float64 `json:"ceiling"` // with all nodes there are at most, all the time
}

func (r Range) plus(o Range) Range { return Range{r.Floor + o.Floor, r.Ceiling + o.Ceiling} }

func (r Range) times(share float64) Range { return Range{r.Floor * share, r.Ceiling * share} }

// String is in whole dollars: 73, or 140-420.
func (r Range) String() string {
	low, high := fmt.Sprintf("%.0f", r.Floor), fmt.Sprintf("%.0f", r.Ceiling)
	if low == high {
		return low
	}
	return low + "-" + high
}

// Part is one position of a bill.
type Part struct {
	Name string
	Range
}

// Estimate is a bill: parts that add up to the whole, and of the nodes, which teams share, whose part is whose.
type Estimate struct {
	Range
	Parts []Part // by falling ceiling; none that cost nothing
	Teams []Part // by name
}

// Of is what a platform costs. It is an error if the price of an instance type is not known.
func Of(p Platform, prices Prices) (Estimate, error) {
	nodes, err := p.nodes(prices)
	if err != nil {
		return Estimate{}, err
	}
	count := Range{}
	disks := Range{}
	for _, g := range p.Groups {
		some := Range{float64(g.Min), float64(g.Max)}
		count, disks = count.plus(some), disks.plus(some.times(float64(g.DiskGiB)*prices[VolumeGiB]))
	}
	// Each team that exposes something has a load balancer, with an address in each zone. None may.
	balancers := Range{0, float64(len(p.Teams)) * p.balancer(prices)}
	fixed := func(n int, each float64) Range { return Range{1, 1}.times(float64(n) * each) }
	nat := Range{}
	if p.NATs > 0 {
		nat = fixed(p.NATs, (prices[NATHour]+prices[AddressHour])*hours).plus(count.times(prices[NATOfNode] * prices[NATGB]))
	}
	logs := fixed(p.LogTypes, prices[LogsOfType]*prices[LogGB])
	if p.FlowLogs {
		logs = logs.plus(count.times(prices[LogsOfNode] * prices[LogGB]))
	}
	claims := Range{}
	for _, t := range p.Teams {
		claims.Ceiling += float64(t.StorageGiB) * prices[VolumeGiB]
	}
	e := Estimate{Parts: []Part{
		{"nodes", nodes},
		{"control plane", fixed(1, prices[ControlPlane]*hours)},
		{"NAT", nat},
		{"endpoints", fixed(p.Endpoints, prices[EndpointHour]*hours)},
		{"load balancers", balancers},
		{"nodes' volumes", disks},
		{"claims", claims},
		{"logs", logs},
		{"keys", fixed(p.Keys, prices[KeyMonth])},
	}}
	e.finish()
	e.Teams = p.shares(nodes.plus(disks), prices)
	return e, nil
}

// finish adds up.
func (e *Estimate) finish() {
	e.Parts = slices.DeleteFunc(e.Parts, func(p Part) bool { return p.Range == Range{} })
	slices.SortStableFunc(e.Parts, func(a, b Part) int { return cmp.Compare(b.Ceiling, a.Ceiling) })
	for _, p := range e.Parts {
		e.Range = e.plus(p.Range)
	}
}

func (p Platform) nodes(prices Prices) (all Range, err error) {
	for _, g := range p.Groups {
		low, high, err := prices.instance(g.InstanceTypes, g.Spot)
		if err != nil {
			return all, err
		}
		all = all.plus(Range{low * hours * float64(g.Min), high * hours * float64(g.Max)})
	}
	return all, nil
}

// balancer is what a team's load balancer costs.
func (p Platform) balancer(prices Prices) float64 {
	if p.EdgeZones == 0 {
		return 0
	}
	return (prices[BalancerHour] + prices[UnitsOfALB]*prices[BalancerUnit] + float64(p.EdgeZones)*prices[AddressHour]) * hours
}

// String is the bill in a line.
func (e Estimate) String() string {
	text := fmt.Sprintf("%.0f to %.0f dollars a month", e.Floor, e.Ceiling)
	if len(e.Parts) > 0 {
		text += " (" + list(e.Parts) + ")"
	}
	if len(e.Teams) > 0 {
		text += "; teams: " + list(e.Teams)
	}
	return text
}

func list(parts []Part) string {
	var words []string
	for _, p := range parts {
		words = append(words, p.Name+" "+p.Range.String())
	}
	return strings.Join(words, ", ")
}

// Over says what a budget of dollars a month would have to be, and what the most of it goes for; "" = it will do, or there is
// none (0).
func (e Estimate) Over(budget float64) string {
	if budget == 0 || e.Ceiling <= budget {
		return ""
	}
	var words []string
	for _, p := range e.Parts {
		words = append(words, fmt.Sprintf("%s %.0f", p.Name, p.Ceiling))
	}
	return fmt.Sprintf("want %.0f dollars a month or more, which all this may come to (%s), or less of it", math.Ceil(e.Ceiling),
		strings.Join(words, ", "))
}
