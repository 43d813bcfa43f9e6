package delivery

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ProviderArgs say which GitLab is believed.
type ProviderArgs struct {
	Instance Instance
	Protect  bool // refuse to delete it: without it no pipeline gets in
}

// Provider makes an account believe the tokens of one GitLab. There is one of each instance in an account.
type Provider struct {
	pulumi.ResourceState

	ARN pulumi.StringOutput
}

// NewProvider makes it. AWS verifies GitLab's certificate by its own roots, so no thumbprint is named that would run out.
func NewProvider(ctx *pulumi.Context, name string, args *ProviderArgs, opts ...pulumi.ResourceOption) (*Provider, error) {
	p := &Provider{}
	if rule := args.Instance.Check(); rule != "" {
		return nil, fmt.Errorf("delivery %s: %q: %s", name, args.Instance, rule)
	}
	if err := ctx.RegisterComponentResource("paddock:delivery:Provider", name, p, opts...); err != nil {
		return nil, fmt.Errorf("delivery %s: %w", name, err)
	}
	made, err := iam.NewOpenIdConnectProvider(ctx, name+"-oidc", &iam.OpenIdConnectProviderArgs{
		Url:           pulumi.String(args.Instance),
		ClientIdLists: pulumi.ToStringArray([]string{string(args.Instance)}),
	}, pulumi.Parent(p), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("delivery %s: provider: %w", name, err)
	}
	p.ARN = made.Arn
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"arn": p.ARN})
}
