package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

var _ = operates("autoscaling", map[string]*operation{
	"DescribeAutoScalingGroups":           {run: reading(describeGroups)},
	"DescribeAutoScalingInstances":        {run: reading(describeGroupInstances)},
	"DescribeScalingActivities":           {run: reading(describeActivities)},
	"DescribeTags":                        {run: reading(describeGroupTags)},
	"DescribeLaunchConfigurations":        {run: reading(describeLaunchConfigurations)},
	"SetDesiredCapacity":                  {on: onGroup, run: setDesiredCapacity},
	"TerminateInstanceInAutoScalingGroup": {on: onGroupOfInstance, run: terminateInGroup},
	"UpdateAutoScalingGroup":              {on: onGroup, run: updateGroup},
})

// groupARN is the ARN of a group, with * for the id of one that is not there.
func groupARN(in *Call, g *Record, name string) Target {
	if g == nil {
		return Target{ARN: in.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/"+name)}
	}
	return Target{ARN: str(g.State, "arn"), Tags: pairs(g.State, "tags")}
}

func onGroup(t *Tx, in *Call) []Target {
	name := str(in.Params, "AutoScalingGroupName")
	return []Target{groupARN(in, groupNamed(t, in, name), name)}
}

func onGroupOfInstance(t *Tx, in *Call) []Target {
	if r := t.peek(tokenInstance, str(in.Params, "InstanceId")); r != nil {
		name := str(r.State, "group")
		return []Target{groupARN(in, groupNamed(t, in, name), name)}
	}
	return []Target{groupARN(in, nil, "*")}
}

func groupNamed(t *Tx, in *Call, name string) *Record {
	if g := t.peek(tokenGroup, name); g != nil && g.Region == in.Region {
		return g
	}
	return nil
}

// groupTag is a tag of a group. New instances get those that propagate.
type groupTag struct {
	value     string
	propagate bool
}

// groupTags are EKS's own, which propagate, and those that tag resources add, which say so themselves.
func groupTags(t *Tx, g *Record) map[string]groupTag {
	out := map[string]groupTag{}
	for k, v := range pairs(g.State, "tags") {
		tag := groupTag{v, true}
		if r := t.peek(tokenGroupTag, g.ID+","+k); r != nil {
			tag.propagate = yes(r.State, "tag.propagateAtLaunch", false)
		}
		out[k] = tag
	}
	return out
}

func groupTagItems(t *Tx, g *Record) []any {
	out := []any{}
	tags := groupTags(t, g)
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, Props{
			"Key": k, "Value": tags[k].value, "PropagateAtLaunch": tags[k].propagate, "ResourceId": g.ID, "ResourceType": "auto-scaling-group",
		})
	}
	return out
}

func groupItem(t *Tx, g *Record) Props {
	instances := []any{}
	for _, r := range t.list(tokenInstance) {
		if str(r.State, "group") == g.ID {
			item := groupInstance(t, g, r)
			delete(item, "AutoScalingGroupName")
			instances = append(instances, item)
		}
	}
	item := Props{
		"AutoScalingGroupName": g.ID, "AutoScalingGroupARN": g.State["arn"], "MixedInstancesPolicy": mixedInstances(t, g),
		"MinSize": g.State["minSize"], "MaxSize": g.State["maxSize"], "DesiredCapacity": g.State["desiredCapacity"], "DefaultCooldown": 300,
		"AvailabilityZones": listOf(strs(g.State, "availabilityZones")), "VPCZoneIdentifier": strings.Join(strs(g.State, "subnetIds"), ","),
		"LoadBalancerNames": []any{}, "TargetGroupARNs": []any{}, "TrafficSources": []any{}, "SuspendedProcesses": []any{}, "EnabledMetrics": []any{},
		"HealthCheckType": "EC2", "HealthCheckGracePeriod": 15, "Instances": instances, "CreatedTime": g.Created, "Tags": groupTagItems(t, g),
		"TerminationPolicies":              []any{"AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"},
		"NewInstancesProtectedFromScaleIn": false, "CapacityRebalance": spotGroup(t, g),
		"ServiceLinkedRoleARN": fmt.Sprintf("arn:%s:iam::%s:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
			partition, t.store.account),
	}
	if nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup")); nodes != nil && str(nodes.Private, "phase") == phaseDeleting {
		item["Status"] = "Delete in progress"
	}
	return item
}

func spotGroup(t *Tx, g *Record) bool {
	nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup"))
	return nodes != nil && str(nodes.State, "capacityType") == "SPOT"
}

// templateRef is the launch template of a group, as the group and its instances name it.
func templateRef(t *Tx, g *Record) Props {
	own := groupTemplate(t, g)
	return Props{"LaunchTemplateId": own.ID, "LaunchTemplateName": own.State["name"], "Version": "1"}
}

