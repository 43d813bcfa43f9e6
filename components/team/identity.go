package team

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// identities let the pods of service accounts act as IAM roles, by EKS Pod Identity. The team itself can make none: EKS has no
// condition key for the namespace of an association, so whoever may make one for a namespace may for all, kube-system too.
//
// EKS wants no service account to be there yet. Pods that were admitted before get no credentials.
func (f *fence) identities(ctx *pulumi.Context) error {
	for _, account := range slices.Sorted(maps.Keys(f.Roles)) {
		// Neither namespace nor account has a dot, so that no two associations have one name.
		_, err := eks.NewPodIdentityAssociation(ctx, f.prefix+"."+account+"-identity", &eks.PodIdentityAssociationArgs{
			ClusterName:    f.cluster,
			Namespace:      f.namespace,
			ServiceAccount: pulumi.String(account),
			RoleArn:        pulumi.String(f.Roles[account]),
		}, f.outside...)
		if err != nil {
			return fmt.Errorf("%s: %w", account, err)
		}
	}
	return nil
}
