package conformance

import (
	"encoding/json"
	"testing"
)

// js is a value as JSON.
func js(v any) string {
	text, _ := json.Marshal(v) // strings and lists of them
	return string(text)
}

func cliAnswers(t *testing.T, c *cli) {
	c.answers(t, cliEKS(c))
	c.answers(t, cliEC2(c))
	c.answers(t, cliIAM(c))
	c.answers(t, []asked{
		{"sts get-caller-identity", "[Account,Arn]", js([]string{c.cloud.Account(), "arn:aws:sts::" + c.cloud.Account() + ":assumed-role/paddock-sandbox/paddock"})},
		{"logs describe-log-groups --log-group-name-prefix /vpc", "logGroups[].[logGroupName,retentionInDays]", `[["/vpc/flow",30]]`},
		{"kms describe-key --key-id alias/paddock", "KeyMetadata.[KeyId,KeyState]", js([]string{c.key.id, "Enabled"})},
		{
			"autoscaling describe-auto-scaling-groups --filters Name=tag:k8s.io/cluster-autoscaler/dev,Values=owned Name=tag:eks:nodegroup-name,Values=big",
			"AutoScalingGroups[].[MinSize,DesiredCapacity,MaxSize,length(Instances)]", `[[0,1,2,1]]`,
		},
		{"autoscaling describe-tags --filters Name=key,Values=eks:nodegroup-name", "sort(Tags[].Value)", `["big","general"]`},
	})
}

func cliEKS(c *cli) []asked {
	return []asked{
		{"eks list-clusters", "clusters", `["dev"]`},
		{"eks describe-cluster --name dev", "cluster.[arn,status,version,endpoint,resourcesVpcConfig.vpcId,tags.team]",
			js([]string{c.cluster.arn(), "ACTIVE", "1.33", "https://127.0.0.1:6443", c.vpc.id, "red"})},
		{"eks list-nodegroups --cluster-name dev", "sort(nodegroups)", `["big","general"]`},
		{"eks describe-nodegroup --cluster-name dev --nodegroup-name general", "nodegroup.[status,scalingConfig,instanceTypes,labels,taints[0].effect]",
			`["ACTIVE",{"minSize":1,"maxSize":6,"desiredSize":3},["m5.large","m5a.large"],{"team":"all"},"NO_SCHEDULE"]`},
		{"eks list-addons --cluster-name dev", "addons", `["coredns"]`},
		{"eks describe-addon --cluster-name dev --addon-name coredns", "addon.[status,configurationValues]", `["ACTIVE","{\"replicaCount\":2}"]`},
		{"eks list-updates --name dev", "updateIds", `[]`},
		{"eks list-tags-for-resource --resource-arn " + c.cluster.arn(), "tags", `{"team":"red"}`},
	}
}

func cliEC2(c *cli) []asked {
	return []asked{
		{"ec2 describe-vpcs --filters Name=tag:Name,Values=d?v Name=state,Values=available", "Vpcs[].[VpcId,CidrBlock,State]", js([][]string{{c.vpc.id, "10.0.0.0/16", "available"}})},
		{"ec2 describe-vpcs --filters Name=tag:Name,Values=none", "Vpcs", `[]`},
		{"ec2 describe-vpcs --region eu-west-1", "Vpcs", `[]`},
		{"ec2 describe-vpc-attribute --attribute enableDnsHostnames --vpc-id " + c.vpc.id, "EnableDnsHostnames.Value", `true`},
		{"ec2 describe-subnets --filters Name=availability-zone,Values=us-west-2a,us-west-2b Name=vpc-id,Values=" + c.vpc.id,
			"sort(Subnets[].CidrBlock)", `["10.0.0.0/24","10.0.1.0/24","10.0.3.0/24","10.0.4.0/24"]`},
		{"ec2 describe-subnets --subnet-ids " + c.subnets[0].id, "Subnets[0].Tags", `[{"Key":"Name","Value":"dev-0"}]`},
		{"ec2 describe-nat-gateways --filter Name=state,Values=available", "NatGateways[].[NatGatewayId,NatGatewayAddresses[0].AllocationId,ConnectivityType]",
			js([][]string{{c.nat.id, c.ip.id, "public"}})},
		{"ec2 describe-instances --filters Name=tag:eks:nodegroup-name,Values=big Name=instance-state-name,Values=running",
			"Reservations[].Instances[].[InstanceType,State.Name,InstanceLifecycle]", `[["m5.xlarge","running","spot"]]`},
		{"ec2 describe-security-groups --filters Name=group-name,Values=shared", "SecurityGroups[].[GroupId,sort(IpPermissions[].to_string(FromPort))]",
			js([]any{[]any{c.shared.id, []string{"22", "443"}}})},
		{"ec2 describe-route-tables --route-table-ids " + c.table.id, "RouteTables[].Routes[?NatGatewayId].DestinationCidrBlock[]", `["0.0.0.0/0"]`},
		{"ec2 describe-launch-template-versions --launch-template-name big", "LaunchTemplateVersions[].[VersionNumber,LaunchTemplateData.InstanceType]", `[[1,"m5.xlarge"]]`},
		{"ec2 describe-instance-types --instance-types m5.large", "InstanceTypes[].[VCpuInfo.DefaultVCpus,MemoryInfo.SizeInMiB]", `[[2,8192]]`},
		{"ec2 describe-availability-zones", "AvailabilityZones[].ZoneName", `["us-west-2a","us-west-2b","us-west-2c","us-west-2d"]`},
	}
}

