package measure

import (
	"fmt"
	"math"

	"paddock/grade/trace"
)

// PodsFor is how many pods a demand needs on a basis, at least the HPA's minimum. The HPA's maximum does not lower demand:
// what it refuses is under-provisioned. Without demand per pod (0), the minimum is enough.
func PodsFor(w *trace.Workload, demand float64, basis Basis) int {
	each := w.PodDemand
	if basis == AtLimit && w.PodLimit > 0 {
		each = w.PodLimit
	}
	if !(each > 0) || odd(demand) {
		return max(w.MinPods, 0)
	}
	return max(roundUp(demand/each), w.MinPods, 0)
}

// NodesFor is the least nodes that hold so many pods of the workload beside the cluster's own pods, at least the group's
// minimum. It is a lower bound of what any packing needs: the cluster's own pods may be spread as if they were sand, while the
// workload's are whole. It is bound by CPU, by memory and by pods per node. Headroom is no part of it: it is paid for, and so
// it counts as surplus.
func NodesFor(w *trace.Workload, pods int) int {
	return nodesFor(w, pods, 0, 0, 0)
}

func nodesFor(w *trace.Workload, pods int, milli, mi, more float64) int {
	n, least := w.Node, max(w.Node.MinNodes, 0)
	if perNode(w) == math.MaxInt32 {
		return least // nothing binds
	}
	for _, bound := range []struct{ asked, offered float64 }{
		{float64(pods)*float64(w.RequestMilli) + float64(n.BaseMilli) + milli, float64(n.CPUMilli)},
		{float64(pods)*float64(w.RequestMi) + float64(n.BaseMi) + mi, float64(n.MemoryMi)},
		{float64(pods) + float64(n.BasePods) + more, float64(n.Pods)},
		{float64(pods), float64(perNode(w))},
	} {
		if bound.offered > 0 {
			least = max(least, roundUp(bound.asked/bound.offered))
		}
	}
	return least
}

// perNode is how many pods of the workload an empty node holds; a resource that is not stated (0) does not bind.
func perNode(w *trace.Workload) int {
	n, most := w.Node, int64(math.MaxInt32)
	for _, r := range [][2]int64{{n.CPUMilli, w.RequestMilli}, {n.MemoryMi, w.RequestMi}, {int64(n.Pods), 1}} {
		if r[0] > 0 && r[1] > 0 {
			most = min(most, r[0]/r[1])
		}
	}
	return int(most)
}

// podsOn is how many pods of the workload so many nodes hold beside the cluster's own, headroom having given way.
func podsOn(w *trace.Workload, nodes int) int {
	if perNode(w) == math.MaxInt32 {
		return math.MaxInt32 // nothing binds
	}
	n, fits := w.Node, float64(nodes)*float64(perNode(w))
	for _, bound := range [][3]int64{
		{n.CPUMilli, n.BaseMilli, w.RequestMilli}, {n.MemoryMi, n.BaseMi, w.RequestMi}, {int64(n.Pods), int64(n.BasePods), 1},
	} {
		if bound[0] > 0 && bound[2] > 0 {
			fits = min(fits, float64((int64(nodes)*bound[0]-bound[1])/bound[2]))
		}
	}
	return int(max(fits, 0))
}

// fits says why no node can hold a pod of the workload.
func fits(w *trace.Workload) error {
	if perNode(w) > 0 {
		return nil
	}
	return fmt.Errorf("workload: a pod asks for %d m and %d Mi, which no node with %d m and %d Mi holds",
		w.RequestMilli, w.RequestMi, w.Node.CPUMilli, w.Node.MemoryMi)
}

// roundUp forgives what floating point adds to a whole number.
func roundUp(v float64) int { return int(min(math.Ceil(v-1e-9), math.MaxInt32)) }
