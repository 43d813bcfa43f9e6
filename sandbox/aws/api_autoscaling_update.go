package aws

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// updateGroup changes a group's sizes. As on AWS, the node group that it belongs to knows nothing of it, and a maximum below the
// instances that there are lowers the desired capacity with it.
func updateGroup(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name := str(in.Params, "AutoScalingGroupName")
	sizes := map[string]string{"MinSize": "minSize", "MaxSize": "maxSize", "DesiredCapacity": "desiredCapacity"}
	for _, param := range slices.Sorted(maps.Keys(in.Params)) {
		if _, known := sizes[param]; !known && param != "AutoScalingGroupName" {
			return nil, fail("ValidationError", "aws stand-in: UpdateAutoScalingGroup: %s is not modelled; of a group, the sizes can be changed", param)
		}
	}
	done, err := c.begin()
	if err != nil {
		return nil, err
	}
	defer done()
	err = c.store.update(func(t *Tx) error {
		if groupNamed(t, in, name) == nil {
			return kinds[tokenGroup].missing(name)
		}
		g := t.get(tokenGroup, name)
		for param, field := range sizes {
			n, ok := paramInt(in, param, num(g.State, field, 0))
			if !ok || n < 0 {
				return fail("ValidationError", "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have value greater than or equal to 0", lowerFirst(param))
			}
			g.State[field] = n
		}
		low, high, desired := num(g.State, "minSize", 0), num(g.State, "maxSize", 0), num(g.State, "desiredCapacity", 0)
		if _, asked := in.Params["DesiredCapacity"]; !asked {
			g.State["desiredCapacity"] = min(max(desired, low), high)
		} else if desired < low || desired > high {
			return fail("ValidationError", "Desired capacity:%d must be between the specified min size:%d and max size:%d", desired, low, high)
		}
		if low > high {
			return fail("ValidationError", "Max bound, %d, must be greater than or equal to min bound, %d", high, low)
		}
		t.put(g)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.scaleSoon(name)
	return nil, nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
