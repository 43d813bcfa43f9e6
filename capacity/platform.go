package capacity

import (
	"fmt"

	"paddock/components/versions"
)

// Team is what a team's namespaces may ask for.
type Team struct {
	Name       string
	Namespaces int               // each has the quota
	Quota      map[string]string // resource -> quantity; empty = no quota
}

// System is what every platform runs beside the DaemonSets of its add-ons, and with ingress for that.
func System(ingress bool) []Pods {
	var list []Pods
	for _, d := range versions.Deployments(ingress) {
		list = append(list, Pods{d.Name, Size{int64(d.MilliCPU), int64(d.MemoryMi) * mebi}, d.Replicas})
	}
	return list
}

// Machine is the largest that a container could be given as its limit: by resource, the largest machine of any group, tainted ones
// too. It is an error if an instance type is not in the version table.
func (c Cluster) Machine() (Size, error) {
	var most Size
	for _, g := range c.Groups {
		for _, name := range g.InstanceTypes {
			t, err := versions.Instance(name)
			if err != nil {
				return most, err
			}
			most.MilliCPU, most.Memory = max(most.MilliCPU, int64(t.CPU)*1000), max(most.Memory, int64(t.MemoryMiB)*mebi)
		}
	}
	return most, nil
}

// CheckPlatform says which quotas are more than the nodes hold at their maxima beside the platform's own pods. These are warnings:
// quotas bound what goes wrong, and not all are used up at once. It is an error if an instance type is not in the version table.
func CheckPlatform(c Cluster, teams []Team) ([]Finding, error) {
	room, err := c.room()
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, r := range []struct {
		names []string // the first that a quota has counts
		room  int64
		parse func(string) (int64, error)
		show  func(int64) string
	}{
		{[]string{"requests.cpu", "cpu"}, room.MilliCPU, parseCPU, showCPU},
		{[]string{"requests.memory", "memory"}, room.Memory, parseMemory, showMemory},
	} {
		var all int64
		alone := len(found)
		for _, t := range teams {
			name, quota := first(t.Quota, r.names)
			hard, err := r.parse(quota)
			if name == "" || err != nil {
				continue
			}
			all += hard * int64(t.Namespaces)
			if hard > r.room {
				found = append(found, warning("team %s: quota %s %s of a namespace can never be used up: the nodes hold %s at their most",
					t.Name, name, quota, r.show(r.room))...)
			}
		}
		if all > r.room && len(found) == alone {
			found = append(found,
				warning("quotas: %s of all teams together is %s, the nodes hold %s at their most: not all can be used up at once",
					r.names[0], r.show(all), r.show(r.room))...)
		}
	}
	return found, nil
}

// first is the first of some resources that a quota counts; "" = none of them.
func first(quota map[string]string, names []string) (name, hard string) {
	for _, n := range names {
		if q, ok := quota[n]; ok {
			return n, q
		}
	}
	return "", "0"
}

// room is what all nodes together hold at their most, less the platform's own pods. Tainted ones count: a team may tolerate them.
func (c Cluster) room() (Size, error) {
	open := c
	open.Groups = nil
	for _, g := range c.Groups {
		g.Tainted = false
		open.Groups = append(open.Groups, g)
	}
	nodes, err := open.kinds()
	if err != nil {
		return Size{}, fmt.Errorf("capacity: %w", err)
	}
	cpu, memory, _ := sum(c.System)
	all := Size{-cpu, -memory}
	for _, k := range nodes {
		all.MilliCPU += k.room.MilliCPU * int64(k.Max)
		all.Memory += k.room.Memory * int64(k.Max)
	}
	return all, nil
}
