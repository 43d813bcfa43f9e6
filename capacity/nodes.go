package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// alone looks whether the nodes hold a workload's maximum beside what the platform itself runs.
func (c Cluster) alone(nodes []kind, w Workload) []Finding {
	if w.Max <= 0 {
		return nil
	}
	if len(nodes) == 0 {
		return fault("%s: max %d pods: there is no node group without taints", w.Name, w.Max)
	}
	best, each, by := most(nodes, w.Request)
	if each <= 0 {
		return fault("%s: a pod of %s does not fit on an empty node: group %s (%s) has %s for it",
			w.Name, showSize(w.Request, by), best.Name, strings.Join(best.InstanceTypes, ", "), showSize(best.room, by))
	}
	holds := c.holds(nodes, w.Request)
	switch {
	case holds >= w.Max:
		return nil
	case len(nodes) == 1:
		return fault("%s: max %d pods%s: needs %d nodes, %s", w.Name, w.Max, ofPods(w.Request, by, each), c.needed(best, each, w),
			stop(nodes))
	}
	return fault("%s: max %d pods%s: %s, which hold %d of them at most", w.Name, w.Max, ofPods(w.Request, by, each), stop(nodes), holds)
}

// most is the kind of node that takes most pods of a size; of several, the first.
func most(nodes []kind, pod Size) (best kind, each int, by string) {
	for i, k := range nodes {
		if n, what := k.fit(pod); i == 0 || n > each {
			best, each, by = k, n, what
		}
	}
	return best, each, by
}

// needed is how many nodes of one kind the workload and the platform's pods take at least: as many as its pods fill by their number
// on a node, and as all of them fill of each resource.
func (c Cluster) needed(k kind, each int, w Workload) int {
	cpu, memory, count := sum(append(slices.Clone(c.System), Pods{Request: w.Request, Count: w.Max}))
	return max(over(int64(w.Max), int64(each)), over(cpu, k.room.MilliCPU), over(memory, k.room.Memory),
		over(int64(count), int64(k.pods)))
}

// holds is how many pods alike all nodes take at most: by how many fit on each, and by what the platform's own leave of each
// resource.
func (c Cluster) holds(nodes []kind, pod Size) int {
	cpu, memory, count := sum(c.System)
	places, left, pods := 0, Size{-cpu, -memory}, -count
	for _, k := range nodes {
		n, _ := k.fit(pod)
		places += n * k.Max
		pods += k.pods * k.Max
		left.MilliCPU += k.room.MilliCPU * int64(k.Max)
		left.Memory += k.room.Memory * int64(k.Max)
	}
	places = min(places, pods)
	if pod.MilliCPU > 0 {
		places = min(places, int(left.MilliCPU/pod.MilliCPU))
	}
	if pod.Memory > 0 {
		places = min(places, int(left.Memory/pod.Memory))
	}
	return max(0, places)
}

// stop says how many nodes there are at most.
func stop(nodes []kind) string {
	if len(nodes) == 1 {
		return fmt.Sprintf("group %s stops at %d", nodes[0].Name, nodes[0].Max)
	}
	return fmt.Sprintf("groups %s stop at %d in all", names(nodes), all(nodes))
}

func all(nodes []kind) int {
	n := 0
	for _, k := range nodes {
		n += k.Max
	}
	return n
}

// together packs all workloads at their maxima, the platform's pods and what headroom is to hold onto all nodes, the largest pods
// first, as a scheduler that thinks ahead would.
func (c Cluster) together(nodes []kind, workloads []Workload) []Finding {
	if len(workloads) == 0 || len(nodes) == 0 {
		return nil
	}
	pods := slices.Clone(c.System)
	for _, w := range workloads {
		pods = append(pods, Pods{w.Namespace + "/" + w.Name, w.Request, max(0, w.Max)})
	}
	have := all(nodes)
	need, kept := pack(nodes, pods), c.Headroom.nodes(have)
	switch {
	case need > have:
		return warning("%s about %d nodes, %s", maxima(workloads), need, stop(nodes))
	case need+kept > have:
		return warning("%s about %d nodes, and headroom %d, %s: then there is no headroom left", maxima(workloads), need, kept,
			stop(nodes))
	}
	return nil
}

func maxima(workloads []Workload) string {
	if len(workloads) == 1 {
		return workloads[0].Name + ": at its maximum needs"
	}
	return fmt.Sprintf("all %d services at their maxima need", len(workloads))
}

// nodes is how many nodes headroom holds when there are so many.
func (h Headroom) nodes(all int) int {
	if h.Share > 0 {
		return max(1, int(math.Ceil(h.Share*float64(all)-1e-9)))
	}
	return h.Nodes
}

// pack is how many nodes the pods take: each goes to the first node with room for it, the largest first. Nodes beyond the groups'
// maxima are of the roomiest kind.
func pack(nodes []kind, pods []Pods) int {
	slices.SortStableFunc(pods, func(a, b Pods) int { return cmp.Compare(nodes[0].share(b.Request), nodes[0].share(a.Request)) })
	var open []kind // with what is left of each
	next := supply(nodes)
	for _, p := range pods {
		from := 0 // pods alike: what one does not fit on, the next does not either
		for range p.Count {
			for from < len(open) && !open[from].takes(p.Request) {
				from++
			}
			for from == len(open) {
				open = append(open, next())
				if !open[from].takes(p.Request) {
					from++
				}
				if len(open) > packed {
					return len(open)
				}
			}
			open[from] = open[from].less(p.Request)
		}
	}
	return len(open)
}

// packed is where counting ends: no cluster has as many nodes, and a pod that fits nowhere would be tried for ever.
const packed = 10000

// supply hands out empty nodes: the groups' in order of name, then more of the roomiest.
func supply(nodes []kind) func() kind {
	at, used := 0, 0
	roomiest := slices.MaxFunc(nodes, func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.room.MilliCPU, b.room.MilliCPU), cmp.Compare(a.room.Memory, b.room.Memory))
	})
	return func() kind {
		for at < len(nodes) && used >= nodes[at].Max {
			at, used = at+1, 0
		}
		if at == len(nodes) {
			return roomiest
		}
		used++
		return nodes[at]
	}
}

// share is how much of a node a pod takes: the largest of its shares.
func (k kind) share(pod Size) float64 {
	return max(float64(pod.MilliCPU)/float64(k.room.MilliCPU), float64(pod.Memory)/float64(k.room.Memory), 1/float64(k.pods))
}

func (k kind) takes(pod Size) bool {
	return k.room.MilliCPU >= pod.MilliCPU && k.room.Memory >= pod.Memory && k.pods > 0
}

func (k kind) less(pod Size) kind {
	k.room.MilliCPU -= pod.MilliCPU
	k.room.Memory -= pod.Memory
	k.pods--
	return k
}

func sum(pods []Pods) (cpu, memory int64, count int) {
	for _, p := range pods {
		cpu += p.Request.MilliCPU * int64(p.Count)
		memory += p.Request.Memory * int64(p.Count)
		count += p.Count
	}
	return cpu, memory, count
}

func over(all, each int64) int { return int((all + each - 1) / each) }

func names(nodes []kind) string {
	var list []string
	for _, k := range nodes {
		list = append(list, k.Name)
	}
	return strings.Join(list, ", ")
}

func fault(format string, args ...any) []Finding {
	return []Finding{{Fault: true, Text: "capacity: " + fmt.Sprintf(format, args...)}}
}

func warning(format string, args ...any) []Finding {
	return []Finding{{Text: "capacity: " + fmt.Sprintf(format, args...)}}
}
