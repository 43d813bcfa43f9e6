package infra

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/components/vpc"
	"paddock/cost"
)

// cost judges the prices that a stack names, and whether the most that the platform may cost is within its budget.
func (c Config) cost(f *judge) {
	for _, name := range slices.Sorted(maps.Keys(c.Cost.Prices)) {
		at, price := "cost.prices."+name, c.Cost.Prices[name]
		if !slices.Contains(cost.Names(), name) {
			f.Add(at, price, "want a name of the table: an instance type, or one of %s", strings.Join(cost.Things(), ", "))
		}
		if price < 0 || math.IsInf(price, 0) {
			f.Add(at, price, "want dollars, 0 or more")
		}
	}
	if c.Cost.Budget < 0 {
		f.Add("cost.budget", c.Cost.Budget, "want dollars a month, or 0 for none")
	}
	if len(f.Faults) > 0 {
		return // of what is at fault there is no price
	}
	bill, err := c.bill()
	var unknown cost.UnknownPrice
	if errors.As(err, &unknown) {
		f.Add("cost.prices."+string(unknown), nil, "want the dollars of an hour on demand: the table has no price of it")
	}
	f.Rule("cost.budget", fmt.Sprintf("%g", c.Cost.Budget), bill.Over(c.Cost.Budget))
}

// bill is what the platform costs a month.
func (c Config) bill() (cost.Estimate, error) {
	zones := len(c.Network.Zones.In(c.Region))
	p := cost.Platform{
		NATs:      map[string]int{vpc.NATSingle: 1, vpc.NATPerZone: zones}[c.Network.NAT],
		Endpoints: zones * vpc.InterfaceEndpoints(c.Network.NAT, c.Network.InterfaceEndpoints),
		Keys:      1, // of the cluster's secrets
		LogTypes:  len(c.Cluster.LogTypes),
		FlowLogs:  c.Network.FlowLogDays > 0,
	}
	if c.Ingress.on() {
		p.EdgeZones = zones
	}
	for _, name := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		g := c.NodeGroups[name]
		p.Groups = append(p.Groups, cost.Group{
			InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Spot: g.Capacity == "spot", DiskGiB: g.DiskGiB,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		p.Teams = append(p.Teams, c.Teams[name].bill(name))
	}
	return cost.Of(p, cost.List(c.Cost.Prices))
}

// bill is what the team's quotas let it ask for, in all of its namespaces.
func (t Team) bill(name string) cost.Team {
	sum := func(names ...string) resource.Quantity {
		for _, n := range names {
			if q, err := resource.ParseQuantity(t.Quota[n]); err == nil {
				q.Mul(int64(len(t.NamespacesOf(name))))
				return q
			}
		}
		return resource.Quantity{}
	}
	cpu, memory, storage := sum("requests.cpu", "cpu"), sum("requests.memory", "memory"), sum("requests.storage")
	return cost.Team{Name: name, MilliCPU: cpu.MilliValue(), Memory: memory.Value(), StorageGiB: storage.Value() >> 30}
}

// cost tells what the platform costs, at each preview and up.
func (b *build) cost() (err error) {
	if b.bill, err = b.cfg.bill(); err != nil {
		return err
	}
	return b.ctx.Log.Info(fmt.Sprintf("cost: %s: %s; %s", b.cfg.Environment, b.bill, cost.Source(b.cfg.Region)), nil)
}

// exported is an estimate as an export.
func exported(e cost.Estimate, budget float64) pulumi.Map {
	dollars := func(r cost.Range) pulumi.Map {
		cents := func(f float64) pulumi.Float64 { return pulumi.Float64(math.Round(f*100) / 100) }
		return pulumi.Map{"floor": cents(r.Floor), "ceiling": cents(r.Ceiling)}
	}
	parts, teams := pulumi.Map{}, pulumi.Map{}
	for _, p := range e.Parts {
		parts[p.Name] = dollars(p.Range)
	}
	for _, p := range e.Teams {
		teams[p.Name] = dollars(p.Range)
	}
	all := dollars(e.Range)
	all["parts"], all["teams"], all["budget"] = parts, teams, pulumi.Float64(budget)
	return all
}

func (c Cost) exports() pulumi.Map {
	list := pulumi.Map{}
	for name, price := range c.Prices {
		list[name] = pulumi.Float64(price)
	}
	return list
}
