package infra

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/capacity"
)

// hold is the config in the words of the arithmetic of capacity.
func (c Config) hold() capacity.Cluster {
	all := capacity.Cluster{
		System: capacity.System(c.Ingress.on()), Headroom: capacity.Headroom{Nodes: c.Headroom.Nodes, Share: c.Headroom.Share},
	}
	for _, name := range slices.Sorted(maps.Keys(c.NodeGroups)) {
		g := c.NodeGroups[name]
		all.Groups = append(all.Groups, capacity.Group{
			Name: name, InstanceTypes: g.InstanceTypes, Min: g.Min, Max: g.Max, Tainted: len(g.Taints) > 0,
		})
	}
	return all
}

// capacity warns of quotas that the nodes cannot hold. What services want of them, their own program judges.
func (b *build) capacity() error {
	var teams []capacity.Team
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Teams)) {
		t := b.cfg.Teams[name]
		teams = append(teams, capacity.Team{Name: name, Namespaces: len(t.NamespacesOf(name)), Quota: t.Quota})
	}
	found, err := capacity.CheckPlatform(b.cfg.hold(), teams)
	if err != nil {
		return err
	}
	for _, text := range capacity.Warnings(found) {
		if err := b.ctx.Log.Warn(text, nil); err != nil {
			return err
		}
	}
	return nil
}

// room judges limits that no machine has: a container that states one would never be given it.
func (c Config) room(f *judge) {
	machine, err := c.hold().Machine()
	if err != nil {
		return // the instance type is a fault already
	}
	for _, name := range slices.Sorted(maps.Keys(c.Teams)) {
		l, path := c.Teams[name].Limits, "teams."+name+".limits."
		if q, err := resource.ParseQuantity(l.MaxCPU); err == nil && q.MilliValue() > machine.MilliCPU {
			f.Add(path+"maxCpu", l.MaxCPU, "want at most the CPUs of the largest machine of nodeGroups, %d", machine.MilliCPU/1000)
		}
		if q, err := resource.ParseQuantity(l.MaxMemory); err == nil && q.Value() > machine.Memory {
			f.Add(path+"maxMemory", l.MaxMemory, "want at most the memory of the largest machine of nodeGroups, %dMi", machine.Memory>>20)
		}
	}
}
