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
		InstanceTypes: b.cfg.NodeGroups[groups[0]].InstanceTypes,
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

// growth is how many nodes the autoscaler may add to those that are always there, in the groups without taints.
func (c Config) growth() int {
	nodes := 0
	for _, name := range c.untainted() {
		nodes += max(0, c.NodeGroups[name].Max-c.NodeGroups[name].Min)
	}
	return nodes
}
