package release

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
)

// provide makes the providers: the cluster's, and AWS's if some service acts as a role. Without one the deploy asks AWS for nothing.
func (d *deploy) provide(team string, entries []*entry) error {
	cluster, err := kubernetes.NewProvider(d.ctx, "kubernetes", &kubernetes.ProviderArgs{
		Kubeconfig:            pulumi.String(d.platform.Kubeconfig),
		EnableServerSideApply: pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	d.providers = append(d.providers, cluster)
	i := slices.IndexFunc(entries, func(e *entry) bool { return e.Role != "" })
	if i < 0 {
		return nil
	}
	cloud, err := aws.NewProvider(d.ctx, "aws", &aws.ProviderArgs{
		Region: pulumi.String(d.platform.Region),
		// Roles are of the platform's account, or EKS would not take them.
		AllowedAccountIds: pulumi.ToStringArray([]string{account(entries[i].Role)}),
		DefaultTags:       &aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(tags(d.platform, team))},
	})
	d.providers = append(d.providers, cloud)
	return err
}

// tags are the platform's, and the team's name, at which the rights of its release role end.
func tags(p *Platform, team string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, p.Tags)
	all[labels.Team] = team
	return all
}

// account is whose a resource is, by its ARN.
func account(arn string) string { return strings.Split(arn, ":")[4] }
