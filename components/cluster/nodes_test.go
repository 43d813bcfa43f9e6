package cluster_test

import (
	"slices"
	"strings"
	"testing"

	"paddock/components/cluster"
	"paddock/components/testkit"
)

const scalingTag = "aws:autoscaling/tag:Tag"

func TestLaunchTemplate(t *testing.T) {
	args := defaults()
	args.NodeGroups[0].DiskGiB = 80
	args.NodeGroups[0].Tags = map[string]string{"Environment": "test"}
	template := run(t, args).Get(t, "aws:ec2/launchTemplate:LaunchTemplate test-general")
	testkit.Golden(t, "launch-template.json", template.Plain())
}

func TestNodeGroupDefaults(t *testing.T) {
	got := run(t, defaults()).Get(t, group)
	testkit.Golden(t, "node-group.json", got.Plain())
	if !slices.Equal(got.IgnoreChanges, []string{"scalingConfig.desiredSize", "subnetIds"}) {
		t.Errorf("ignoreChanges = %v: the autoscaler's desired size would be set back, or a new zone replace the group", got.IgnoreChanges)
	}
	if got.DeleteBeforeReplace || got.DeletedWith != "" {
		t.Error("a node group is replaced before it is deleted, and deleted before its cluster")
	}
}

// A drain that PodDisruptionBudgets hold up takes a quarter of an hour a node: an update of many nodes outlasts the provider's hour.
func TestNodeGroupTimeouts(t *testing.T) {
	if got, want := run(t, defaults()).Get(t, group).Timeouts, [3]string{"30m", "6h", "2h"}; got != want {
		t.Errorf("create, update, delete: %v, want %v", got, want)
	}
}

func TestResizeTakesTheDesiredSizeForOnce(t *testing.T) {
	args := defaults()
	args.NodeGroups[0].Resize = true
	args.NodeGroups[0].Zones = []string{"us-west-2a"}
	if left := run(t, args).Get(t, group).IgnoreChanges; len(left) > 0 {
		t.Errorf("ignoreChanges = %v, want none: both values are the operator's", left)
	}
}

func TestNodeGroupSettings(t *testing.T) {
	args := defaults()
	args.NodeGroups = append(args.NodeGroups, cluster.NodeGroup{
		Name: "spot-arm", InstanceTypes: []string{"m6g.xlarge", "m7g.large"}, Spot: true, Max: 9, MaxUnavailable: 3,
		Labels: map[string]string{"tier": "batch", "flag": ""}, Zones: []string{"us-west-2b"},
		Taints: []cluster.Taint{
			{Key: "spot", Effect: "NoSchedule"}, {Key: "team", Value: "red", Effect: "NoExecute"}, {Key: "soft", Effect: "PreferNoSchedule"},
		},
	})
	got := run(t, args)
	testkit.Golden(t, "node-group-spot.json", got.Get(t, "aws:eks/nodeGroup:NodeGroup test-spot-arm").Plain())

	tags := map[string]string{}
	for _, tag := range got.OfType(scalingTag) {
		if !strings.HasPrefix(tag.Name, "test-spot-arm-") {
			continue
		}
		key, _ := tag.Input("tag.key").(string)
		tags[key], _ = tag.Input("tag.value").(string)
		if tag.Input("tag.propagateAtLaunch") != false {
			t.Errorf("%s goes to the instances", key)
		}
	}
	testkit.Golden(t, "scale-from-zero.json", tags)
}

func TestScaleFromZeroTags(t *testing.T) {
	got := run(t, defaults())
	nodes := got.Get(t, group)
	for suffix, want := range map[string]string{
		"resources/cpu": "1930m", "resources/memory": "6903Mi", "resources/pods": "29", "resources/ephemeral-storage": "45044Mi",
		"label/paddock.dev/node-group": "general",
	} {
		tag := got.Get(t, scalingTag+" test-general-"+suffix)
		expect(t, tag, map[string]any{
			"autoscalingGroupName": "eks-test-general", // as the recorder names it
			"tag.key":              "k8s.io/cluster-autoscaler/node-template/" + suffix, "tag.value": want,
		})
		if tag.DeletedWith != nodes.URN {
			t.Errorf("%s: deletedWith = %q, want the node group", tag.Key(), tag.DeletedWith)
		}
	}
	if n := len(got.OfType(scalingTag)); n != 5 {
		t.Errorf("%d tags, want 5", n)
	}
}

// Growing a group must be an update in place of that group and nothing else.
func TestSizeChangesOnlyTheGroup(t *testing.T) {
	before := run(t, defaults())
	args := defaults()
	args.NodeGroups[0].Min, args.NodeGroups[0].Max = 3, 9
	args.NodeGroups[0].Desired = 3
	after := run(t, args)
	if !slices.Equal(before.Keys(), after.Keys()) {
		t.Errorf("resources change: %v, then %v", before.Keys(), after.Keys())
	}
	for key, r := range after {
		same := r.Inputs.DeepEquals(before[key].Inputs)
		if same == (key == group) {
			t.Errorf("%s: inputs the same: %v", key, same)
		}
	}
}

// A further group must leave those that run alone.
func TestAddingAGroupOnlyAdds(t *testing.T) {
	before := run(t, defaults())
	args := defaults()
	args.NodeGroups = append(args.NodeGroups, cluster.NodeGroup{Name: "more", Max: 2})
	after := run(t, args)
	for key, r := range before {
		if !r.Inputs.DeepEquals(after.Get(t, key).Inputs) {
			t.Errorf("%s changes", key)
		}
	}
	for key := range after {
		if _, old := before[key]; !old && !strings.Contains(key, "test-more") {
			t.Errorf("%s is new, though it is not of the new group", key)
		}
	}
}
