package versions_test

import (
	"testing"

	"paddock/components/versions"
)

// The figures below are of real nodes, worked out by hand from the kubelet's rules; pods also stand in the AMI's eni-max-pods.txt.
func TestInstance(t *testing.T) {
	for name, want := range map[string]versions.InstanceType{
		"m5.large":    {Arch: versions.AMD64, CPU: 2, MemoryMiB: 8192, MaxPods: 29, AllocatableMilliCPU: 1930, AllocatableMemoryMi: 6903},
		"m5.xlarge":   {Arch: versions.AMD64, CPU: 4, MemoryMiB: 16384, MaxPods: 58, AllocatableMilliCPU: 3920, AllocatableMemoryMi: 14162},
		"m6g.2xlarge": {Arch: versions.ARM64, CPU: 8, MemoryMiB: 32768, MaxPods: 58, AllocatableMilliCPU: 7910, AllocatableMemoryMi: 29317},
		"c7i.4xlarge": {Arch: versions.AMD64, CPU: 16, MemoryMiB: 32768, MaxPods: 110, AllocatableMilliCPU: 15890, AllocatableMemoryMi: 27381},
		"t3.medium":   {Arch: versions.AMD64, CPU: 2, MemoryMiB: 4096, MaxPods: 17, AllocatableMilliCPU: 1930, AllocatableMemoryMi: 3246},
		"t3.large":    {Arch: versions.AMD64, CPU: 2, MemoryMiB: 8192, MaxPods: 35, AllocatableMilliCPU: 1930, AllocatableMemoryMi: 6837},
		"r5.large":    {Arch: versions.AMD64, CPU: 2, MemoryMiB: 16384, MaxPods: 29, AllocatableMilliCPU: 1930, AllocatableMemoryMi: 14481},
	} {
		t.Run(name, func(t *testing.T) {
			want.Name = name
			got, err := versions.Instance(name)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestInstanceTypes(t *testing.T) {
	names := versions.InstanceTypes()
	if len(names) != 52 { // 12 families of four sizes, and four t3
		t.Errorf("%d types: %v", len(names), names)
	}
	for _, name := range names {
		if got, err := versions.Instance(name); err != nil || got.AllocatableMemoryMi <= 0 || got.AllocatableMilliCPU <= 0 {
			t.Errorf("%s = %+v, %v", name, got, err)
		}
	}
}

func TestAllocatableDisk(t *testing.T) {
	// A 20 GiB node reports 18242267924 bytes allocatable, that is 17397 MiB.
	if got := versions.AllocatableDiskMi(20); got != 17396 {
		t.Errorf("20 GiB leaves %d MiB, want 17396", got)
	}
}

func TestLeast(t *testing.T) {
	one, err := versions.Least("m5.large")
	if want, _ := versions.Instance("m5.large"); err != nil || one != want {
		t.Errorf("of one type: %+v, %v, want the type itself", one, err)
	}
	// Half the memory of the first, and fewer pods by the third.
	got, err := versions.Least("m5.large", "c5.xlarge", "t3.medium")
	want := versions.InstanceType{
		Name: "m5.large", Arch: versions.AMD64, CPU: 2, MemoryMiB: 4096, MaxPods: 17, AllocatableMilliCPU: 1930, AllocatableMemoryMi: 3246,
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, names := range [][]string{nil, {"m5.large", "m5.huge"}} {
		if _, err := versions.Least(names...); err == nil {
			t.Errorf("%v: no error", names)
		}
	}
}

func TestRoom(t *testing.T) {
	large, err := versions.Instance("m5.large")
	if err != nil {
		t.Fatal(err)
	}
	// Of 1930m, 6903Mi and 29 pods: aws-node 50m, kube-proxy 100m, ebs-csi-node 30m and 120Mi, and the agent.
	if got, want := large.Room(), (versions.Room{MilliCPU: 1750, MemoryMi: 6783, Pods: 25}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
