package aws

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// groupFilters reads the filters of an Auto Scaling call; byTag lets tag:KEY in.
func groupFilters(in *Call, known map[string]bool, byTag bool) ([]Props, error) {
	filters := objs(in.Params, "Filters")
	for _, f := range filters {
		name := str(f, "Name")
		if !known[name] && !(byTag && strings.HasPrefix(name, "tag:")) {
			return nil, fail("ValidationError", "Filter type %s is not correct. Allowed Filter types are: %s", name, strings.Join(slices.Sorted(maps.Keys(known)), " "))
		}
	}
	return filters, nil
}

// passes says that tags match every filter, each by any of its values.
func passes(tags map[string]string, filters []Props) bool {
	for _, f := range filters {
		values := strs(f, "Values")
		one := func(k, v string) bool {
			switch name := str(f, "Name"); name {
			case "tag-key":
				return slices.Contains(values, k)
			case "tag-value":
				return slices.Contains(values, v)
			default:
				return name == "tag:"+k && slices.Contains(values, v)
			}
		}
		found := false
		for k, v := range tags {
			found = found || one(k, v)
		}
		if !found {
			return false
		}
	}
	return true
}

func describeGroupTags(t *Tx, in *Call) (Props, error) {
	fields := map[string]string{
		"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value", "propagate-at-launch": "PropagateAtLaunch",
	}
	known := map[string]bool{}
	for name := range fields {
		known[name] = true
	}
	filters, err := groupFilters(in, known, false)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, g := range regional(t, in, tokenGroup) {
		for _, tag := range groupTagItems(t, g) {
			fits := func(f Props) bool {
				values := valuesAt(tag, []string{fields[str(f, "Name")]})
				return len(values) == 1 && slices.Contains(strs(f, "Values"), values[0])
			}
			if !slices.ContainsFunc(filters, func(f Props) bool { return !fits(f) }) {
				list = append(list, tag)
			}
		}
	}
	return asgPages.page(in, "Tags", list)
}

// describeActivities lists what groups did, the newest first, from the list that the group keeps.
func describeActivities(t *Tx, in *Call) (Props, error) {
	groups := regional(t, in, tokenGroup)
	if name := str(in.Params, "AutoScalingGroupName"); name != "" {
		g := groupNamed(t, in, name)
		if g == nil {
			return nil, kinds[tokenGroup].missing(name)
		}
		groups = []*Record{g}
	}
	ids := strs(in.Params, "ActivityIds")
	list := []any{}
	for _, g := range groups {
		done, err := t.activities(g.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range done {
			if len(ids) == 0 || slices.Contains(ids, a.ID) {
				list = append(list, activityItem(g, a))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b any) int {
		return b.(Props)["StartTime"].(time.Time).Compare(a.(Props)["StartTime"].(time.Time))
	})
	return asgPages.page(in, "Activities", list)
}

func activityItem(g *Record, a Activity) Props {
	return Props{
		"ActivityId": a.ID, "AutoScalingGroupName": g.ID, "AutoScalingGroupARN": g.State["arn"], "Description": a.Description,
		"Cause": a.Cause, "StartTime": a.Time, "EndTime": a.Time, "StatusCode": a.Status, "StatusMessage": some(a.Message), "Progress": 100,
		"Details": "{}",
	}
}
