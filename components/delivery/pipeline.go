package delivery

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// PipelineArgs say whose jobs preview and deploy which platform.
type PipelineArgs struct {
	Scope    Scope
	Instance Instance
	Project  string // group/project of the platform
	Branch   string // the protected one that is deployed
	State    State
	StateKey pulumi.StringInput // ARN of the key that encrypts the state
}

// Pipeline is the two roles that a platform's own jobs take on. An administrator makes it, never a job.
type Pipeline struct {
	pulumi.ResourceState

	PreviewRoleARN pulumi.StringOutput
	DeployRoleARN  pulumi.StringOutput
}

// NewPipeline makes the roles with their policies.
func NewPipeline(ctx *pulumi.Context, name string, args *PipelineArgs, opts ...pulumi.ResourceOption) (*Pipeline, error) {
	p := &Pipeline{}
	preview, err1 := args.Scope.Preview()
	deploy, err2 := args.Scope.Deploy()
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", name, err)
	}
	if err := ctx.RegisterComponentResource("paddock:delivery:Pipeline", name, p, opts...); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", name, err)
	}
	account, platform := args.Scope.Account, args.Scope.Platform
	reader := job{name + "-preview", PreviewRole(platform), "Previews " + platform,
		AnyRef(account, args.Instance, args.Project), preview, args.State.Read}
	writer := job{name + "-deploy", DeployRole(platform), "Deploys " + platform,
		OneBranch(account, args.Instance, args.Project, args.Branch), deploy, args.State.Write}
	p.PreviewRoleARN, err1 = p.admit(ctx, args, reader)
	p.DeployRoleARN, err2 = p.admit(ctx, args, writer)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("pipeline %s: %w", name, err)
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"previewRoleArn": p.PreviewRoleARN, "deployRoleArn": p.DeployRoleARN})
}

// job is one role: whom it trusts and what it may do.
type job struct {
	name, role, description string
	trust                   policy.Document
	rights                  []policy.Document
	state                   func(key string) policy.Document
}

func (p *Pipeline) admit(ctx *pulumi.Context, args *PipelineArgs, j job) (pulumi.StringOutput, error) {
	role, err := iam.NewRole(ctx, j.name, &iam.RoleArgs{
		Name:             pulumi.String(j.role),
		Description:      pulumi.String(j.description),
		AssumeRolePolicy: pulumi.String(j.trust.JSON()),
	}, pulumi.Parent(p), pulumi.DeleteBeforeReplace(true)) // its name is fixed
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	for i, document := range j.rights {
		if err := p.grant(ctx, j, fmt.Sprint("-", i+1), role, pulumi.String(document.JSON())); err != nil {
			return pulumi.StringOutput{}, err
		}
	}
	state := policy.Output(func(v []string) policy.Document { return j.state(v[0]) }, args.StateKey)
	return role.Arn, p.grant(ctx, j, "-state", role, state)
}

// grant makes a managed policy: inline ones of a role have 10240 characters in all.
func (p *Pipeline) grant(ctx *pulumi.Context, j job, suffix string, role *iam.Role, document pulumi.StringInput) error {
	made, err := iam.NewPolicy(ctx, j.name+suffix, &iam.PolicyArgs{
		Name: pulumi.String(j.role + suffix), Policy: document,
	}, pulumi.Parent(p), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return err
	}
	_, err = iam.NewRolePolicyAttachment(ctx, j.name+suffix, &iam.RolePolicyAttachmentArgs{
		Role: role.Name, PolicyArn: made.Arn,
	}, pulumi.Parent(p))
	return err
}