func cliIAM(c *cli) []asked {
	var document any
	_ = json.Unmarshal([]byte(readOnly), &document) // a constant
	return []asked{
		{"iam get-role --role-name nodes", "Role.[Arn,AssumeRolePolicyDocument.Statement[0].Principal.Service,MaxSessionDuration,Tags]",
			js([]any{c.nodeRole.arn(), "ec2.amazonaws.com", 3600, []any{props{"Key": "team", "Value": "red"}}})},
		{"iam list-attached-role-policies --role-name nodes", "AttachedPolicies[].PolicyName", `["reader","AmazonEKSWorkerNodePolicy"]`},
		{"iam list-role-policies --role-name nodes", "PolicyNames", `["inline"]`},
		{"iam get-role-policy --role-name nodes --policy-name inline", "PolicyDocument", js(document)},
		{"iam get-policy --policy-arn " + c.policy.arn(), "Policy.[PolicyName,DefaultVersionId,AttachmentCount]", `["reader","v1",1]`},
		{"iam get-policy-version --version-id v1 --policy-arn " + c.policy.arn(), "PolicyVersion.[Document,IsDefaultVersion]", js([]any{document, true})},
	}
}

// cliPages asks in pages: the CLI puts them together, or is told to stop and goes on later.
func cliPages(t *testing.T, c *cli) {
	c.answers(t, []asked{
		{"ec2 describe-subnets --page-size 5", "length(Subnets)", `6`},
		{"ec2 describe-instance-types --page-size 100 --filters Name=instance-type,Values=m5.*", "contains(InstanceTypes[].InstanceType, 'm5.large')", `true`},
		{"eks list-nodegroups --cluster-name dev --page-size 1", "nodegroups", `["big","general"]`},
		{"autoscaling describe-auto-scaling-groups --page-size 1", "length(AutoScalingGroups)", `2`},
		{"logs describe-log-groups --page-size 1", "logGroups[].logGroupName", `["/aws/eks/dev/cluster","/vpc/flow"]`},
	})
	t.Run("iam list-roles --max-items, then --starting-token", func(t *testing.T) {
		t.Parallel()
		const each = "[NextToken,Roles[].RoleName]"
		first := c.get(t, "iam", "list-roles", "--page-size", "2", "--max-items", "3", "--query", each).([]any)
		token, more := first[0].(string)
		if !more {
			t.Fatalf("no token to go on with: %v", first)
		}
		rest := c.get(t, "iam", "list-roles", "--page-size", "2", "--starting-token", token, "--query", each).([]any)
		names := map[any]bool{}
		for _, name := range append(first[1].([]any), rest[1].([]any)...) {
			names[name] = true
		}
		want(t, "first", len(first[1].([]any)), 3)
		for _, name := range []string{"OrganizationAccountAccessRole", "control", "flow", "nodes", "paddock-sandbox", "pods"} {
			want(t, "role "+name, names[name], true)
		}
	})
}
