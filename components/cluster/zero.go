package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/versions"
)

const (
	templatePrefix = "k8s.io/cluster-autoscaler/node-template/"
	volumeZone     = "topology.ebs.csi.aws.com/zone"
)

// templateTags tell the Cluster Autoscaler what a node of an empty group will look like. Without them it takes the whole machine
// for allocatable, and scales up for pods that then do not fit. A node group's own tags do not reach its Auto
// Scaling group, hence tags one by one.
//
// Pods are those that the interfaces allow, 29 on m5.large. With prefix delegation EKS lets a node of such a group have 110, so an
// empty group is under-estimated, which is the safe side: once a node is there, the autoscaler goes by the node.
func (c *Cluster) templateTags(ctx *pulumi.Context, name string, g NodeGroup, group *eks.NodeGroup) error {
	tags, err := g.template()
	if err != nil {
		return err
	}
	scaling := group.Resources.Index(pulumi.Int(0)).AutoscalingGroups().Index(pulumi.Int(0)).Name().Elem()
	for _, key := range sortedKeys(tags) {
		_, err := autoscaling.NewTag(ctx, name+"-"+key, &autoscaling.TagArgs{
			AutoscalingGroupName: scaling,
			Tag: autoscaling.TagTagArgs{
				Key:               pulumi.String(templatePrefix + key),
				Value:             pulumi.String(tags[key]),
				PropagateAtLaunch: pulumi.Bool(false),
			},
		}, c.child(pulumi.DeletedWith(group))...) // the Auto Scaling group goes with the node group, and its tags with it
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

// template returns those tags by key, less the prefix.
func (g NodeGroup) template() (map[string]string, error) {
	least, err := g.smallest()
	if err != nil {
		return nil, err
	}
	tags := map[string]string{
		"resources/cpu":               fmt.Sprintf("%dm", least.AllocatableMilliCPU),
		"resources/memory":            fmt.Sprintf("%dMi", least.AllocatableMemoryMi),
		"resources/pods":              fmt.Sprint(least.MaxPods),
		"resources/ephemeral-storage": fmt.Sprintf("%dMi", versions.AllocatableDiskMi(g.diskGiB())),
	}
	for key, value := range g.labels() {
		// A tag without a value crashes the autoscaler; it has labels from EKS as well.
		if value != "" {
			tags["label/"+key] = value
		}
	}
	if len(g.Zones) == 1 {
		// Lets a pod that waits for its volume bring up a node of the volume's zone.
		tags["label/"+volumeZone] = g.Zones[0]
	}
	for _, t := range g.Taints {
		tags["taint/"+t.Key] = t.Value + ":" + t.Effect
	}
	return tags, nil
}
