package release

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"paddock/capacity"
	"paddock/components/service"
	"paddock/cost"
)

// weigh tells what the services cost and whether their maxima can be reached, before anything is made. That a maximum cannot be
// reached is an error; what comes together only at times is a warning.
func (d *deploy) weigh(entries []*entry) error {
	found, err := capacity.Check(d.platform.bounds(d.team), workloads(entries))
	if err != nil {
		return err
	}
	if faults := capacity.Faults(found); len(faults) > 0 {
		return fmt.Errorf("%s", strings.Join(faults, "\n"))
	}
	for _, text := range capacity.Warnings(found) {
		if err := d.ctx.Log.Warn(text, nil); err != nil {
			return err
		}
	}
	bill, err := d.platform.bill(entries)
	if err != nil {
		return err
	}
	return d.ctx.Log.Info(fmt.Sprintf("cost: team %s: %s; list prices of %s", entries[0].Team, bill, cost.Dated), nil)
}

// bounds are the platform's and the team's in the words of capacity.
func (p *Platform) bounds(team Team) capacity.Cluster {
	c := capacity.Cluster{System: capacity.System(), Headroom: capacity.Headroom(p.Headroom), Namespaces: map[string]capacity.Namespace{}}
	for _, name := range slices.Sorted(maps.Keys(p.NodeGroups)) {
		g := p.NodeGroups[name]
		c.Groups = append(c.Groups, capacity.Group{Name: name, InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Tainted: g.Tainted})
	}
	for _, ns := range team.Namespaces {
		c.Namespaces[ns] = capacity.Namespace{Quota: team.Quota, MaxCPU: team.Limits["maxCpu"], MaxMemory: team.Limits["maxMemory"]}
	}
	return c
}

func workloads(entries []*entry) []capacity.Workload {
	var list []capacity.Workload
	for _, e := range entries {
		list = append(list, capacity.Workload{
			Name: e.Name, Namespace: e.Namespace, Max: e.Replicas.Max, Surge: service.Surge(e.File, e.Replicas.Max),
			Request: capacity.Size{MilliCPU: e.CPU.Request.Milli(), Memory: e.Memory.Request.Bytes()},
			Limit:   capacity.Size{MilliCPU: e.CPU.Limit.Milli(), Memory: e.Memory.Limit.Bytes()},
		})
	}
	return list
}

// bill is what the services cost a month, at their fewest pods and at their most.
func (p *Platform) bill(entries []*entry) (cost.Estimate, error) {
	var groups []cost.Group
	for _, name := range slices.Sorted(maps.Keys(p.NodeGroups)) {
		if g := p.NodeGroups[name]; !g.Tainted {
			groups = append(groups, cost.Group{InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Spot: g.Spot, DiskGiB: g.DiskGiB})
		}
	}
	var services []cost.Service
	for _, e := range entries {
		services = append(services, cost.Service{
			Name: e.Name, MilliCPU: e.CPU.Request.Milli(), Memory: e.Memory.Request.Bytes(),
			Min: e.Replicas.Min, Max: e.Replicas.Max, VolumeGiB: gibibytes(e),
		})
	}
	return cost.Services(groups, services, cost.List(p.Prices))
}

func gibibytes(e *entry) int64 {
	if !e.Keeps() {
		return 0
	}
	return int64(math.Ceil(float64(e.Volume.Size.Bytes()) / (1 << 30)))
}
