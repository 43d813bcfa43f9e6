package infra

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/cluster"
	"paddock/components/headroom"
)

// headroom keeps room in the groups without taints, if the stack wants any.
func (b *build) headroom() error {
	h, groups := b.cfg.Headroom, b.cfg.untainted()
	if !h.on() {
		return nil
	}
	_, err := headroom.New(b.ctx, b.name("headroom"), &headroom.Args{
		Nodes:         h.Nodes,
		Share:         h.Share,
		InstanceTypes: b.cfg.types(groups),
		GroupLabel:    cluster.GroupLabel,
		Groups:        groups,
		Image:         h.Image,
		ScalerImage:   h.ScalerImage,
		Gone:          b.clusterPart.Gone,
		DependsOn:     b.clusterPart.Nodes,
	}, pulumi.Providers(b.kubernetes))
	return err
}

func (h Headroom) on() bool { return h.Nodes != 0 || h.Share != 0 }

// untainted lists the groups that any pod may run in, by name.
func (c Config) untainted() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.NodeGroups)), func(name string) bool {
		return len(c.NodeGroups[name].Taints) > 0
	})
}

// types lists the instance types of groups: a node's worth of room is that of the least of them, wherever it is held.
func (c Config) types(groups []string) []string {
	var all []string
	for _, name := range groups {
		all = append(all, c.NodeGroups[name].InstanceTypes...)
	}
	return all
}

// growth is how many nodes the autoscaler may add to those that are always there, in the groups without taints.
func (c Config) growth() int {
	nodes := 0
	for _, name := range c.untainted() {
		nodes += max(0, c.NodeGroups[name].Max-c.NodeGroups[name].Min)
	}
	return nodes
}
