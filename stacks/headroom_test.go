package stacks_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	slicesOfDev = "kubernetes:apps/v1:Deployment paddock-dev-headroom-slices"
	scalerOfDev = "kubernetes:apps/v1:Deployment paddock-dev-headroom-scaler"
)

// Headroom is there where it is wanted, and nothing else changes with it.
func TestHeadroomOnlyAdds(t *testing.T) {
	before := with(t, nil)
	for headroom, objects := range map[string]int{`{"nodes": 1}`: 4, `{"share": 0.1}`: 11} {
		created, deleted, changed := difference(before, with(t, map[string]string{"paddock:headroom": headroom}))
		if len(created) != objects || len(deleted)+len(changed) > 0 {
			t.Errorf("%s: created %v, deleted %v, changed %v", headroom, created, deleted, changed)
		}
		for _, key := range created {
			if !strings.Contains(key, " paddock-dev-headroom") {
				t.Errorf("%s: %s is not headroom's", headroom, key)
			}
		}
	}
}

// Room is kept where any pod can use it, in slices of the least node of all such groups.
func TestHeadroomKeepsOutOfTaintedGroups(t *testing.T) {
	got := with(t, map[string]string{
		"paddock:headroom": `{"share": 0.1}`,
		"paddock:nodeGroups": `{
			"batch": {"instanceTypes": ["m5.4xlarge"], "taints": [{"key": "batch", "effect": "PreferNoSchedule"}]},
			"default": {"instanceTypes": ["m5.xlarge"]}, "more": {}}`,
	})
	slices := got.Get(t, slicesOfDev)
	if affinity := fmt.Sprint(slices.Input("spec.template.spec.affinity")); !strings.Contains(affinity, "key:paddock.dev/node-group operator:In values:[default more]") {
		t.Errorf("affinity %s", affinity)
	}
	if n := slices.Input("spec.replicas"); n != 4.0 {
		t.Errorf("%v slices, want 4: two for each vCPU of an m5.large, as more has", n)
	}
	containers := fmt.Sprint(got.Get(t, scalerOfDev).Input("spec.template.spec.containers"))
	if want := "--nodelabels=paddock.dev/node-group in (default,more)"; !strings.Contains(containers, want) {
		t.Errorf("the share is not of those groups: %s", containers)
	}
}
