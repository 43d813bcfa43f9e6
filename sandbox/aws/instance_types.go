package aws

import "strings"

// InstanceType is what a kind of machine offers to Kubernetes.
type InstanceType struct {
	Name, Arch               string
	CPUs, MemoryMi           int64 // as EC2 sells it
	CPUMilli, CapacityMi     int64 // as the kubelet sees it
	AllocCPUMilli, AllocMi   int64 // less what kubelet and system keep
	Pods                     int64
	interfaces, perInterface int64
}

type size struct {
	name                           string
	cpus, interfaces, perInterface int64
}

// sizes are the same throughout the general, compute and memory families on Nitro.
var sizes = []size{
	{"medium", 1, 2, 4}, {"large", 2, 3, 10}, {"xlarge", 4, 4, 15}, {"2xlarge", 8, 4, 15}, {"4xlarge", 16, 8, 30},
	{"8xlarge", 32, 8, 30}, {"9xlarge", 36, 8, 30}, {"12xlarge", 48, 8, 30}, {"16xlarge", 64, 15, 50}, {"18xlarge", 72, 15, 50},
	{"24xlarge", 96, 15, 50},
}

// perCPU is memory in GiB for each vCPU, by the first letter of the family.
var perCPU = map[string]int64{"c": 2, "m": 4, "r": 8}

// families are those that are modelled, with their architecture.
var families = map[string]string{
	"m5": "amd64", "m5a": "amd64", "m6a": "amd64", "m6i": "amd64", "m7a": "amd64", "m7i": "amd64", "m6g": "arm64", "m7g": "arm64", "m8g": "arm64",
	"c5": "amd64", "c5a": "amd64", "c6a": "amd64", "c6i": "amd64", "c7a": "amd64", "c7i": "amd64", "c6g": "arm64", "c7g": "arm64", "c8g": "arm64",
	"r5": "amd64", "r5a": "amd64", "r6a": "amd64", "r6i": "amd64", "r7a": "amd64", "r7i": "amd64", "r6g": "arm64", "r7g": "arm64", "r8g": "arm64",
}

// burstable are the sizes of t3, t3a and t4g: vCPU, MiB, interfaces, addresses each.
var burstable = map[string][4]int64{
	"micro": {2, 1024, 2, 2}, "small": {2, 2048, 3, 4}, "medium": {2, 4096, 3, 6}, "large": {2, 8192, 3, 12},
	"xlarge": {4, 16384, 4, 15}, "2xlarge": {8, 32768, 4, 15},
}

var burstFamilies = map[string]string{"t3": "amd64", "t3a": "amd64", "t4g": "arm64"}

// instanceType knows a type by its name.
func instanceType(name string) (InstanceType, bool) {
	family, of, _ := strings.Cut(name, ".")
	if arch, ok := burstFamilies[family]; ok {
		b, ok := burstable[of]
		t := InstanceType{Name: name, Arch: arch, CPUs: b[0], MemoryMi: b[1], interfaces: b[2], perInterface: b[3]}
		return t.measured(), ok
	}
	arch, ok := families[family]
	if !ok {
		return InstanceType{}, false
	}
	for _, s := range sizes {
		if s.name != of || (s.name == "medium" && arch != "arm64" && family[1:] != "7a") {
			continue
		}
		if odd := s.name == "9xlarge" || s.name == "18xlarge"; odd && family != "c5" {
			continue
		}
		t := InstanceType{
			Name: name, Arch: arch, CPUs: s.cpus, MemoryMi: s.cpus * perCPU[family[:1]] * 1024, interfaces: s.interfaces, perInterface: s.perInterface,
		}
		return t.measured(), true
	}
	return InstanceType{}, false
}

// measured works out what is left for pods: the reservations of nodeadm on AL2023 and 7.5 % of memory for the hypervisor.
func (t InstanceType) measured() InstanceType {
	t.Pods = t.interfaces*(t.perInterface-1) + 2
	t.CPUMilli = t.CPUs * 1000
	t.CapacityMi = t.MemoryMi * 925 / 1000
	reserved := int64(0) // in hundredths of a millicore
	for core := range t.CPUs {
		switch {
		case core == 0:
			reserved += 6000
		case core == 1:
			reserved += 1000
		case core < 4:
			reserved += 500
		default:
			reserved += 250
		}
	}
	t.AllocCPUMilli = t.CPUMilli - (reserved+99)/100
	t.AllocMi = t.CapacityMi - (11*t.Pods + 255) - 100
	return t
}