// mixedInstances is what EKS gives the groups of node groups: its own template, and the node group's instance types over it.
// Autoscalers read the type of a node that does not exist yet from the first of these.
func mixedInstances(t *Tx, g *Record) Props {
	overrides := []any{}
	if nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup")); nodes != nil {
		for _, of := range strs(nodes.State, "instanceTypes") {
			overrides = append(overrides, Props{"InstanceType": of})
		}
	}
	share, strategy := 100, "lowest-price"
	if spotGroup(t, g) {
		share, strategy = 0, "capacity-optimized"
	}
	return Props{
		"LaunchTemplate": Props{"LaunchTemplateSpecification": templateRef(t, g), "Overrides": overrides},
		"InstancesDistribution": Props{
			"OnDemandAllocationStrategy": "prioritized", "OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": share,
			"SpotAllocationStrategy": strategy,
		},
	}
}

// groupInstance is an instance as Auto Scaling shows it.
func groupInstance(t *Tx, g, r *Record) Props {
	return Props{
		"InstanceId": r.ID, "AutoScalingGroupName": g.ID, "InstanceType": r.State["instanceType"], "AvailabilityZone": r.State["availabilityZone"],
		"LifecycleState": r.State["lifecycleState"], "HealthStatus": r.State["healthStatus"], "LaunchTemplate": templateRef(t, g),
		"ProtectedFromScaleIn": false,
	}
}

func describeGroups(t *Tx, in *Call) (Props, error) {
	filters, err := groupFilters(in, map[string]bool{"tag-key": true, "tag-value": true}, true)
	if err != nil {
		return nil, err
	}
	names := strs(in.Params, "AutoScalingGroupNames")
	list := []any{}
	for _, g := range regional(t, in, tokenGroup) {
		if len(names) > 0 && !slices.Contains(names, g.ID) { // a name that nothing has is no error
			continue
		}
		if passes(pairs(g.State, "tags"), filters) {
			list = append(list, groupItem(t, g))
		}
	}
	return asgPages.page(in, "AutoScalingGroups", list)
}

func describeGroupInstances(t *Tx, in *Call) (Props, error) {
	ids := strs(in.Params, "InstanceIds")
	list := []any{}
	for _, r := range regional(t, in, tokenInstance) {
		g := t.peek(tokenGroup, str(r.State, "group"))
		if g == nil || len(ids) > 0 && !slices.Contains(ids, r.ID) {
			continue
		}
		item := groupInstance(t, g, r)
		item["HealthStatus"] = strings.ToUpper(str(item, "HealthStatus")) // only this call shouts
		list = append(list, item)
	}
	return asgPages.page(in, "AutoScalingInstances", list)
}

// describeLaunchConfigurations has nothing to show: groups are made from templates.
func describeLaunchConfigurations(_ *Tx, in *Call) (Props, error) {
	return asgPages.page(in, "LaunchConfigurations", nil)
}

func setDesiredCapacity(_ context.Context, c *Cloud, in *Call) (Props, error) {
	n, ok := paramInt(in, "DesiredCapacity", -1)
	if !ok || n < 0 {
		return nil, fail("ValidationError", "1 validation error detected: Value at 'desiredCapacity' failed to satisfy constraint: Member must not be null")
	}
	name, found := str(in.Params, "AutoScalingGroupName"), false
	c.store.view(func(t *Tx) { found = groupNamed(t, in, name) != nil })
	if !found {
		return nil, kinds[tokenGroup].missing(name)
	}
	return nil, c.setDesired(name, n)
}

func terminateInGroup(ctx context.Context, c *Cloud, in *Call) (Props, error) {
	id, decrement := str(in.Params, "InstanceId"), paramYes(in, "ShouldDecrementDesiredCapacity")
	var g *Record
	zone, subnet := "", ""
	c.store.view(func(t *Tx) {
		if r := t.peek(tokenInstance, id); r != nil {
			g, zone, subnet = groupNamed(t, in, str(r.State, "group")), str(r.State, "availabilityZone"), str(r.State, "subnetId")
		}
	})
	if g == nil {
		return nil, fail("ValidationError", "Instance Id not found - No managed instance found for instance ID: %s", id)
	}
	if err := c.Terminate(ctx, id, decrement); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	cause := fmt.Sprintf("At %s instance %s was taken out of service in response to a user request.", now.Format(time.RFC3339), id)
	if decrement {
		cause = fmt.Sprintf("At %s instance %s was taken out of service in response to a user request, shrinking the capacity.", now.Format(time.RFC3339), id)
	}
	return Props{"Activity": Props{
		"ActivityId": uuid(), "AutoScalingGroupName": g.ID, "AutoScalingGroupARN": g.State["arn"], "Description": "Terminating EC2 instance: " + id, "Cause": cause,
		"StartTime": now, "StatusCode": "InProgress", "Progress": 0,
		"Details": fmt.Sprintf(`{"Subnet ID":%q,"Availability Zone":%q}`, subnet, zone),
	}}, nil
}
