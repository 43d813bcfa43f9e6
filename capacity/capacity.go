// Package capacity says, before anything is made, which maximum cannot be reached, and why: by arithmetic over the nodes that there
// may be at most and the quotas of namespaces.
//
// What it calls a fault is certain: no scheduler could place those pods. That it finds none is no promise: zones, volumes,
// anti-affinity and the pods of others take room that it does not know of.
package capacity

import (
	"cmp"
	"slices"

	"paddock/components/versions"
)

// Cluster is what there may be at most.
type Cluster struct {
	Groups     []Group              // all node groups; pods run in those without taints
	System     []Pods               // the platform's own, beside the DaemonSets of its add-ons; nil = nothing beside them
	Headroom   Headroom             // room that is kept for a spike; the zero value = none
	Namespaces map[string]Namespace // by name; a workload of any other has no quota
}

// Group is a node group at its bounds.
type Group struct {
	Name          string
	InstanceTypes []string // of the version table; of several, a node is taken for the least of them
	Min, Max      int      // nodes
	Tainted       bool     // services do not run there
}

// Headroom is room that is kept free, as in the platform's config.
type Headroom struct {
	Nodes int     // whole nodes; counts where Share is 0
	Share float64 // of all nodes, 0 to 1, rounded up; 0 = Nodes counts
}

// Namespace is what its fences let in.
type Namespace struct {
	Quota             map[string]string // resource -> quantity, as a ResourceQuota says it; empty = no quota
	MaxCPU, MaxMemory string            // quantities, the most that a container may state as a limit; "" = any
}

// Size is what something asks for, or has to offer.
type Size struct {
	MilliCPU int64
	Memory   int64 // showMemory
}

// Pods are Count pods with the same request.
type Pods struct {
	Name    string
	Request Size // of one
	Count   int
}

// Workload is one service at its maximum.
type Workload struct {
	Name      string
	Namespace string
	Request   Size  // of one pod
	Limit     Size  // of one pod; zero = none
	Max       int   // pods at most
	Surge     int   // pods more while a release is under way; 0 = none
	Volume    int64 // bytes of the disk that it keeps; 0 = none
}

// Finding is one thing that is wrong with a maximum.
type Finding struct {
	Fault bool   // it cannot work; false: a warning, of something that works unless much comes together
	Text  string // begins with "capacity: "
}

// Faults are the texts of what cannot work, in order.
func Faults(all []Finding) []string { return texts(all, true) }

// Warnings are the texts of what works alone, and may not work all at once, in order.
func Warnings(all []Finding) []string { return texts(all, false) }

func texts(all []Finding, fault bool) []string {
	var list []string
	for _, f := range all {
		if f.Fault == fault {
			list = append(list, f.Text)
		}
	}
	return list
}

// Check finds what the workloads of a cluster cannot reach: each alone, which is a fault, and all together, which is a warning,
// since not all services have their peaks at once. It is an error if an instance type is not in the version table.
func Check(c Cluster, workloads []Workload) ([]Finding, error) {
	nodes, err := c.kinds()
	if err != nil {
		return nil, err
	}
	workloads = slices.SortedFunc(slices.Values(workloads), func(a, b Workload) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	var found []Finding
	for _, w := range workloads {
		found = append(found, c.alone(nodes, w)...)
		found = append(found, c.admits(w)...)
	}
	found = append(found, c.stored(workloads)...)
	if len(Faults(found)) > 0 {
		return found, nil // each alone is what is to be mended first
	}
	found = append(found, c.together(nodes, workloads)...)
	return append(found, c.shared(workloads)...), nil
}

// kind is a group's nodes: how many there may be, and what an empty one has to offer to pods.
type kind struct {
	Group
	room Size
	pods int
}

// kinds are the groups that services run in, by name.
func (c Cluster) kinds() ([]kind, error) {
	var list []kind
	for _, g := range c.Groups {
		if g.Tainted {
			continue
		}
		least, err := versions.Least(g.InstanceTypes...)
		if err != nil {
			return nil, err
		}
		room := least.Room()
		list = append(list, kind{g, Size{int64(room.MilliCPU), int64(room.MemoryMi) * mebi}, room.Pods})
	}
	slices.SortFunc(list, func(a, b kind) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

const mebi = 1 << 20

// fit is how many pods of a size an empty node takes, and what it then has no more of: "cpu", "memory" or "pods".
func (k kind) fit(pod Size) (n int, by string) {
	n, by = k.pods, "pods"
	for _, r := range []struct {
		name       string
		room, each int64
	}{{"memory", k.room.Memory, pod.Memory}, {"cpu", k.room.MilliCPU, pod.MilliCPU}} {
		if r.each > 0 && int(r.room/r.each) <= n {
			n, by = int(r.room/r.each), r.name
		}
	}
	return n, by
}
