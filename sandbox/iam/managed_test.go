package iam_test

import (
	"slices"
	"testing"

	"paddock/sandbox/iam"
)

func TestManaged(t *testing.T) {
	const volume = "arn:aws:ec2:us-west-2:123456789012:volume/vol-1"
	const csi = "service-role/AmazonEBSCSIDriverPolicy"
	for name, row := range map[string]struct {
		policy, action, resource string
		context                  keys
		want                     bool
	}{
		"administrator":             {"AdministratorAccess", "iam:CreateRole", role, nil, true},
		"power user":                {"PowerUserAccess", "ec2:CreateVpc", "*", nil, true},
		"power user not iam":        {"PowerUserAccess", "iam:CreateRole", role, nil, false},
		"power user a linked role":  {"PowerUserAccess", "iam:CreateServiceLinkedRole", role, nil, true},
		"read only":                 {"ReadOnlyAccess", "eks:DescribeCluster", "*", nil, true},
		"read only does not write":  {"ReadOnlyAccess", "eks:DeleteCluster", "*", nil, false},
		"view only":                 {"job-function/ViewOnlyAccess", "eks:ListClusters", "*", nil, true},
		"view only, no content":     {"job-function/ViewOnlyAccess", "logs:GetLogEvents", "*", nil, false},
		"audit":                     {"SecurityAudit", "kms:GetKeyPolicy", "*", nil, true},
		"audit does not decrypt":    {"SecurityAudit", "kms:Decrypt", "*", nil, false},
		"cluster":                   {"AmazonEKSClusterPolicy", "ec2:CreateSecurityGroup", "*", nil, true},
		"cluster makes no groups":   {"AmazonEKSClusterPolicy", "autoscaling:CreateAutoScalingGroup", "*", nil, false},
		"cluster's balancer role":   {"AmazonEKSClusterPolicy", "iam:CreateServiceLinkedRole", role, keys{"iam:AWSServiceName": {"elasticloadbalancing.amazonaws.com"}}, true},
		"cluster's other roles":     {"AmazonEKSClusterPolicy", "iam:CreateServiceLinkedRole", role, keys{"iam:AWSServiceName": {"ec2.amazonaws.com"}}, false},
		"controller":                {"AmazonEKSVPCResourceController", "ec2:AttachNetworkInterface", "*", nil, true},
		"controller's own":          {"AmazonEKSVPCResourceController", "ec2:CreateNetworkInterfacePermission", "*", keys{"ec2:ResourceTag/eks:eni:owner": {"eks-vpc-resource-controller"}}, true},
		"controller, another's":     {"AmazonEKSVPCResourceController", "ec2:CreateNetworkInterfacePermission", "*", nil, false},
		"service":                   {"AmazonEKSServicePolicy", "logs:CreateLogStream", "arn:aws:logs:r:1:log-group:/aws/eks/dev/cluster:log-stream:x", nil, true},
		"service, other logs":       {"AmazonEKSServicePolicy", "logs:CreateLogStream", "arn:aws:logs:r:1:log-group:/other:log-stream:x", nil, false},
		"node":                      {"AmazonEKSWorkerNodePolicy", "eks:DescribeCluster", "*", nil, true},
		"node changes nothing":      {"AmazonEKSWorkerNodePolicy", "ec2:CreateTags", "*", nil, false},
		"minimal node":              {"AmazonEKSWorkerNodeMinimalPolicy", "eks-auth:AssumeRoleForPodIdentity", "*", nil, true},
		"minimal node sees nothing": {"AmazonEKSWorkerNodeMinimalPolicy", "ec2:DescribeInstances", "*", nil, false},
		"cni tags interfaces":       {"AmazonEKS_CNI_Policy", "ec2:CreateTags", "arn:aws:ec2:r:1:network-interface/eni-1", nil, true},
		"cni tags nothing else":     {"AmazonEKS_CNI_Policy", "ec2:CreateTags", volume, nil, false},
		"ecr pull":                  {"AmazonEC2ContainerRegistryPullOnly", "ecr:BatchGetImage", "*", nil, true},
		"ecr pull does not list":    {"AmazonEC2ContainerRegistryPullOnly", "ecr:ListImages", "*", nil, false},
		"ecr read":                  {"AmazonEC2ContainerRegistryReadOnly", "ecr:ListImages", "*", nil, true},
		"ecr read does not push":    {"AmazonEC2ContainerRegistryReadOnly", "ecr:PutImage", "*", nil, false},
		"ecr power":                 {"AmazonEC2ContainerRegistryPowerUser", "ecr:PutImage", "*", nil, true},
		"ecr power deletes nothing": {"AmazonEC2ContainerRegistryPowerUser", "ecr:DeleteRepository", "*", nil, false},
		"ssm":                       {"AmazonSSMManagedInstanceCore", "ssmmessages:OpenDataChannel", "*", nil, true},
		"ssm starts no session":     {"AmazonSSMManagedInstanceCore", "ssm:StartSession", "*", nil, false},
		"agent":                     {"CloudWatchAgentServerPolicy", "ssm:GetParameter", "arn:aws:ssm:r:1:parameter/AmazonCloudWatch-x", nil, true},
		"agent, other settings":     {"CloudWatchAgentServerPolicy", "ssm:GetParameter", "arn:aws:ssm:r:1:parameter/secret", nil, false},
		"csi creates tagged":        {csi, "ec2:CreateVolume", volume, keys{"aws:RequestTag/ebs.csi.aws.com/cluster": {"true"}}, true},
		"csi creates untagged":      {csi, "ec2:CreateVolume", volume, nil, false},
		"csi tags on creation":      {csi, "ec2:CreateTags", volume, keys{"ec2:CreateAction": {"CreateVolume"}}, true},
		"csi tags later":            {csi, "ec2:CreateTags", volume, nil, false},
		"csi deletes its own":       {csi, "ec2:DeleteVolume", volume, keys{"ec2:ResourceTag/CSIVolumeName": {"pvc-1"}}, true},
		"csi deletes another's":     {csi, "ec2:DeleteVolume", volume, keys{"ec2:ResourceTag/Name": {"x"}}, false},
	} {
		d, ok := iam.Managed(row.policy)
		if !ok {
			t.Errorf("%s: no policy %s", name, row.policy)
			continue
		}
		got := iam.Decide([]*iam.Document{d}, iam.Request{Principal: caller, Action: row.action, Resource: row.resource, Keys: row.context})
		if got.Allowed != row.want {
			t.Errorf("%s: allowed = %v, want %v", name, got.Allowed, row.want)
		}
	}
}

// What is written here as a managed policy must be one that AWS would take.
func TestManagedAreValid(t *testing.T) {
	names := iam.ManagedNames()
	if len(names) != 17 || !slices.IsSorted(names) {
		t.Errorf("got %d names: %v", len(names), names)
	}
	for _, name := range names {
		d, _ := iam.Managed(name)
		check(t, iam.CheckIdentity, d.Text(), "")
		if n := iam.Size(d.Text()); n > 6144 {
			t.Errorf("%s: %d characters", name, n)
		}
	}
	if _, ok := iam.Managed("AmazonEKSNodePolicy"); ok {
		t.Error("AWS has no such policy")
	}
}
