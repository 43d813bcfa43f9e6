package account

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/delivery"
	"paddock/components/policy"
	"paddock/components/state"
)

// What the platforms' stacks are known by.
const (
	// project is the name in the platforms' Pulumi.yaml: it is part of the paths of their state.
	project  = "paddock"
	keyAlias = delivery.StateAlias
)

// Run is the program.
func Run(ctx *pulumi.Context) error {
	cfg, err := Load(os.Getenv(pulumi.EnvConfig))
	if err != nil {
		return fmt.Errorf("config of stack %s:\n%w", ctx.Stack(), err)
	}
	b := &build{ctx: ctx, cfg: cfg, exports: pulumi.Map{}}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"provider", b.provider}, {"state", b.state}, {"gitlab", b.gitlab}, {"environments", b.environments},
	} {
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	b.export()
	return nil
}

// tags are on all that bootstrap makes. What deploys a platform is kept from what has another Platform than its own; no
// platform's name has a colon.
func tags() map[string]string {
	return map[string]string{"Project": "paddock", "Platform": "bootstrap:account", "ManagedBy": "pulumi"}
}

// build is an account being prepared: each step leaves what the next ones need.
type build struct {
	ctx       *pulumi.Context
	cfg       Config
	aws       *aws.Provider
	account   delivery.Account
	statePart *state.State
	oidc      *delivery.Provider
	exports   pulumi.Map // by stack
}

func (b *build) provider() (err error) {
	args := &aws.ProviderArgs{
		Region:      pulumi.String(b.cfg.Region),
		DefaultTags: &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(tags())},
	}
	if len(b.cfg.AccountIDs) > 0 {
		args.AllowedAccountIds = pulumi.ToStringArray(b.cfg.AccountIDs)
	}
	if b.aws, err = aws.NewProvider(b.ctx, "account-aws", args); err != nil {
		return err
	}
	caller, err := aws.GetCallerIdentity(b.ctx, &aws.GetCallerIdentityArgs{}, pulumi.Provider(b.aws))
	if err != nil {
		return fmt.Errorf("caller identity: %w", err)
	}
	b.account = delivery.Account{Partition: policy.PartitionOf(b.cfg.Region), ID: caller.AccountId, Region: b.cfg.Region}
	if b.cfg.Bucket == "" {
		b.cfg.Bucket = delivery.StateBucket(caller.AccountId)
	}
	return nil
}

func (b *build) state() (err error) {
	b.statePart, err = state.New(b.ctx, "account-state", &state.Args{
		Bucket: b.cfg.Bucket, Alias: keyAlias, Partition: b.account.Partition,
	}, pulumi.Providers(b.aws))
	return err
}

func (b *build) gitlab() (err error) {
	b.oidc, err = delivery.NewProvider(b.ctx, "account-gitlab", &delivery.ProviderArgs{
		Instance: delivery.Instance(b.cfg.GitLab), Protect: true,
	}, pulumi.Providers(b.aws))
	return err
}

func (b *build) environments() error {
	for _, stack := range b.cfg.stacks() {
		e := b.cfg.environment(stack)
		account := b.account
		account.Region = e.Region
		made, err := delivery.NewPipeline(b.ctx, e.Name, &delivery.PipelineArgs{
			Scope:    delivery.Scope{Account: account, Platform: e.Name},
			Instance: delivery.Instance(b.cfg.GitLab),
			Project:  b.cfg.Project,
			Branch:   b.cfg.Branch,
			State:    delivery.State{Partition: account.Partition, Bucket: b.cfg.Bucket, Project: project, Stack: stack},
			StateKey: b.statePart.KeyARN,
		}, pulumi.Providers(b.aws))
		if err != nil {
			return fmt.Errorf("%s: %w", stack, err)
		}
		b.exports[stack] = pulumi.Map{
			"name": pulumi.String(e.Name), "region": pulumi.String(e.Region),
			"previewRoleArn": made.PreviewRoleARN, "deployRoleArn": made.DeployRoleARN,
		}
	}
	return nil
}

// export says what the pipeline needs to know.
func (b *build) export() {
	b.ctx.Export("region", pulumi.String(b.cfg.Region))
	b.ctx.Export("bucket", b.statePart.Bucket)
	b.ctx.Export("backendUrl", b.backend())
	b.ctx.Export("secretsProvider", b.secrets())
	b.ctx.Export("oidcProviderArn", b.oidc.ARN)
	b.ctx.Export("environments", b.exports)
	b.ctx.Export("variables", b.variables())
}
