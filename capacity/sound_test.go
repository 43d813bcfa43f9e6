package capacity

import (
	"math/rand/v2"
	"slices"
	"testing"

	"paddock/components/versions"
)

// A fault is certain: whatever can be packed onto the nodes, pod by pod, is none.
func TestNoFaultWhereAPackingIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	types, packed, faults := versions.InstanceTypes(), 0, 0
	for range 3000 {
		c := Cluster{System: System(random.IntN(2) == 0)}
		for i := range 1 + random.IntN(3) {
			c.Groups = append(c.Groups, Group{Name: string(rune('a' + i)), InstanceTypes: []string{types[random.IntN(len(types))]}, Max: 1 + random.IntN(8)})
		}
		w := Workload{Name: "w", Max: 1 + random.IntN(60), Request: Size{int64(random.IntN(2000)), int64(random.IntN(6000)) * mebi}}
		nodes, err := c.kinds()
		if err != nil {
			t.Fatal(err)
		}
		found := c.alone(nodes, w)
		switch fits := pack(nodes, append(slices.Clone(c.System), Pods{"w", w.Request, w.Max})) <= all(nodes); {
		case fits && len(found) > 0:
			t.Fatalf("%+v on %+v fits: %s", w, c.Groups, found[0].Text)
		case fits:
			packed++
		case len(found) > 0:
			faults++
		}
	}
	if packed < 300 || faults < 300 {
		t.Errorf("%d packings and %d faults: the draw shows nothing", packed, faults)
	}
}
