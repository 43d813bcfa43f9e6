package vpc

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// flowLogInterval is how long records gather before they are written, in seconds; 60 costs about ten times the records.
const flowLogInterval = 600

// flowLogs records accepted and refused traffic of the whole VPC.
func (v *Vpc) flowLogs() error {
	if v.args.FlowLogDays == 0 {
		return nil
	}
	name := v.name + "-flow-logs"
	// The role below cannot create groups, so none comes back after destroy to block the next up.
	group, err := cloudwatch.NewLogGroup(v.ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/vpc-flow-logs/" + v.name),
		RetentionInDays: pulumi.Int(v.args.FlowLogDays),
		Tags:            named(name),
	}, v.under()...)
	if err != nil {
		return err
	}
	role, rights, err := v.flowLogRole(name, group)
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(v.ctx, name, &ec2.FlowLogArgs{
		VpcId:                  v.vpc.ID(),
		TrafficType:            pulumi.String("ALL"),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         group.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(flowLogInterval),
		Tags:                   named(name),
	}, v.under(pulumi.DependsOn([]pulumi.Resource{rights}))...)
	return err
}

func (v *Vpc) flowLogRole(name string, group *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	role, err := iam.NewRole(v.ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Writes the VPC's flow logs"),
		AssumeRolePolicy: policy.Output(v.flowLogTrust, v.vpc.OwnerId),
		Tags:             named(name),
	}, v.under()...)
	if err != nil {
		return nil, nil, err
	}
	rights, err := iam.NewRolePolicy(v.ctx, name, &iam.RolePolicyArgs{
		Role:   role.ID(),
		Policy: policy.Output(flowLogRights, group.Arn),
	}, v.under()...)
	return role, rights, err
}

// flowLogTrust lets the service act for this account's flow logs in this region only.
func (v *Vpc) flowLogTrust(values []string) policy.Document {
	account := values[0]
	source := "arn:" + policy.PartitionOf(v.args.Region) + ":ec2:" + v.args.Region + ":" + account + ":vpc-flow-log/*"
	return policy.AssumeByService("vpc-flow-logs.amazonaws.com").When(
		policy.StringEquals("aws:SourceAccount", account),
		policy.ArnLike("aws:SourceArn", source),
	)
}

func flowLogRights(values []string) policy.Document {
	group := values[0]
	return policy.Document{Statements: []policy.Statement{
		{
			Sid:       "Write",
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []string{group, group + ":*"},
		},
		// The service looks its group up by listing, which no ARN of one group allows.
		{Sid: "Find", Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}},
	}}
}
