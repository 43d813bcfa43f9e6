package delivery

import "paddock/components/policy"

// limit narrows actions on a kind of resource to those of one platform, as far as AWS lets it.
type limit struct {
	service, kind string   // of the ARN; kind "*" = any
	actions       string   // patterns, separated by spaces
	name          string   // ends the statement's Sid; "" = the kind's main one
	names         []string // in place of the ARN's last part; none = as it is
	when          policy.Conditions
}

// platformTag is on all that the provider makes; infra sets it.
const (
	resourceTag = "aws:ResourceTag/Platform"
	requestTag  = "aws:RequestTag/Platform"
)

var (
	owned   = policy.StringEquals(resourceTag, "{platform}")
	created = policy.StringEquals(requestTag, "{platform}")
	// unclaimed lets through what carries no such tag: what is about to be made, what EC2 makes by itself with a VPC, and kinds
	// without tags. What another platform owns, or bootstrap, stays out of reach, and cannot be given a new owner; what nobody
	// owns can be given the platform's tag, and is the platform's then.
	unclaimed = policy.Join(policy.StringEqualsIfExists(resourceTag, "{platform}"),
		policy.StringEqualsIfExists(requestTag, "{platform}"))
)

// attachable are the policies of AWS's own that the platform's roles have. Attaching AdministratorAccess would be no deployment.
var attachable = []string{
	"AmazonEC2ContainerRegistryReadOnly", "AmazonEKSClusterPolicy", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
	"service-role/AmazonEBSCSIDriverPolicy",
}

func attachableARNs() []string {
	var list []string
	for _, name := range attachable {
		list = append(list, policy.ManagedPolicyARN("{partition}", name))
	}
	return list
}

// limits are looked through from the top; the first that fits counts. Names are those that Pulumi generates: of roles and log
// groups they begin with the platform's.
//
// What stays wide, because AWS has nothing narrower: all that lists or describes in EC2, Auto Scaling and Logs, EC2 resources
// without a tag, and the documents of inline policies: a deployment may write into a role P-* whatever it likes, and so can make
// itself as mighty as it wants to be. What keeps that from happening is who may merge into the protected branch.
var limits = []limit{
	{service: "", kind: "", actions: "kms:CreateKey", when: created, name: "Create"},
	{service: "", kind: "", actions: "*:Describe* *:List* *:Get*"},

	{service: "iam", kind: "role/", actions: "iam:CreateServiceLinkedRole", name: "Linked",
		names: []string{"role/aws-service-role/*"},
		when:  policy.StringEquals("iam:AWSServiceName", "eks.amazonaws.com", "eks-nodegroup.amazonaws.com")},
	{service: "iam", kind: "role/", actions: "iam:AttachRolePolicy iam:DetachRolePolicy", name: "Attach",
		names: []string{"role/{platform}-*"}, when: policy.Conditions{"ArnEquals": {"iam:PolicyARN": attachableARNs()}}},
	{service: "iam", kind: "role/", actions: "*", names: []string{"role/{platform}-*"}},

	{service: "eks", kind: "cluster/", actions: "*", names: []string{"cluster/{platform}"}},
	{service: "eks", kind: "nodegroup/", actions: "*", names: []string{"nodegroup/{platform}/*"}},
	{service: "eks", kind: "addon/", actions: "*", names: []string{"addon/{platform}/*"}},
	{service: "eks", kind: "access-entry/", actions: "*", names: []string{"access-entry/{platform}/*"}},
	{service: "eks", kind: "podidentityassociation/", actions: "*", names: []string{"podidentityassociation/{platform}/*"}},

	{service: "acm", kind: "certificate/", actions: "acm:RequestCertificate", name: "Create", when: created},
	{service: "acm", kind: "certificate/", actions: "acm:DeleteCertificate", name: "Delete", when: owned},
	{service: "acm", kind: "certificate/", actions: "*", when: unclaimed},

	// Of a zone, only the records that prove a domain to ACM, whichever zone that is: its name is not the platform's.
	{service: "route53", kind: "hostedzone/", actions: "route53:ChangeResourceRecordSets", name: "Prove", when: policy.Conditions{
		"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": {"CNAME"}},
		"ForAllValues:StringLike":   {"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"_*"}},
	}},
	{service: "route53", kind: "hostedzone/", actions: "*"},
	{service: "route53", kind: "change/", actions: "*"},

	{service: "ecr", kind: "repository/", actions: "*", names: []string{"repository/{platform}/*"}},

	{service: "logs", kind: "log-group:", actions: "logs:DescribeLogGroups", name: "List"},
	{service: "logs", kind: "log-group:", actions: "*",
		names: []string{"log-group:/aws/eks/{platform}/*", "log-group:/aws/vpc-flow-logs/{platform}-*"}},

	// A grant opens what the key has encrypted, and a deleted key closes it for good: of the platform's own keys only. KMS says
	// that a tag may take minutes until it counts. What follows a key's creation at once would be refused, so the rest is
	// unclaimed; the grant comes with the cluster, later.
	{service: "kms", kind: "key/", actions: "kms:CreateGrant kms:ScheduleKeyDeletion", name: "Owned", when: owned},
	{service: "kms", kind: "key/", actions: "*", when: unclaimed},
	{service: "kms", kind: "alias/", actions: "*", names: []string{"alias/{platform}"}},

	// EKS puts this tag on the groups of its node groups.
	{service: "autoscaling", kind: "autoScalingGroup:", actions: "*",
		when: policy.StringEquals("aws:ResourceTag/eks:cluster-name", "{platform}")},

	{service: "ec2", kind: "image/", actions: "ec2:RunInstances"},
	{service: "ec2", kind: "*", actions: "ec2:Delete[^T]* ec2:DetachInternetGateway ec2:ReleaseAddress", name: "Delete",
		when: owned},
	{service: "ec2", kind: "*", actions: "*", when: unclaimed},
}
