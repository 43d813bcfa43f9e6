package infra

import (
	"slices"
	"testing"
)

// Room is cut for the least node of all groups that may hold it, whatever the groups are called.
func TestHeadroomCountsEveryGroup(t *testing.T) {
	c := Config{NodeGroups: map[string]NodeGroup{
		"big":     {InstanceTypes: []string{"m5.4xlarge"}},
		"default": {InstanceTypes: []string{"m5.large", "c5.large"}},
		"spot":    {InstanceTypes: []string{"t3.small"}, Taints: []Taint{{Key: "spot"}}},
	}}
	if got, want := c.types(c.untainted()), []string{"m5.4xlarge", "m5.large", "c5.large"}; !slices.Equal(got, want) {
		t.Errorf("types %v, want %v", got, want)
	}
}
