package cost

import (
	"fmt"

	"paddock/components/versions"
)

// shares are the teams' parts of what the nodes cost. A team's share is the mean of two: of the CPU that all teams' quotas together
// let them ask for, and of the memory. Who has no quota of one counts as if it had all that the nodes hold at their most.
// Its claims and its load balancer are its own.
func (p Platform) shares(nodes Range, prices Prices) []Part {
	room := p.room()
	var cpu, memory float64
	of := func(quota, all int64) float64 {
		if quota == 0 {
			quota = all
		}
		return float64(quota)
	}
	for _, t := range p.Teams {
		cpu += of(t.MilliCPU, room.milliCPU)
		memory += of(t.Memory, room.memory)
	}
	var parts []Part
	for _, t := range p.Teams {
		share := of(t.MilliCPU, room.milliCPU)/cpu/2 + of(t.Memory, room.memory)/memory/2
		own := nodes.times(share)
		own.Ceiling += float64(t.StorageGiB)*prices[VolumeGiB] + p.balancer(prices)
		parts = append(parts, Part{t.Name, own})
	}
	return parts
}

// place is what nodes offer to pods.
type place struct{ milliCPU, memory int64 }

const mebi = 1 << 20

// room is what all nodes hold at their most. Types without a place in the version table have no price either.
func (p Platform) room() (all place) {
	for _, g := range p.Groups {
		if least, err := versions.Least(g.InstanceTypes...); err == nil {
			r := least.Room()
			all.milliCPU += int64(r.MilliCPU) * int64(g.Max)
			all.memory += int64(r.MemoryMi) * mebi * int64(g.Max)
		}
	}
	return all
}

// Service is what one asks for.
type Service struct {
	Name      string
	MilliCPU  int64 // requests of a pod
	Memory    int64 // bytes
	Min, Max  int   // pods
	VolumeGiB int64 // that is kept between releases; 0 = none
}

// Services is what services cost on the nodes of groups: each pod its share of a node, which is the largest of its shares of the
// node's CPU, memory and pods, and of the node's volume. What a platform costs whatever runs on it is in none of them.
func Services(groups []Group, services []Service, prices Prices) (Estimate, error) {
	if len(groups) == 0 {
		return Estimate{}, fmt.Errorf("cost: no node group that services run in")
	}
	var e Estimate
	for _, s := range services {
		low, high, err := s.pod(groups, prices)
		if err != nil {
			return e, err
		}
		volume := float64(s.VolumeGiB) * prices[VolumeGiB]
		e.Parts = append(e.Parts, Part{s.Name, Range{low*float64(s.Min) + volume, high*float64(s.Max) + volume}})
	}
	e.finish()
	return e, nil
}

// pod is what one pod costs a month, on the cheapest of the groups and on the dearest.
func (s Service) pod(groups []Group, prices Prices) (low, high float64, err error) {
	for i, g := range groups {
		least, err := versions.Least(g.InstanceTypes...)
		if err != nil {
			return 0, 0, fmt.Errorf("cost: %w", err)
		}
		from, to, err := prices.instance(g.InstanceTypes, g.Spot)
		if err != nil {
			return 0, 0, err
		}
		room := least.Room()
		share := max(float64(s.MilliCPU)/float64(room.MilliCPU), float64(s.Memory)/float64(int64(room.MemoryMi)*mebi),
			1/float64(room.Pods))
		disk := float64(g.DiskGiB) * prices[VolumeGiB]
		if at := share * (from*hours + disk); i == 0 || at < low {
			low = at
		}
		high = max(high, share*(to*hours+disk))
	}
	return low, high, nil
}
