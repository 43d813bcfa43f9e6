package versions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Values of InstanceType.Arch, as in the node label kubernetes.io/arch.
const (
	AMD64 = "amd64"
	ARM64 = "arm64"
)

// InstanceType is an EC2 instance type as a Kubernetes node on AL2023.
type InstanceType struct {
	Name      string
	Arch      string // AMD64 or ARM64
	CPU       int    // vCPUs
	MemoryMiB int    // as EC2 states it; the node's own capacity is lower
	// MaxPods is how many pods get an address of their own from the network interfaces, at most 110. EKS sets 110 on managed
	// groups with prefix delegation, so that this is less than what a real small node takes: the safe side.
	MaxPods             int
	AllocatableMilliCPU int // left to pods after the kubelet's reservation
	AllocatableMemoryMi int // left to pods after hypervisor, reservation and eviction threshold
}

// size holds the facts of an instance size from which the rest is computed: EC2 states them, by type, in describe-instance-types.
type size struct {
	cpu        int
	interfaces int // network interfaces
	addresses  int // IPv4 addresses per interface
}

// family is a row of types that differ only in size. gib is memory per vCPU.
type family struct {
	names []string
	gib   int
	arch  string
}

var (
	sizes = map[string]size{
		"large":   {cpu: 2, interfaces: 3, addresses: 10},
		"xlarge":  {cpu: 4, interfaces: 4, addresses: 15},
		"2xlarge": {cpu: 8, interfaces: 4, addresses: 15},
		"4xlarge": {cpu: 16, interfaces: 8, addresses: 30},
	}
	families = []family{
		{names: []string{"m5", "m6i", "m7i", "m6a", "m7a"}, gib: 4, arch: AMD64},
		{names: []string{"m6g", "m7g"}, gib: 4, arch: ARM64},
		{names: []string{"c5", "c6i", "c7i"}, gib: 2, arch: AMD64},
		{names: []string{"r5", "r6i"}, gib: 8, arch: AMD64},
	}
	instances = build()
)

// Instance returns what is known of an EC2 instance type; a type outside the table is an error.
func Instance(name string) (InstanceType, error) {
	if t, ok := instances[name]; ok {
		return t, nil
	}
	return InstanceType{}, fmt.Errorf("versions: instance type %q: not in the table, which has %s", name, strings.Join(InstanceTypes(), ", "))
}

// Least returns what every one of some instance types has to offer at least, under the name of the first. It is an error if there
// is none.
func Least(names ...string) (InstanceType, error) {
	var least InstanceType
	if len(names) == 0 {
		return least, errors.New("versions: instance types: none")
	}
	for i, name := range names {
		t, err := Instance(name)
		if err != nil {
			return least, err
		}
		if i == 0 {
			least = t
			continue
		}
		least.CPU, least.MemoryMiB, least.MaxPods = min(least.CPU, t.CPU), min(least.MemoryMiB, t.MemoryMiB), min(least.MaxPods, t.MaxPods)
		least.AllocatableMilliCPU = min(least.AllocatableMilliCPU, t.AllocatableMilliCPU)
		least.AllocatableMemoryMi = min(least.AllocatableMemoryMi, t.AllocatableMemoryMi)
	}
	return least, nil
}

// InstanceTypes lists the names of the known instance types, sorted.
func InstanceTypes() []string {
	names := make([]string, 0, len(instances))
	for name := range instances {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// AllocatableDiskMi returns the ephemeral storage, in MiB, that a root volume of so many GiB leaves to pods: the boot partitions,
// the kubelet's reservation of 1 GiB and its eviction threshold of a tenth are taken off.
func AllocatableDiskMi(gib int) int {
	const partitions, reserved = 13, 1024
	capacity := gib*1024 - partitions
	return capacity*9/10 - reserved
}

func build() map[string]InstanceType {
	table := map[string]InstanceType{}
	for _, f := range families {
		for _, name := range f.names {
			for suffix, s := range sizes {
				add(table, name+"."+suffix, s, s.cpu*f.gib, f.arch)
			}
		}
	}
	// Burstable sizes share neither memory per vCPU nor interfaces with the others.
	add(table, "t3.medium", size{cpu: 2, interfaces: 3, addresses: 6}, 4, AMD64)
	add(table, "t3.large", size{cpu: 2, interfaces: 3, addresses: 12}, 8, AMD64)
	add(table, "t3.xlarge", size{cpu: 4, interfaces: 4, addresses: 15}, 16, AMD64)
	add(table, "t3.2xlarge", size{cpu: 8, interfaces: 4, addresses: 15}, 32, AMD64)
	return table
}

func add(table map[string]InstanceType, name string, s size, gib int, arch string) {
	// Each interface keeps one address for itself; the two are for pods on the host's network (CNI, kube-proxy).
	pods := s.interfaces*(s.addresses-1) + 2
	memory := gib * 1024
	table[name] = InstanceType{
		Name: name, Arch: arch, CPU: s.cpu, MemoryMiB: memory, MaxPods: min(pods, managedPods),
		AllocatableMilliCPU: s.cpu*1000 - reservedMilliCPU(s.cpu),
		AllocatableMemoryMi: memory - hypervisorMi(memory) - reservedMi(pods) - evictionMi,
	}
}

// managedPods is the most that EKS sets on a node of a managed group with fewer than 30 vCPUs.
const managedPods = 110

// evictionMi is the kubelet's hard eviction threshold, memory.available, on AL2023.
const evictionMi = 100

// reservedMilliCPU is the AL2023 kubelet's reservation: 6% of the first core, 1% of the second, 0.5% of the next two,
// 0.25% of the rest.
func reservedMilliCPU(cpu int) int {
	total := 0.0
	for core := 1; core <= cpu; core++ {
		switch {
		case core == 1:
			total += 60
		case core == 2:
			total += 10
		case core <= 4:
			total += 5
		default:
			total += 2.5
		}
	}
	return int(total)
}

// reservedMi is the AL2023 kubelet's memory reservation; it counts the pods that the interfaces allow, prefixes or not.
func reservedMi(pods int) int { return 11*pods + 255 }

// hypervisorMi is what the hypervisor and firmware keep of the stated memory: 7.5%, rounded up, a model that errs high.
func hypervisorMi(memory int) int { return (memory*75 + 999) / 1000 }
