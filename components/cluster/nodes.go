package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nodeGroups makes the groups side by side.
func (c *Cluster) nodeGroups(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	var names pulumi.StringArray
	for _, g := range args.NodeGroups {
		template, err := c.launchTemplate(ctx, name+"-"+g.Name, args, g)
		if err != nil {
			return fmt.Errorf("%s: launch template: %w", g.Name, err)
		}
		group, err := c.nodeGroup(ctx, name+"-"+g.Name, args, g, template, p)
		if err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
		if err := c.templateTags(ctx, name+"-"+g.Name, g, group); err != nil {
			return fmt.Errorf("%s: scale-from-zero tags: %w", g.Name, err)
		}
		c.Nodes = append(c.Nodes, group)
		names = append(names, group.NodeGroupName)
	}
	c.NodeGroupNames = names.ToStringArrayOutput()
	return nil
}

// launchTemplate holds what a managed group cannot say itself. It names no image and no security group: EKS then keeps choosing
// the AMI and the cluster's own group.
func (c *Cluster) launchTemplate(ctx *pulumi.Context, name string, args *Args, g NodeGroup) (*ec2.LaunchTemplate, error) {
	tags := pulumi.StringMap{"Name": pulumi.String(args.Name + "-" + g.Name)}
	for key, value := range g.Tags {
		tags[key] = pulumi.String(value)
	}
	var specifications ec2.LaunchTemplateTagSpecificationArray
	for _, kind := range []string{"instance", "volume"} {
		specifications = append(specifications, ec2.LaunchTemplateTagSpecificationArgs{ResourceType: pulumi.String(kind), Tags: tags})
	}
	return ec2.NewLaunchTemplate(ctx, name, &ec2.LaunchTemplateArgs{
		NamePrefix:           pulumi.String(prefix(args.Name+"-"+g.Name, 99)),
		Description:          pulumi.String("Node group " + g.Name + " of the EKS cluster " + args.Name),
		UpdateDefaultVersion: pulumi.Bool(true),
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint:            pulumi.String("enabled"),
			HttpTokens:              pulumi.String("required"), // IMDSv2
			HttpPutResponseHopLimit: pulumi.Int(1),             // out of reach of pods that are not on the host's network
		},
		BlockDeviceMappings: ec2.LaunchTemplateBlockDeviceMappingArray{ec2.LaunchTemplateBlockDeviceMappingArgs{
			DeviceName: pulumi.String("/dev/xvda"), // the root volume of AL2023
			Ebs: ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
				VolumeType:          pulumi.String("gp3"),
				VolumeSize:          pulumi.Int(g.diskGiB()),
				Encrypted:           pulumi.String("true"),
				DeleteOnTermination: pulumi.String("true"),
			},
		}},
		TagSpecifications: specifications,
	}, c.child()...)
}

// nodeGroupTimeouts are not the provider's, an hour each. An update drains nodes MaxUnavailable at a time, and EKS waits a quarter
// of an hour for the PodDisruptionBudgets of each: a large group takes hours, and giving up on it half-way helps nobody. A group
// that is deleted drains likewise, all nodes at once. One that has not come up in half an hour never will.
var nodeGroupTimeouts = pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m", Update: "6h", Delete: "2h"})

// nodeGroup is AWS's own resource: pulumi-eks v2 cannot leave the desired size to the autoscaler. Its name is generated, since
// most changes (instance types, zones, capacity) replace the group and the new one must take the pods before the old one goes.
func (c *Cluster) nodeGroup(ctx *pulumi.Context, name string, args *Args, g NodeGroup, template *ec2.LaunchTemplate, p *parts) (*eks.NodeGroup, error) {
	least, err := g.smallest()
	if err != nil {
		return nil, err
	}
	return eks.NewNodeGroup(ctx, name, &eks.NodeGroupArgs{
		ClusterName:         c.Name,
		NodeGroupNamePrefix: pulumi.String(prefix(g.Name, MaxGroupName+1)),
		Version:             pulumi.String(args.Version), // follows the control plane, which it depends on
		NodeRoleArn:         p.role.Arn,
		SubnetIds:           g.subnets(args),
		InstanceTypes:       pulumi.ToStringArray(g.instanceTypes()),
		AmiType:             pulumi.String(g.amiType(least.Arch)),
		CapacityType:        pulumi.String(g.capacityType()),
		Labels:              pulumi.ToStringMap(g.labels()),
		Taints:              g.taints(),
		ScalingConfig:       g.scaling(),
		UpdateConfig:        eks.NodeGroupUpdateConfigArgs{MaxUnavailable: pulumi.Int(g.maxUnavailable())},
		LaunchTemplate: eks.NodeGroupLaunchTemplateArgs{
			Id:      template.ID(),
			Version: template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput),
		},
	}, c.child(
		pulumi.IgnoreChanges(g.left()),
		nodeGroupTimeouts,
		// The component is among them for its access entry of the node role: EKS would make one too, and the second to come fails.
		pulumi.DependsOn(slices.Concat([]pulumi.Resource{c.EKS}, p.attachments, p.early, args.NodesReady)),
	)...)
}

func (g NodeGroup) scaling() eks.NodeGroupScalingConfigArgs {
	return eks.NodeGroupScalingConfigArgs{
		MinSize: pulumi.Int(g.Min), DesiredSize: pulumi.Int(g.Desired), MaxSize: pulumi.Int(g.Max),
	}
}

// subnets are private, always.
func (g NodeGroup) subnets(args *Args) pulumi.StringArray {
	zones := g.Zones
	if len(zones) == 0 {
		zones = slices.Collect(maps.Keys(args.SubnetByZone))
	}
	var ids pulumi.StringArray
	for _, zone := range slices.Sorted(slices.Values(zones)) {
		ids = append(ids, args.SubnetByZone[zone])
	}
	return ids
}

// left is what an update leaves alone: the desired size is the autoscaler's, unless the operator takes it for once, as AWS
// demands of a minimum that is raised above it; and a group that names no zones stays in those it was made in, because AWS can
// only replace a group whose subnets change, and a zone added to the network must replace nothing.
func (g NodeGroup) left() []string {
	var left []string
	if !g.Resize {
		left = append(left, "scalingConfig.desiredSize")
	}
	if len(g.Zones) == 0 {
		left = append(left, "subnetIds")
	}
	return left
}

// taints always carry a value: the autoscaler drops a taint whose value EKS reports as null.
func (g NodeGroup) taints() eks.NodeGroupTaintArray {
	var list eks.NodeGroupTaintArray
	for _, t := range g.Taints {
		list = append(list, eks.NodeGroupTaintArgs{
			Key: pulumi.String(t.Key), Value: pulumi.String(t.Value), Effect: pulumi.String(effects[t.Effect]),
		})
	}
	return list
}

// prefix ends a generated name's fixed part with a hyphen, within limit characters.
func prefix(name string, limit int) string {
	return name[:min(len(name), limit-1)] + "-"
}
