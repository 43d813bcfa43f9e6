package conformance

import (
	"testing"

	"paddock/sandbox/aws"
)

func cliRefusals(t *testing.T, c *cli) {
	c.refusals(t, []refusal{
		{"eks describe-cluster --name none", []string{"(ResourceNotFoundException)", "DescribeCluster", "No cluster found for name: none"}},
		{"eks describe-nodegroup --cluster-name dev --nodegroup-name none", []string{"(ResourceNotFoundException)", "none"}},
		{"eks update-kubeconfig --name none --kubeconfig none.yaml", []string{"(ResourceNotFoundException)", "none"}},
		{"eks delete-cluster --name dev", []string{"(UnknownOperationException)"}},
		{"ec2 describe-vpcs --vpc-ids vpc-0none", []string{"(InvalidVpcID.NotFound)", "vpc-0none"}},
		{"ec2 describe-vpcs --filters Name=colour,Values=red", []string{"(InvalidParameterValue)", "colour"}},
		{"ec2 describe-instances --instance-ids i-0none", []string{"(InvalidInstanceID.NotFound)", "i-0none"}},
		{"ec2 describe-vpcs --dry-run", []string{"(DryRunOperation)"}},
		{"ec2 describe-vpc-peering-connections", []string{"(InvalidAction)", "not model"}},
		{"iam get-role --role-name none", []string{"(NoSuchEntity)", "none"}},
		{"autoscaling set-desired-capacity --auto-scaling-group-name none --desired-capacity 1", []string{"(ValidationError)", "not found"}},
		{"autoscaling set-desired-capacity --desired-capacity 99 --auto-scaling-group-name " + c.group(), []string{"(ValidationError)", "99"}},
		{"sts assume-role --role-session-name suite --role-arn arn:aws:iam::" + c.cloud.Account() + ":role/none", []string{"(AccessDenied)", "sts:AssumeRole", ":role/none"}},
		{"sts assume-role --role-session-name suite --role-arn " + c.nodeRole.arn(), []string{"(AccessDenied)", "sts:AssumeRole", c.nodeRole.arn()}},
	})
	wrong := c.as(aws.Credentials{AccessKeyID: c.keys.AccessKeyID, SecretAccessKey: "wrong"})
	wrong.refusals(t, []refusal{
		{"sts get-caller-identity", []string{"(SignatureDoesNotMatch)"}},
		{"iam list-roles", []string{"(SignatureDoesNotMatch)"}},
		{"ec2 describe-vpcs", []string{"(AuthFailure)"}},
		{"eks list-clusters", []string{"(InvalidSignatureException)"}},
	})
	unknown := c.as(aws.Credentials{AccessKeyID: "AKIAUNKNOWN", SecretAccessKey: c.keys.SecretAccessKey})
	unknown.refusals(t, []refusal{
		{"sts get-caller-identity", []string{"(InvalidClientTokenId)"}},
		{"logs describe-log-groups", []string{"(UnrecognizedClientException)"}},
	})
}
