package iam_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/sandbox/iam"
)

// rights are all policies of a role, as Paddock's component registers them.
func rights(t *testing.T, role string) (list []*iam.Document) {
	t.Helper()
	files, err := filepath.Glob("../../components/delivery/testdata/rights-" + role + "*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", role, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if fault := iam.CheckIdentity(string(raw)); fault != nil {
			t.Errorf("%s: %s", file, fault.Message)
		}
		if n := iam.Size(string(raw)); n > 6144 {
			t.Errorf("%s: %d characters", file, n)
		}
		list = append(list, parse(t, string(raw)))
	}
	return list
}

const (
	iamARN   = "arn:aws:iam::123456789012:"
	ec2ARN   = "arn:aws:ec2:us-west-2:123456789012:"
	ecrARN   = "arn:aws:ecr:us-west-2:123456789012:repository/paddock-dev/"
	stateARN = "arn:aws:s3:::paddock-state-123456789012"
	stateKey = "arn:aws:kms:us-west-2:123456789012:key/1"
)

var (
	inAccount    = keys{"s3:ResourceAccount": {"123456789012"}}
	stateAliases = []string{"alias/more", "alias/paddock-state"}
)

// using is the use of the state's key under an encryption context.
func using(key, value string) keys {
	return keys{"kms:EncryptionContext:" + key: {value}, "kms:EncryptionContextKeys": {key}, "kms:ResourceAliases": stateAliases}
}

func tagged(platform string) keys { return keys{"aws:ResourceTag/Platform": {platform}} }

