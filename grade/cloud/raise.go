package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

// Raise lets the largest group grow until all groups together may have so many instances, and gives its own largest size and the way
// back. Where so many are allowed already it changes nothing, and there is no way back. It needs a fifth right: autoscaling's UpdateAutoScalingGroup.
func (g *Groups) Raise(ctx context.Context, most int) (name string, before int, back func(context.Context) error, err error) {
	list, err := g.list(ctx)
	if err != nil {
		return "", 0, nil, err
	}
	total := 0
	for _, group := range list {
		size := int(aws.ToInt32(group.MaxSize))
		total += size
		if size > before {
			name, before = aws.ToString(group.AutoScalingGroupName), size
		}
	}
	if total >= most {
		return name, before, nil, nil
	}
	back = func(ctx context.Context) error { return g.limit(ctx, name, before) }
	return name, before, back, g.limit(ctx, name, before+most-total)
}

func (g *Groups) limit(ctx context.Context, group string, most int) error {
	_, err := g.scaling.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(group), MaxSize: aws.Int32(int32(most)),
	})
	if err != nil {
		return fmt.Errorf("aws: group %s: largest size %d: %w", group, most, err)
	}
	return nil
}
