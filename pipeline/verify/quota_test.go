package verify

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The pod for a quota is over it, whatever one container may have.
func TestOver(t *testing.T) {
	for name, tc := range map[string]struct {
		hard, most string
		containers int // 0 = none will do
	}{
		"within a container's limit": {"4", "8", 1},
		"no limit of a container":    {"4", "0", 1},
		"several containers":         {"4", "2", 3},
		"a fraction":                 {"4500m", "2", 3},
		"nothing allowed":            {"0", "2", 1},
		"too many containers":        {"10k", "1", 0},
	} {
		p := over(corev1.ResourceCPU, resource.MustParse(tc.hard), resource.MustParse(tc.most))
		if p == nil {
			if tc.containers > 0 {
				t.Errorf("%s: no pod", name)
			}
			continue
		}
		sum := resource.Quantity{}
		for _, c := range p.Spec.Containers {
			sum.Add(c.Resources.Requests["cpu"])
		}
		if len(p.Spec.Containers) != tc.containers || sum.Cmp(resource.MustParse(tc.hard)) <= 0 {
			t.Errorf("%s: %d containers with %s", name, len(p.Spec.Containers), sum.String())
		}
	}
}
