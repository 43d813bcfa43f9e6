package conformance

import (
	"cmp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

func (r *rig) autoscaling() *autoscaling.Client { return autoscaling.NewFromConfig(r.config) }

func groupFilter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

// The question of the Cluster Autoscaler, and all that it reads of the answer.
func TestGroupsAsTheAutoscalerAsks(t *testing.T) {
	c := p.autoscaling()
	out := ok[*autoscaling.DescribeAutoScalingGroupsOutput](t)(c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		MaxRecords: ptr(int32(100)),
		Filters:    []types.Filter{groupFilter("tag-key", "k8s.io/cluster-autoscaler/enabled"), groupFilter("tag:k8s.io/cluster-autoscaler/dev", "owned")},
	}))
	want(t, "groups", len(out.AutoScalingGroups), 2)
	g := out.AutoScalingGroups[0]
	want(t, "name", at(g.AutoScalingGroupName), p.group())
	want(t, "sizes", [3]int32{at(g.MinSize), at(g.DesiredCapacity), at(g.MaxSize)}, [3]int32{1, 3, 6})
	want(t, "zones", len(g.AvailabilityZones), 3)
	mixed := g.MixedInstancesPolicy.LaunchTemplate
	want(t, "types", at(mixed.Overrides[0].InstanceType), "m5.large")
	want(t, "types", at(mixed.Overrides[1].InstanceType), "m5a.large")
	want(t, "spot share", at(out.AutoScalingGroups[1].MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity), 0)
	want(t, "instances", len(g.Instances), 3)
	for _, i := range g.Instances {
		want(t, "health", at(i.HealthStatus), "Healthy")
		want(t, "lifecycle", i.LifecycleState, types.LifecycleStateInService)
		want(t, "template", at(i.LaunchTemplate.LaunchTemplateId), at(mixed.LaunchTemplateSpecification.LaunchTemplateId))
	}
	tags := map[string]types.TagDescription{}
	for _, tag := range g.Tags {
		tags[at(tag.Key)] = tag
		want(t, "tag's resource", at(tag.ResourceId), p.group())
	}
	want(t, "tag", at(tags["eks:nodegroup-name"].Value), "general")
	want(t, "propagates", at(tags["eks:nodegroup-name"].PropagateAtLaunch), true)
	want(t, "propagates", at(tags["k8s.io/cluster-autoscaler/node-template/label/team"].PropagateAtLaunch), false)
	none := ok[*autoscaling.DescribeAutoScalingGroupsOutput](t)(c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{"none"},
	}))
	want(t, "unknown groups", len(none.AutoScalingGroups), 0)
	_, err := c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{Filters: []types.Filter{groupFilter("colour", "red")}})
	refused(t, err, "ValidationError")
}

func TestGroupsInPages(t *testing.T) {
	c := p.autoscaling()
	first := ok[*autoscaling.DescribeAutoScalingGroupsOutput](t)(c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		MaxRecords: ptr(int32(1)),
	}))
	second := ok[*autoscaling.DescribeAutoScalingGroupsOutput](t)(c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
		MaxRecords: ptr(int32(1)), NextToken: first.NextToken,
	}))
	if at(first.AutoScalingGroups[0].AutoScalingGroupName) == at(second.AutoScalingGroups[0].AutoScalingGroupName) || second.NextToken != nil {
		t.Errorf("pages: %v then %v, token %v", first.AutoScalingGroups, second.AutoScalingGroups, second.NextToken)
	}
	_, err := c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{NextToken: ptr("junk")})
	modelled[*types.InvalidNextToken](t, err)
	_, err = c.DescribeTags(t.Context(), &autoscaling.DescribeTagsInput{NextToken: first.NextToken})
	modelled[*types.InvalidNextToken](t, err)
}

func TestGroupParts(t *testing.T) {
	c := p.autoscaling()
	instances := ok[*autoscaling.DescribeAutoScalingInstancesOutput](t)(c.DescribeAutoScalingInstances(t.Context(), &autoscaling.DescribeAutoScalingInstancesInput{}))
	want(t, "instances", len(instances.AutoScalingInstances), 4)
	want(t, "group", at(instances.AutoScalingInstances[0].AutoScalingGroupName), p.group())
	want(t, "health", at(instances.AutoScalingInstances[0].HealthStatus), "HEALTHY")
	tags := ok[*autoscaling.DescribeTagsOutput](t)(c.DescribeTags(t.Context(), &autoscaling.DescribeTagsInput{
		Filters: []types.Filter{groupFilter("auto-scaling-group", p.group()), groupFilter("key", "eks:cluster-name", "eks:nodegroup-name")},
	}))
	want(t, "tags", len(tags.Tags), 2)
	old := ok[*autoscaling.DescribeLaunchConfigurationsOutput](t)(c.DescribeLaunchConfigurations(t.Context(), &autoscaling.DescribeLaunchConfigurationsInput{}))
	want(t, "launch configurations", len(old.LaunchConfigurations), 0)
	activities := ok[*autoscaling.DescribeScalingActivitiesOutput](t)(c.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{
		AutoScalingGroupName: ptr(p.group()),
	}))
	for i := 1; i < len(activities.Activities); i++ {
		if activities.Activities[i].StartTime.After(*activities.Activities[i-1].StartTime) {
			t.Error("activities are not the newest first")
		}
	}
	_, err := c.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{AutoScalingGroupName: ptr("none")})
	refused(t, err, "ValidationError")
}

