package cluster

import (
	"cmp"
	"maps"
	"slices"

	"paddock/components/versions"
)

const (
	defaultInstanceType = "m5.large"
	defaultDiskGiB      = 50
	// GroupLabel lets pods choose a node group by the name in the configuration; EKS's own label holds the generated name.
	GroupLabel = "paddock.dev/node-group"
)

// NodeGroup is a set of equal nodes that the Cluster Autoscaler keeps between Min and Max.
type NodeGroup struct {
	Name           string   // at most 36 characters: AWS gets it as the start of a generated name
	InstanceTypes  []string // all of one architecture; the autoscaler plans with the smallest; unset: m5.large
	AMIType        string   // unset: AMIType of the architecture, which is also all that it may be
	Spot           bool
	Min, Max       int
	Desired        int               // at creation only; from then on the autoscaler's
	Resize         bool              // apply Desired to a group that exists, too
	DiskGiB        int               // encrypted gp3 root volume; 0: 50
	MaxUnavailable int               // nodes replaced at once in an update; 0: 1
	Labels         map[string]string // on the nodes
	Taints         []Taint
	Zones          []string          // keys of Args.SubnetByZone; empty: all that there are when the group is made
	Tags           map[string]string // on instances and volumes, which the provider's default tags do not reach
}

// Taint keeps pods that do not tolerate it off the nodes of a group.
type Taint struct {
	Key    string
	Value  string // may be empty
	Effect string // as in Kubernetes: NoSchedule, PreferNoSchedule, NoExecute
}

// effects are EKS's words for those of Kubernetes.
var effects = map[string]string{
	"NoSchedule":       "NO_SCHEDULE",
	"PreferNoSchedule": "PREFER_NO_SCHEDULE",
	"NoExecute":        "NO_EXECUTE",
}

func (g NodeGroup) instanceTypes() []string {
	if len(g.InstanceTypes) == 0 {
		return []string{defaultInstanceType}
	}
	return g.InstanceTypes
}

func (g NodeGroup) diskGiB() int {
	if g.DiskGiB == 0 {
		return defaultDiskGiB
	}
	return g.DiskGiB
}

func (g NodeGroup) maxUnavailable() int { return max(1, g.MaxUnavailable) }

func (g NodeGroup) capacityType() string {
	if g.Spot {
		return "SPOT"
	}
	return "ON_DEMAND"
}

func (g NodeGroup) amiType(arch string) string { return cmp.Or(g.AMIType, AMIType(arch)) }

// AMIType is the one operating system that the launch template suits, for an architecture of package versions: EKS has no AL2 for
// these minors, Bottlerocket boots from another volume, and no type of the table has a GPU.
func AMIType(arch string) string {
	if arch == versions.ARM64 {
		return "AL2023_ARM_64_STANDARD"
	}
	return "AL2023_x86_64_STANDARD"
}

// labels are the group's own and the one that names it.
func (g NodeGroup) labels() map[string]string {
	labels := maps.Clone(g.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[GroupLabel] = g.Name
	return labels
}

// smallest is what the autoscaler may count on: EC2 picks the type.
func (g NodeGroup) smallest() (versions.InstanceType, error) {
	return versions.Least(g.instanceTypes()...)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
