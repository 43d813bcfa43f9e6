package headroom

import (
	"math"

	"paddock/components/versions"
)

// slicesPerCPU makes a slice about half a core on every size of instance: a pod that asks for less, as most do, pushes one slice
// away and not a node's worth, so that the autoscaler has that much to add and no more. Finer slices would take more of the few
// pods that a node may have (29 on m5.large).
const slicesPerCPU = 2

// leastNodes is what a share of a small cluster is at least: a slice of a node's room would take no spike.
const leastNodes = 1

// slice is a part of a node's room, so large that exactly perNode of them fit on an empty node.
//
// An m5.large has 1930m, 6903Mi and 29 pods to allocate. The DaemonSets of the add-ons take 180m, 120Mi and 4 pods of them, and
// leave 1750m, 6783Mi and 25 pods. It has two vCPUs, hence four slices of 437m and 1695Mi: four are 1748m and 6780Mi, and for
// a fifth there is neither. So n nodes of headroom are 4n slices, which fill n nodes and no fewer. On nodes with further
// DaemonSets one slice less fits, and the same slices take a third more nodes.
type slice struct {
	perNode  int
	milliCPU int
	memoryMi int
}

// sliceOf cuts the room of a node. Rounded down, a slice is smaller by less than 1m and 1Mi, which perNode of them do not add up to
// another one.
func sliceOf(node versions.InstanceType) slice {
	room, n := node.Room(), max(1, node.CPU*slicesPerCPU)
	return slice{perNode: n, milliCPU: room.MilliCPU / n, memoryMi: room.MemoryMi / n}
}

// replicas is how many slices there are, or with a share, how many there are at first and at least.
func (s *settings) replicas() int {
	if s.Share > 0 {
		return leastNodes * s.perNode
	}
	return s.Nodes * s.perNode
}

// linear is the scaler's law: ceil(nodes / nodesPerReplica), and min at least.
type linear struct {
	NodesPerReplica float64 `json:"nodesPerReplica"`
	Min             int     `json:"min"`
}

// law turns a share of the nodes into slices for a number of nodes: with a tenth and four slices a node, 2.5 nodes are good for one
// slice, and 10 nodes for one node's worth. Slices follow the cluster in steps of a quarter of a node.
//
// The nodes that headroom holds count as well, so that with a tenth there is one node of headroom to nine that work.
func (s *settings) law() linear {
	// A hair upwards: a quotient that is whole must not come out a hair above, for it is rounded up.
	const digits = 1e9
	return linear{NodesPerReplica: math.Ceil(digits/(s.Share*float64(s.perNode))-1e-3) / digits, Min: s.replicas()}
}
