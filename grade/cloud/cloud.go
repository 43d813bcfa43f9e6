// Package cloud asks AWS about the instances of a cluster's node groups. It needs four rights: autoscaling's
// DescribeAutoScalingInstances, DescribeAutoScalingGroups and, to go back to where a run began,
// TerminateInstanceInAutoScalingGroup; EC2's DescribeInstances.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/logging"
)

// clusterTag is what EKS puts on the Auto Scaling groups of its node groups.
const clusterTag = "eks:cluster-name"

// Groups are the Auto Scaling groups of one cluster.
type Groups struct {
	scaling *autoscaling.Client
	compute *ec2.Client
	filters []astypes.Filter
	names   []string
}

// Find looks for the groups that the given instances, a cluster's nodes, belong to, and for the cluster's others. Credentials
// and region are those that the AWS CLI would take; AWS_ENDPOINT_URL counts.
func Find(ctx context.Context, instances []string) (*Groups, error) {
	if len(instances) == 0 {
		return nil, errors.New("aws: no node has an instance")
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("aws: %w", err)
	}
	g := &Groups{scaling: autoscaling.NewFromConfig(cfg), compute: ec2.NewFromConfig(cfg)}
	found, err := g.scaling.DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: instances[:min(50, len(instances))]})
	if err != nil {
		return nil, fmt.Errorf("aws: %w", err)
	}
	for _, i := range found.AutoScalingInstances {
		if name := aws.ToString(i.AutoScalingGroupName); !slices.Contains(g.names, name) {
			g.names = append(g.names, name)
		}
	}
	if len(g.names) == 0 {
		return nil, errors.New("aws: no node's instance is in an Auto Scaling group")
	}
	list, err := g.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, tag := range list[0].Tags {
		if aws.ToString(tag.Key) == clusterTag {
			g.filters = []astypes.Filter{{Name: aws.String("tag:" + clusterTag), Values: []string{aws.ToString(tag.Value)}}}
		}
	}
	return g, nil
}

// list gives the cluster's groups: by its tag once that is known.
func (g *Groups) list(ctx context.Context) ([]astypes.AutoScalingGroup, error) {
	in := &autoscaling.DescribeAutoScalingGroupsInput{Filters: g.filters}
	if g.filters == nil {
		in.AutoScalingGroupNames = g.names
	}
	var out []astypes.AutoScalingGroup
	for pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(g.scaling, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("aws: %w", err)
		}
		out = append(out, page.AutoScalingGroups...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("aws: Auto Scaling groups %v are gone", g.names)
	}
	return out, nil
}

// Look gives, by id, whether each instance that is paid for runs, and the desired sizes of the groups.
func (g *Groups) Look(ctx context.Context) (map[string]bool, map[string]int, error) {
	list, err := g.list(ctx)
	if err != nil {
		return nil, nil, err
	}
	groups, ids := map[string]int{}, []string{}
	for _, group := range list {
		groups[aws.ToString(group.AutoScalingGroupName)] = int(aws.ToInt32(group.DesiredCapacity))
		for _, i := range group.Instances {
			ids = append(ids, aws.ToString(i.InstanceId))
		}
	}
	instances, err := g.states(ctx, ids)
	return instances, groups, err
}

// states asks by filter: an id that has just gone is then no error.
func (g *Groups) states(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for some := range slices.Chunk(ids, 200) {
		in := &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{{Name: aws.String("instance-id"), Values: some}}}
		for pages := ec2.NewDescribeInstancesPaginator(g.compute, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("aws: %w", err)
			}
			for _, r := range page.Reservations {
				for _, i := range r.Instances {
					switch i.State.Name {
					case ec2types.InstanceStateNamePending, ec2types.InstanceStateNameRunning:
						out[aws.ToString(i.InstanceId)] = i.State.Name == ec2types.InstanceStateNameRunning
					}
				}
			}
		}
	}
	return out, nil
}

// Bounds gives the sum of the groups' least and most sizes.
func (g *Groups) Bounds(ctx context.Context) (least, most int, err error) {
	list, err := g.list(ctx)
	for _, group := range list {
		least += int(aws.ToInt32(group.MinSize))
		most += int(aws.ToInt32(group.MaxSize))
	}
	return least, most, err
}

// Terminate ends instances and makes their groups smaller by them, as the autoscaler does.
func (g *Groups) Terminate(ctx context.Context, ids []string) error {
	var errs []error
	for _, id := range ids {
		_, err := g.scaling.TerminateInstanceInAutoScalingGroup(ctx, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
			InstanceId: aws.String(id), ShouldDecrementDesiredCapacity: aws.Bool(true),
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("aws: instance %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}
