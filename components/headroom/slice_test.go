package headroom_test

import (
	"fmt"
	"testing"

	"paddock/components/testkit"
	"paddock/components/versions"
)

// size reads what a slice asks for, and how many there are.
func size(t *testing.T, r testkit.Resource) (milliCPU, memoryMi, count int) {
	t.Helper()
	resources := container(t, r)["resources"].(map[string]any)
	if fmt.Sprint(resources["requests"]) != fmt.Sprint(resources["limits"]) {
		t.Errorf("requests %v, limits %v", resources["requests"], resources["limits"])
	}
	requests := resources["requests"].(map[string]any)
	for key, read := range map[string]struct {
		form string
		into *int
	}{"cpu": {"%dm", &milliCPU}, "memory": {"%dMi", &memoryMi}} {
		if _, err := fmt.Sscanf(requests[key].(string), read.form, read.into); err != nil {
			t.Fatalf("%s: %v: %v", key, requests[key], err)
		}
	}
	return milliCPU, memoryMi, int(input[float64](t, r, "spec.replicas"))
}

// By hand, for the instance type that the platform starts with: see the comment of slice.
func TestSliceOfM5Large(t *testing.T) {
	milliCPU, memoryMi, count := size(t, record(t, fixed(1)).Get(t, sleepers))
	if milliCPU != 437 || memoryMi != 1695 || count != 4 {
		t.Errorf("%d slices of %dm and %dMi, want 4 of 437m and 1695Mi", count, milliCPU, memoryMi)
	}
}

// Whatever the instance: so many nodes of headroom fill so many nodes, no more and no fewer.
func TestSlicesFillWholeNodes(t *testing.T) {
	const nodes = 3
	for _, name := range versions.InstanceTypes() {
		node, err := versions.Instance(name)
		if err != nil {
			t.Fatal(err)
		}
		a := fixed(nodes)
		a.InstanceTypes = []string{name}
		milliCPU, memoryMi, count := size(t, record(t, a).Get(t, sleepers))
		room := node.Room()
		fit := min(room.MilliCPU/milliCPU, room.MemoryMi/memoryMi, room.Pods)
		if count != nodes*fit {
			t.Errorf("%s: %d slices of %dm and %dMi for %d nodes, of which each holds %d", name, count, milliCPU, memoryMi, nodes, fit)
		}
		if fit > room.Pods/2 {
			t.Errorf("%s: slices take %d of %d pods", name, fit, room.Pods)
		}
	}
}

// A group of several types gets slices that fit on each of them.
func TestSlicesOfSeveralTypes(t *testing.T) {
	a := fixed(1)
	a.InstanceTypes = []string{"m5.large", "c5.large"}
	milliCPU, memoryMi, count := size(t, record(t, a).Get(t, sleepers))
	c5, err := versions.Instance("c5.large")
	if err != nil {
		t.Fatal(err)
	}
	if milliCPU != 437 || memoryMi != c5.Room().MemoryMi/4 || count != 4 {
		t.Errorf("%d slices of %dm and %dMi", count, milliCPU, memoryMi)
	}
}
