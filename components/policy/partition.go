package policy

import "strings"

// PartitionOf returns the partition that a region belongs to: aws, aws-cn or aws-us-gov.
func PartitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// DNSSuffix returns the domain under which a partition's services live.
func DNSSuffix(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// ManagedPolicyARN returns the ARN of a policy that AWS keeps, by its name with its path, if it
// has one ("AmazonEKSClusterPolicy", "service-role/AmazonEBSCSIDriverPolicy").
func ManagedPolicyARN(partition, name string) string {
	return "arn:" + partition + ":iam::aws:policy/" + name
}
