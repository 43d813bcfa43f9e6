// Package access admits IAM principals to a cluster by EKS access entries.
package access

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// adminPolicy is the same in every account of a partition; "aws" between the colons is the owner.
const adminPolicy = ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

// Args is what an Access is made from.
type Args struct {
	ClusterName pulumi.StringInput
	Partition   string  // "aws-cn", "aws-us-gov"; unset: "aws"
	Entries     []Entry // one per principal, whoever names it: EKS refuses a second one
	// Gone is pulumi.DeletedWith(the cluster), for every child; unset: children are deleted one by one.
	Gone pulumi.ResourceOption
}

// Entry is what one principal may do in the cluster.
type Entry struct {
	Key       string             // names the resources; use Key(principal). Unique among the entries
	Principal pulumi.StringInput // ARN of an IAM role or user; never the one that creates the cluster
	Groups    []string           // Kubernetes groups, sorted; unset: none
	Admin     bool               // may do everything, in every namespace
}

// Access is the set of entries of one cluster.
type Access struct {
	pulumi.ResourceState

	name string
	args *Args
}

// New makes one access entry per entry. opts are the component's; its children inherit the provider.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Access, error) {
	a := &Access{name: name, args: args}
	if err := check(args.Entries); err != nil {
		return nil, fmt.Errorf("access %s: %w", name, err)
	}
	if err := ctx.RegisterComponentResource("paddock:access:Access", name, a, opts...); err != nil {
		return nil, fmt.Errorf("access %s: %w", name, err)
	}
	for _, entry := range args.Entries {
		if err := a.admit(ctx, entry); err != nil {
			return nil, fmt.Errorf("access %s: %s: %w", name, entry.Key, err)
		}
	}
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
}

func check(entries []Entry) error {
	var errs []error
	seen := map[string]bool{}
	for i, entry := range entries {
		switch {
		case entry.Key == "":
			errs = append(errs, fmt.Errorf("entry %d: has no key; use access.Key", i))
		case seen[entry.Key]:
			errs = append(errs, fmt.Errorf("entry %s: given twice; EKS allows one entry per principal", entry.Key))
		}
		if entry.Principal == nil {
			errs = append(errs, fmt.Errorf("entry %s: has no principal", entry.Key))
		}
		seen[entry.Key] = true
	}
	return errors.Join(errs...)
}

// admit makes the entry and, for an administrator, ties the policy to it.
func (a *Access) admit(ctx *pulumi.Context, entry Entry) error {
	name := a.name + "-" + entry.Key
	made, err := eks.NewAccessEntry(ctx, name, &eks.AccessEntryArgs{
		ClusterName:      a.args.ClusterName,
		PrincipalArn:     entry.Principal,
		Type:             pulumi.String("STANDARD"),
		KubernetesGroups: pulumi.ToStringArray(entry.Groups),
		// A replaced entry (another cluster) has the same principal: the old one must go first.
	}, a.under(pulumi.DeleteBeforeReplace(true))...)
	if err != nil || !entry.Admin {
		return err
	}
	partition := a.args.Partition
	if partition == "" {
		partition = "aws"
	}
	_, err = eks.NewAccessPolicyAssociation(ctx, name+"-admin", &eks.AccessPolicyAssociationArgs{
		ClusterName:  a.args.ClusterName,
		PrincipalArn: made.PrincipalArn,
		PolicyArn:    pulumi.String("arn:" + partition + adminPolicy),
		AccessScope:  &eks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
		// AWS knows it by principal and policy: made first and deleted after, the delete would take the new one.
	}, a.under(pulumi.DeleteBeforeReplace(true), pulumi.DependsOn([]pulumi.Resource{made}))...)
	return err
}

// under returns the options of a child: the parent, the cluster whose end is its own, and what is added.
func (a *Access) under(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	all := []pulumi.ResourceOption{pulumi.Parent(a)}
	if a.args.Gone != nil {
		all = append(all, a.args.Gone)
	}
	return append(all, opts...)
}

const (
	maxSlug  = 40 // characters of the principal's own name
	hashSize = 4  // bytes; tells apart what a slug blurs: accounts, paths, case
)

// Key turns a principal, a full ARN or the operator's short form, into a stable name for its
// resources: its last word in lower case and a hash of the whole ("deployer-1f2e3d4c").
func Key(principal string) string {
	last := principal[strings.LastIndexAny(principal, "/:")+1:]
	var slug strings.Builder
	for _, r := range strings.ToLower(last) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			slug.WriteRune(r)
		} else if s := slug.String(); s != "" && !strings.HasSuffix(s, "-") {
			slug.WriteByte('-')
		}
	}
	short := slug.String()
	short = strings.Trim(short[:min(len(short), maxSlug)], "-")
	sum := sha256.Sum256([]byte(principal))
	hash := hex.EncodeToString(sum[:hashSize])
	if short == "" {
		return hash
	}
	return short + "-" + hash
}