// The sizes of a group change; a maximum below what there is takes instances away.
func TestGroupSizes(t *testing.T) {
	fresh, end := newPlatform(t, t.TempDir())
	defer end()
	c, name := fresh.autoscaling(), fresh.group()
	update := func(in autoscaling.UpdateAutoScalingGroupInput) error {
		in.AutoScalingGroupName = cmp.Or(in.AutoScalingGroupName, &name)
		_, err := c.UpdateAutoScalingGroup(t.Context(), &in)
		return err
	}
	for what, in := range map[string]autoscaling.UpdateAutoScalingGroupInput{
		"unknown":   {AutoScalingGroupName: ptr("none"), MaxSize: ptr(int32(9))},
		"beyond":    {DesiredCapacity: ptr(int32(7))},
		"backwards": {MinSize: ptr(int32(9))},
		"other":     {DefaultCooldown: ptr(int32(9))},
	} {
		if err := update(in); err == nil {
			t.Errorf("%s: accepted", what)
		} else {
			refused(t, err, "ValidationError")
		}
	}
	if err := update(autoscaling.UpdateAutoScalingGroupInput{MaxSize: ptr(int32(8)), DesiredCapacity: ptr(int32(7))}); err != nil {
		t.Fatal(err)
	}
	want(t, "largest size", at(fresh.wait(t, name, 7).MaxSize), 8)
	if err := update(autoscaling.UpdateAutoScalingGroupInput{MaxSize: ptr(int32(2))}); err != nil {
		t.Fatal(err)
	}
	want(t, "desired", at(fresh.wait(t, name, 2).DesiredCapacity), 2)
}

// Scaling as the autoscaler does it: a size up, then one node away.
func TestScaling(t *testing.T) {
	fresh, end := newPlatform(t, t.TempDir())
	defer end()
	c, name := fresh.autoscaling(), fresh.group()
	set := func(n int32) error {
		_, err := c.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: &name, DesiredCapacity: &n, HonorCooldown: ptr(false)})
		return err
	}
	refused(t, set(7), "ValidationError")
	if err := set(5); err != nil {
		t.Fatal(err)
	}
	group := fresh.wait(t, name, 5)
	gone := group.Instances[0]
	out := ok[*autoscaling.TerminateInstanceInAutoScalingGroupOutput](t)(c.TerminateInstanceInAutoScalingGroup(t.Context(),
		&autoscaling.TerminateInstanceInAutoScalingGroupInput{InstanceId: gone.InstanceId, ShouldDecrementDesiredCapacity: ptr(true)}))
	want(t, "description", at(out.Activity.Description), "Terminating EC2 instance: "+at(gone.InstanceId))
	want(t, "status", out.Activity.StatusCode, types.ScalingActivityStatusCodeInProgress)
	want(t, "desired", at(fresh.wait(t, name, 4).DesiredCapacity), 4)
	_, err := c.TerminateInstanceInAutoScalingGroup(t.Context(),
		&autoscaling.TerminateInstanceInAutoScalingGroupInput{InstanceId: ptr("i-0none"), ShouldDecrementDesiredCapacity: ptr(true)})
	refused(t, err, "ValidationError")
	_, err = c.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: ptr("none"), DesiredCapacity: ptr(int32(1))})
	refused(t, err, "ValidationError")
}

// wait returns the group once it has n instances in service and no other.
func (r *rig) wait(t *testing.T, name string, n int) types.AutoScalingGroup {
	t.Helper()
	for range 200 {
		out := ok[*autoscaling.DescribeAutoScalingGroupsOutput](t)(r.autoscaling().DescribeAutoScalingGroups(t.Context(),
			&autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}}))
		serving := 0
		for _, i := range out.AutoScalingGroups[0].Instances {
			if i.LifecycleState == types.LifecycleStateInService {
				serving++
			}
		}
		if serving == n && len(out.AutoScalingGroups[0].Instances) == n {
			return out.AutoScalingGroups[0]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("group %s does not come to %d instances", name, n)
	return types.AutoScalingGroup{}
}
