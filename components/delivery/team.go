package delivery

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// TeamArgs say where a team's images come from and go to. The names are the caller's to check, with the operator's config paths
// at hand.
type TeamArgs struct {
	Name     string // of the team
	Platform string // of the platform, and of its cluster
	Account  Account
	Instance Instance // that Project is on
	Project  string   // group/project that builds and releases; empty = whoever of the account IAM lets take on the roles
	Branch   string   // the protected one of Project
	Services []string // each gets a repository; at least one
	State    Store    // of the team's own stack; the zero value: the release role reaches none
	Protect  bool     // refuse to delete the repositories
}

// Team is a team's way in: its repositories, and the two roles that its jobs, or its members, take on.
type Team struct {
	pulumi.ResourceState

	BuildRoleARN   pulumi.StringOutput
	ReleaseRoleARN pulumi.StringOutput
	Repositories   pulumi.StringMapOutput // service -> what images are called, without a tag
}

// NewTeam makes the repositories and the roles.
func NewTeam(ctx *pulumi.Context, name string, args *TeamArgs, opts ...pulumi.ResourceOption) (*Team, error) {
	t := &Team{}
	if len(args.Services) == 0 {
		return nil, fmt.Errorf("delivery of %s: %w", name, errors.New("services: empty: want one at least"))
	}
	if err := ctx.RegisterComponentResource("paddock:delivery:Team", name, t, opts...); err != nil {
		return nil, fmt.Errorf("delivery of %s: %w", name, err)
	}
	for _, step := range []func(*pulumi.Context, string, *TeamArgs) error{t.repositories, t.build, t.release} {
		if err := step(ctx, name, args); err != nil {
			return nil, fmt.Errorf("delivery of %s: %w", name, err)
		}
	}
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{
		"buildRoleArn": t.BuildRoleARN, "releaseRoleArn": t.ReleaseRoleARN, "repositories": t.Repositories,
	})
}

func (t *Team) repositories(ctx *pulumi.Context, name string, args *TeamArgs) error {
	urls := pulumi.StringMap{}
	for _, service := range args.Services {
		url, err := t.repository(ctx, name, service, args)
		if err != nil {
			return err
		}
		urls[service] = url
	}
	t.Repositories = urls.ToStringMapOutput()
	return nil
}

func (t *Team) build(ctx *pulumi.Context, name string, args *TeamArgs) (err error) {
	t.BuildRoleARN, err = t.role(ctx, name+"-build", BuildRole(args.Platform, args.Name),
		"Pushes the images of team "+args.Name, args, buildRights(args))
	return err
}

func (t *Team) release(ctx *pulumi.Context, name string, args *TeamArgs) (err error) {
	t.ReleaseRoleARN, err = t.role(ctx, name+"-release", ReleaseRole(args.Platform, args.Name),
		"Releases the services of team "+args.Name, args, releaseRights(args))
	return err
}

// maxInline is how many characters IAM takes of a role's inline policies.
const maxInline = 10240

// role makes a role with one inline policy.
func (t *Team) role(
	ctx *pulumi.Context, name, roleName, description string, args *TeamArgs, rights policy.Document,
) (pulumi.StringOutput, error) {
	if n := len(rights.JSON()); n > maxInline {
		return pulumi.StringOutput{}, fmt.Errorf("role %s: its rights have %d characters: IAM takes %d: want fewer services or roles", roleName, n, maxInline)
	}
	made, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:             pulumi.String(roleName),
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(args.trust().JSON()),
	}, pulumi.Parent(t), pulumi.DeleteBeforeReplace(true)) // its name is fixed
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	_, err = iam.NewRolePolicy(ctx, name, &iam.RolePolicyArgs{
		Name:   pulumi.String("delivery"),
		Role:   made.Name,
		Policy: pulumi.String(rights.JSON()),
	}, pulumi.Parent(t))
	return made.Arn, err
}

// trust is in the team's own project and branch, and in nobody else; without a project, in the account.
func (args *TeamArgs) trust() policy.Document {
	if args.Project == "" {
		return policy.AssumeByAccount(args.Account.Partition, args.Account.ID)
	}
	return OneBranch(args.Account, args.Instance, args.Project, args.Branch)
}
