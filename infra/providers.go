package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// providers are the only ones: default providers are off, so that nothing picks
// up a region, an account or a kubeconfig from where the program happens to run.
type providers struct {
	aws        *aws.Provider
	eks        *eks.Provider
	kubernetes *kubernetes.Provider // nil until the cluster is there
}

// cloud makes the providers that need no cluster.
func (b *build) cloud() (err error) {
	args := &aws.ProviderArgs{
		Region:      pulumi.String(b.cfg.Region),
		DefaultTags: &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(b.cfg.DefaultTags())},
	}
	if len(b.cfg.AccountIDs) > 0 {
		args.AllowedAccountIds = pulumi.ToStringArray(b.cfg.AccountIDs)
	}
	if b.aws, err = aws.NewProvider(b.ctx, b.name("aws"), args); err != nil {
		return fmt.Errorf("aws: %w", err)
	}
	if b.eks, err = eks.NewProvider(b.ctx, b.name("eks"), &eks.ProviderArgs{}); err != nil {
		return fmt.Errorf("eks: %w", err)
	}
	return nil
}

// inside makes the provider for what lives in the cluster.
func (b *build) inside() (err error) {
	b.kubernetes, err = kubernetes.NewProvider(b.ctx, b.name("kubernetes"), &kubernetes.ProviderArgs{
		Kubeconfig:            b.kubeconfig(),
		EnableServerSideApply: pulumi.Bool(true),
	})
	return err
}
