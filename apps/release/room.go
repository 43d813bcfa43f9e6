package release

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/capacity"
	"paddock/cost"
)

// weigh judges whether the platform holds what the services may grow to, and tells what they cost. What cannot be is an error, before
// anything is made; of what may be meant, the program warns.
func (p *Platform) weigh(ctx *pulumi.Context, name string, entries []*entry) error {
	found, err := capacity.Check(p.holds(p.Teams[name]), workloads(entries))
	if err != nil {
		return fmt.Errorf("platform: %w", err)
	}
	var errs []error
	for _, text := range capacity.Faults(found) {
		errs = append(errs, errors.New(text))
	}
	for _, text := range capacity.Warnings(found) {
		errs = append(errs, ctx.Log.Warn(text, nil))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	bill, err := p.bill(entries)
	if err != nil {
		return fmt.Errorf("platform: %w", err)
	}
	return ctx.Log.Info(fmt.Sprintf("cost: %s: %s, as its share of the nodes; %s", name, bill, cost.Source(p.Region)), nil)
}

func workloads(entries []*entry) (list []capacity.Workload) {
	for _, e := range entries {
		list = append(list, capacity.Of(e.File))
	}
	return list
}

// holds is what there may be of nodes, and what the team's namespaces let in. What other teams run is not known.
func (p *Platform) holds(t Team) capacity.Cluster {
	c := capacity.Cluster{
		System: capacity.System(p.Ingress != nil), Headroom: capacity.Headroom(p.Headroom), Namespaces: map[string]capacity.Namespace{},
	}
	for name, g := range p.NodeGroups {
		c.Groups = append(c.Groups, capacity.Group{Name: name, InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Tainted: g.Tainted})
	}
	for _, ns := range t.Namespaces {
		c.Namespaces[ns] = capacity.Namespace{Quota: t.Quota, MaxCPU: t.Limits["maxCpu"], MaxMemory: t.Limits["maxMemory"]}
	}
	return c
}

// bill is what the services cost a month, on the nodes that they may run on.
func (p *Platform) bill(entries []*entry) (cost.Estimate, error) {
	var groups []cost.Group
	for _, name := range slices.Sorted(maps.Keys(p.NodeGroups)) {
		if g := p.NodeGroups[name]; !g.Tainted {
			groups = append(groups, cost.Group{InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Spot: g.Spot, DiskGiB: g.DiskGiB})
		}
	}
	var services []cost.Service
	for _, e := range entries {
		services = append(services, cost.ServiceOf(e.File))
	}
	return cost.Services(groups, services, cost.List(p.Prices))
}
