package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// nodePolicies are what a node may do, by the suffix of the attachment's name. Pods get their own rights by Pod Identity and,
// with the metadata hop limit of 1, cannot borrow these, unless they are on the host's network, which Pod Security
// forbids from baseline on.
var nodePolicies = []struct{ suffix, policy string }{
	{"worker", "AmazonEKSWorkerNodePolicy"},
	{"cni", "AmazonEKS_CNI_Policy"},
	{"registry", "AmazonEC2ContainerRegistryReadOnly"},
}

// nodeRole makes the role of all node groups. It is ours, not the component's: the node groups depend on its policies, so that
// on the way down the CNI keeps its rights while nodes still drain.
func (c *Cluster) nodeRole(ctx *pulumi.Context, name string, args *Args, p *parts) error {
	role, err := c.role(ctx, name+"-node", "Nodes of the EKS cluster "+args.Name, policy.AssumeByService("ec2."+policy.DNSSuffix(args.Partition)))
	if err != nil {
		return err
	}
	for _, n := range nodePolicies {
		attachment, err := c.attach(ctx, name+"-node-"+n.suffix, role, args, n.policy)
		if err != nil {
			return err
		}
		p.attachments = append(p.attachments, attachment)
	}
	p.role, c.NodeRoleARN = role, role.Arn
	return nil
}

// role makes a role whose name is generated, so that clusters of one name in two regions do not meet in IAM.
func (c *Cluster) role(ctx *pulumi.Context, name, description string, trust policy.Document) (*iam.Role, error) {
	return iam.NewRole(ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust.JSON()),
	}, c.child()...)
}

func (c *Cluster) attach(ctx *pulumi.Context, name string, role *iam.Role, args *Args, managed string) (pulumi.Resource, error) {
	partition := args.Partition
	if partition == "" {
		partition = "aws"
	}
	return iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String(policy.ManagedPolicyARN(partition, managed)),
	}, c.child()...)
}
