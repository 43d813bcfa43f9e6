package testkit

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// identify gives the id of a created resource: "<name>-id", or the id that was read or imported.
func identify(args pulumi.MockResourceArgs) string {
	switch {
	case args.ID != "":
		return args.ID
	case args.RegisterRPC != nil && !args.Custom:
		return ""
	}
	return args.Name + "-id"
}

// complete adds to the echoed inputs what AWS would add and the program reads.
func (m *recorder) complete(args pulumi.MockResourceArgs, out resource.PropertyMap) error {
	service, isAWS := awsService(args.TypeToken)
	if isAWS {
		set(out, "name", args.Name)
		set(out, "arn", arn(service, args.TypeToken, out["name"]))
	}
	switch args.TypeToken {
	case "aws:ec2/vpc:Vpc":
		set(out, "ownerId", Account)
	case "aws:acm/certificate:Certificate":
		out["domainValidationOptions"] = resource.NewPropertyValue([]any{map[string]any{
			"domainName": text(out["domainName"], ""), "resourceRecordType": "CNAME",
			"resourceRecordName": "_0." + text(out["domainName"], "") + ".", "resourceRecordValue": "_1.acm-validations.aws.",
		}})
	case "aws:route53/record:Record":
		out["fqdn"] = out["name"]
	case "aws:kms/key:Key":
		set(out, "keyId", args.Name+"-id")
	case "aws:ec2/launchTemplate:LaunchTemplate":
		out["latestVersion"], out["defaultVersion"] = resource.NewProperty(1.0), resource.NewProperty(1.0)
	case "aws:eks/nodeGroup:NodeGroup":
		group := text(out["nodeGroupName"], args.Name)
		set(out, "nodeGroupName", group)
		set(out, "status", "ACTIVE")
		out["resources"] = resource.NewPropertyValue([]any{map[string]any{
			"autoscalingGroups": []any{map[string]any{"name": "eks-" + group}},
		}})
	case "aws:eks/cluster:Cluster":
		completeCluster(out)
	case "eks:index:Cluster":
		return m.completeEKS(args, out)
	}
	return nil
}

func completeCluster(out resource.PropertyMap) {
	name := text(out["name"], "")
	set(out, "endpoint", "https://"+name+".eks.test")
	set(out, "status", "ACTIVE")
	out["certificateAuthority"] = resource.NewPropertyValue(map[string]any{"data": "Q0E="})
	out["identities"] = resource.NewPropertyValue([]any{map[string]any{
		"oidcs": []any{map[string]any{"issuer": "https://oidc.eks." + Region + ".amazonaws.com/id/" + strings.Repeat("0", 32)}},
	}})
	if _, ok := out["vpcConfig"]; !ok {
		out["vpcConfig"] = resource.NewPropertyValue(map[string]any{"clusterSecurityGroupId": "sg-cluster"})
	}
}

// completeEKS answers as the component of pulumi-eks: references to the resources that it makes.
func (m *recorder) completeEKS(args pulumi.MockResourceArgs, out resource.PropertyMap) error {
	name := text(args.Inputs["name"], args.Name)
	inputs := resource.PropertyMap{"name": resource.NewProperty(name), "version": args.Inputs["version"]}
	cluster, err := m.stub("aws:eks/cluster:Cluster", args.Name+"-eksCluster", inputs)
	if err != nil {
		return err
	}
	for output, part := range map[resource.PropertyKey]string{
		"clusterSecurityGroup": "eksClusterSecurityGroup", "nodeSecurityGroup": "nodeSecurityGroup",
	} {
		group, err := m.stub("aws:ec2/securityGroup:SecurityGroup", args.Name+"-"+part, nil)
		if err != nil {
			return err
		}
		out[output] = group
	}
	kubeconfig := fmt.Sprintf(`{"clusters":[{"name":"kubernetes","cluster":{"server":"https://%s.eks.test"}}]}`, name)
	out["eksCluster"] = cluster
	out["kubeconfigJson"] = resource.NewProperty(kubeconfig)
	out["kubeconfig"] = resource.NewProperty(kubeconfig)
	out["core"] = resource.NewProperty(resource.PropertyMap{
		"cluster": cluster, "endpoint": resource.NewProperty("https://" + name + ".eks.test"),
		"vpcId": args.Inputs["vpcId"], "kubeconfig": resource.NewProperty(kubeconfig),
	})
	return nil
}

// awsService returns "ec2" for "aws:ec2/vpc:Vpc".
func awsService(token string) (string, bool) {
	rest, ok := strings.CutPrefix(token, "aws:")
	service, _, found := strings.Cut(rest, "/")
	return service, ok && found
}

// arn is regular, not exact for every type: the kind is the type's last word. What policies are
// scoped by is exact.
func arn(service, token string, name resource.PropertyValue) string {
	region, kind := Region, strings.ToLower(token[strings.LastIndex(token, ":")+1:])
	switch {
	case service == "iam":
		region = ""
	case token == "aws:cloudwatch/logGroup:LogGroup":
		return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", region, Account, text(name, ""))
	}
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", service, region, Account, kind, text(name, ""))
}

// set gives an output its value unless the inputs gave one.
func set(out resource.PropertyMap, key resource.PropertyKey, value string) {
	if v, ok := out[key]; !ok || v.IsNull() {
		out[key] = resource.NewProperty(value)
	}
}

func text(v resource.PropertyValue, fallback string) string {
	if s, ok := Plain(v).(string); ok && s != "" {
		return s
	}
	return fallback
}
