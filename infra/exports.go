package infra

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What the teams' own programs read of a platform, to judge before a deploy whether what they want has room. It is as configured:
// nothing waits for a resource, so that it is known at preview.

// groups are the node groups' bounds, by name.
func (c Config) groups() pulumi.Map {
	list := pulumi.Map{}
	for name, g := range c.NodeGroups {
		list[name] = pulumi.Map{
			"instanceTypes": pulumi.ToStringArray(g.InstanceTypes),
			"min":           pulumi.Int(g.Min),
			"max":           pulumi.Int(g.Max),
			"tainted":       pulumi.Bool(len(g.Taints) > 0),
			"spot":          pulumi.Bool(g.Capacity == "spot"),
			"diskGiB":       pulumi.Int(g.DiskGiB),
		}
	}
	return list
}

// room is what is kept for a spike.
func (h Headroom) room() pulumi.Map {
	return pulumi.Map{"nodes": pulumi.Int(h.Nodes), "share": pulumi.Float64(h.Share)}
}

// exports are a team's limits, by the keys of the config; what is not set is left out.
func (l Limits) exports() pulumi.StringMap {
	set := pulumi.StringMap{}
	for key, value := range map[string]string{
		"defaultCpu": l.DefaultCPU, "defaultMemory": l.DefaultMemory, "requestCpu": l.RequestCPU,
		"requestMemory": l.RequestMemory, "maxCpu": l.MaxCPU, "maxMemory": l.MaxMemory,
	} {
		if value != "" {
			set[key] = pulumi.String(value)
		}
	}
	return set
}