// What each role may and may not do; of actions, one or more on one resource.
func TestDeliveryRights(t *testing.T) {
	for name, row := range map[string]struct {
		role, actions, resource string
		keys                    keys
		want                    bool
	}{
		"deploys a role of the platform": {"deploy", "iam:CreateRole iam:PutRolePolicy iam:UpdateAssumeRolePolicy iam:DeleteRole", iamARN + "role/paddock-dev-node-1", nil, true},
		"not itself": {"deploy", "iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy iam:DeleteRole iam:DetachRolePolicy iam:TagRole iam:PassRole iam:UpdateRole iam:DeleteRolePermissionsBoundary",
			iamARN + "role/gitlab-paddock-dev-deploy", keys{"iam:PassedToService": {"eks.amazonaws.com"}, "iam:PolicyARN": {"arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}}, false},
		"not the preview role":          {"deploy", "iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateAssumeRolePolicy iam:DeleteRole", iamARN + "role/gitlab-paddock-dev-preview", nil, false},
		"not its policies":              {"deploy", "iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:DeletePolicy iam:DeletePolicyVersion", iamARN + "policy/gitlab-paddock-dev-deploy-1", nil, false},
		"not GitLab's provider":         {"deploy", "iam:CreateOpenIDConnectProvider iam:DeleteOpenIDConnectProvider iam:AddClientIDToOpenIDConnectProvider iam:UpdateOpenIDConnectProviderThumbprint", iamARN + "oidc-provider/gitlab.com", nil, false},
		"not another platform's role":   {"deploy", "iam:PutRolePolicy iam:CreateRole", iamARN + "role/paddock-prod-node-1", nil, false},
		"not a role by its end":         {"deploy", "iam:PutRolePolicy", iamARN + "role/x-paddock-dev-node", nil, false},
		"no users":                      {"deploy", "iam:CreateUser iam:CreateAccessKey iam:PutUserPolicy", iamARN + "user/paddock-dev-x", nil, false},
		"attaches AWS's node policy":    {"deploy", "iam:AttachRolePolicy", iamARN + "role/paddock-dev-x", keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"}}, true},
		"not AWS's administrator":       {"deploy", "iam:AttachRolePolicy", iamARN + "role/paddock-dev-x", keys{"iam:PolicyARN": {"arn:aws:iam::aws:policy/AdministratorAccess"}}, false},
		"passes to EKS":                 {"deploy", "iam:PassRole", iamARN + "role/paddock-dev-x", keys{"iam:PassedToService": {"eks.amazonaws.com"}}, true},
		"not to EC2":                    {"deploy", "iam:PassRole", iamARN + "role/paddock-dev-x", keys{"iam:PassedToService": {"ec2.amazonaws.com"}}, false},
		"gives pods a role":             {"deploy", "eks:CreatePodIdentityAssociation", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, true},
		"passes it":                     {"deploy", "iam:PassRole iam:GetRole", iamARN + "role/paddock-dev-shop", keys{"iam:PassedToService": {"pods.eks.amazonaws.com"}}, true},
		"none of another name":          {"deploy", "iam:PassRole", iamARN + "role/shop", keys{"iam:PassedToService": {"pods.eks.amazonaws.com"}}, false},
		"takes it":                      {"deploy", "eks:UpdatePodIdentityAssociation eks:DeletePodIdentityAssociation", "arn:aws:eks:us-west-2:123456789012:podidentityassociation/paddock-dev/a-1", nil, true},
		"not another platform's":        {"deploy", "eks:UpdatePodIdentityAssociation eks:DeletePodIdentityAssociation", "arn:aws:eks:us-west-2:123456789012:podidentityassociation/paddock-prod/a-1", nil, false},
		"assumes nothing":               {"deploy", "sts:AssumeRole", iamARN + "role/paddock-dev-x", nil, false},
		"its cluster":                   {"deploy", "eks:CreateCluster eks:DeleteCluster eks:UpdateClusterVersion", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, true},
		"not another cluster":           {"deploy", "eks:DeleteCluster eks:CreateAccessEntry", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev2", nil, false},
		"not in another region":         {"deploy", "eks:DeleteCluster", "arn:aws:eks:eu-west-1:123456789012:cluster/paddock-dev", nil, false},
		"makes a VPC":                   {"deploy", "ec2:CreateVpc", ec2ARN + "vpc/*", keys{"aws:RequestTag/Platform": {"paddock-dev"}}, true},
		"not in another's name":         {"deploy", "ec2:CreateVpc ec2:CreateTags", ec2ARN + "vpc/*", keys{"aws:RequestTag/Platform": {"paddock-prod"}}, false},
		"deletes its VPC":               {"deploy", "ec2:DeleteVpc", ec2ARN + "vpc/vpc-1", tagged("paddock-dev"), true},
		"not another's":                 {"deploy", "ec2:DeleteVpc ec2:ModifyVpcAttribute ec2:CreateSubnet ec2:CreateTags ec2:DeleteTags", ec2ARN + "vpc/vpc-1", tagged("paddock-prod"), false},
		"not nobody's":                  {"deploy", "ec2:DeleteVpc", ec2ARN + "vpc/vpc-1", nil, false},
		"empties a default group":       {"deploy", "ec2:RevokeSecurityGroupIngress ec2:CreateTags", ec2ARN + "security-group/sg-1", nil, true},
		"not another's group":           {"deploy", "ec2:AuthorizeSecurityGroupIngress ec2:DeleteSecurityGroup", ec2ARN + "security-group/sg-1", tagged("paddock-prod"), false},
		"its key":                       {"deploy", "kms:ScheduleKeyDeletion kms:CreateGrant", "arn:aws:kms:us-west-2:123456789012:key/2", tagged("paddock-dev"), true},
		"a key that is being made":      {"deploy", "kms:EnableKeyRotation kms:TagResource", "arn:aws:kms:us-west-2:123456789012:key/*", keys{"aws:RequestTag/Platform": {"paddock-dev"}}, true},
		"not the state's key":           {"deploy", "kms:ScheduleKeyDeletion kms:PutKeyPolicy kms:TagResource kms:UntagResource kms:CreateGrant kms:CreateAlias", stateKey, tagged("bootstrap:account"), false},
		"no key of nobody's":            {"deploy", "kms:ScheduleKeyDeletion kms:PutKeyPolicy kms:CreateGrant", "arn:aws:kms:us-west-2:123456789012:key/3", nil, false},
		"its repositories":              {"deploy", "ecr:CreateRepository ecr:DeleteRepository ecr:PutLifecyclePolicy", ecrARN + "frontend/web", nil, true},
		"no images":                     {"deploy", "ecr:PutImage ecr:BatchDeleteImage", ecrARN + "frontend/web", nil, false},
		"its state":                     {"deploy", "s3:GetObject s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/stacks/paddock/dev.json", nil, true},
		"its locks":                     {"deploy", "s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/locks/organization/paddock/dev/1.json", nil, true},
		"its history":                   {"deploy", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/history/paddock/dev/dev-1.history.json", nil, true},
		"not prod's state":              {"deploy", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock/prod.json", nil, false},
		"nor one that begins so":        {"deploy", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock/dev2.json", nil, false},
		"nor bootstrap's":               {"deploy", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock-bootstrap/account.json", nil, false},
		"not the bucket":                {"deploy", "s3:DeleteBucket s3:PutBucketPolicy s3:PutBucketVersioning s3:DeleteObjectVersion", stateARN, nil, false},
		"previews":                      {"preview", "ec2:DescribeVpcs", "*", nil, true},
		"previews by the cluster":       {"preview", "eks:DescribeCluster", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, true},
		"previews by the state":         {"preview", "s3:GetObject", stateARN + "/.pulumi/stacks/paddock/dev.json", nil, true},
		"previews with the key":         {"preview", "kms:Decrypt", stateKey, nil, true},
		"a preview encrypts nothing":    {"preview", "kms:Encrypt kms:GenerateDataKey", stateKey, nil, false},
		"a preview writes no state":     {"preview", "s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/stacks/paddock/dev.json", nil, false},
		"a preview takes no lock":       {"preview", "s3:PutObject", stateARN + "/.pulumi/locks/organization/paddock/dev/1.json", nil, false},
		"a preview makes nothing":       {"preview", "ec2:CreateVpc ec2:CreateTags", ec2ARN + "vpc/*", keys{"aws:RequestTag/Platform": {"paddock-dev"}}, false},
		"a preview writes no role":      {"preview", "iam:PutRolePolicy iam:PassRole", iamARN + "role/paddock-dev-x", keys{"iam:PassedToService": {"eks.amazonaws.com"}}, false},
		"builds log in":                 {"build", "ecr:GetAuthorizationToken", "*", nil, true},
		"builds push":                   {"build", "ecr:InitiateLayerUpload ecr:PutImage ecr:BatchGetImage", ecrARN + "frontend/web", nil, true},
		"not another service's":         {"build", "ecr:PutImage ecr:BatchGetImage", ecrARN + "frontend/web2", nil, false},
		"not another team's":            {"build", "ecr:PutImage ecr:BatchGetImage", ecrARN + "backend/web", nil, false},
		"builds delete nothing":         {"build", "ecr:BatchDeleteImage ecr:PutImageTagMutability ecr:DeleteRepository", ecrARN + "frontend/web", nil, false},
		"builds see no cluster":         {"build", "eks:DescribeCluster", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, false},
		"releases find the cluster":     {"release", "eks:DescribeCluster", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, true},
		"not another's cluster":         {"release", "eks:DescribeCluster", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-prod", nil, false},
		"releases change no cluster":    {"release", "eks:UpdateClusterConfig eks:CreateAccessEntry", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, false},
		"releases give pods no role":    {"release", "eks:CreatePodIdentityAssociation eks:TagResource", "arn:aws:eks:us-west-2:123456789012:cluster/paddock-dev", nil, false},
		"nor take one":                  {"release", "eks:UpdatePodIdentityAssociation eks:DeletePodIdentityAssociation", "arn:aws:eks:us-west-2:123456789012:podidentityassociation/paddock-dev/a-1", nil, false},
		"releases pass nothing":         {"release", "iam:PassRole iam:GetRole", iamARN + "role/paddock-dev-shop", keys{"iam:PassedToService": {"pods.eks.amazonaws.com"}}, false},
		"releases read images":          {"release", "ecr:DescribeImages ecr:BatchGetImage", ecrARN + "frontend/shop", nil, true},
		"releases push none":            {"release", "ecr:PutImage ecr:InitiateLayerUpload", ecrARN + "frontend/shop", nil, false},
		"releases read no other team's": {"release", "ecr:DescribeImages", ecrARN + "backend/shop", nil, false},
		"releases keep their state":     {"release", "s3:GetObject s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/stacks/paddock-apps/frontend-dev.json", inAccount, true},
		"with its locks":                {"release", "s3:GetObject s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/locks/organization/paddock-apps/frontend-dev/1.json", inAccount, true},
		"and history":                   {"release", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/history/paddock-apps/frontend-dev/frontend-dev-1.history.json", inAccount, true},
		"in no other account's bucket":  {"release", "s3:GetObject s3:PutObject s3:ListBucket", stateARN + "/.pulumi/stacks/paddock-apps/frontend-dev.json", keys{"s3:ResourceAccount": {"210987654321"}}, false},
		"releases find a state":         {"release", "s3:ListBucket", stateARN, inAccount, true},
		"the bucket is not theirs":      {"release", "s3:DeleteBucket s3:PutBucketPolicy s3:DeleteObjectVersion s3:GetObjectVersion s3:ListBucketVersions", stateARN, inAccount, false},
		"not prod's of the team":        {"release", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock-apps/frontend-prod.json", inAccount, false},
		"no other team's state":         {"release", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock-apps/backend-dev.json", inAccount, false},
		"nor one of a longer name":      {"release", "s3:GetObject s3:PutObject", stateARN + "/.pulumi/stacks/paddock-apps/frontend-2-dev.json", inAccount, false},
		"releases read the platform's":  {"release", "s3:GetObject", stateARN + "/.pulumi/stacks/paddock/dev.json", inAccount, true},
		"and write none of it":          {"release", "s3:PutObject s3:DeleteObject", stateARN + "/.pulumi/stacks/paddock/dev.json", inAccount, false},
		"nor lock it":                   {"release", "s3:PutObject s3:GetObject", stateARN + "/.pulumi/locks/organization/paddock/dev/1.json", inAccount, false},
		"nor read its history":          {"release", "s3:GetObject", stateARN + "/.pulumi/history/paddock/dev/dev-1.history.json", inAccount, false},
		"nor prod's":                    {"release", "s3:GetObject", stateARN + "/.pulumi/stacks/paddock/prod.json", inAccount, false},
		"nor the account's":             {"release", "s3:GetObject", stateARN + "/.pulumi/stacks/paddock-bootstrap/account.json", inAccount, false},
		"objects, by S3":                {"release", "kms:Decrypt kms:GenerateDataKey", stateKey, using("aws:s3:arn", stateARN), true},
		"one object, by S3":             {"release", "kms:Decrypt kms:GenerateDataKey", stateKey, using("aws:s3:arn", stateARN+"/.pulumi/meta.yaml"), true},
		"no other bucket's":             {"release", "kms:Decrypt kms:GenerateDataKey", stateKey, using("aws:s3:arn", stateARN+"-2"), false},
		"its secrets":                   {"release", "kms:Decrypt kms:Encrypt", stateKey, using("team", "frontend"), true},
		"no other team's secrets":       {"release", "kms:Decrypt kms:Encrypt", stateKey, using("team", "backend"), false},
		"the platform's secrets":        {"release", "kms:Decrypt", stateKey, keys{"kms:ResourceAliases": stateAliases}, true},
		"which it makes none of":        {"release", "kms:Encrypt kms:GenerateDataKey", stateKey, keys{"kms:ResourceAliases": stateAliases}, false},
		"no other key":                  {"release", "kms:Decrypt kms:Encrypt", stateKey, keys{"kms:EncryptionContext:team": {"frontend"}, "kms:EncryptionContextKeys": {"team"}, "kms:ResourceAliases": {"alias/paddock-prod"}}, false},
		"no key without an alias":       {"release", "kms:Decrypt", stateKey, nil, false},
		"the key is not theirs":         {"release", "kms:ScheduleKeyDeletion kms:CreateGrant kms:PutKeyPolicy kms:ReEncryptFrom", stateKey, using("team", "frontend"), false},
	} {
		documents := rights(t, row.role)
		for action := range strings.FieldsSeq(row.actions) {
			if d := iam.Decide(documents, iam.Request{Principal: caller, Action: action, Resource: row.resource, Keys: row.keys}); d.Allowed != row.want {
				t.Errorf("%s: %s: allowed = %v", name, action, d.Allowed)
			}
		}
	}
}
