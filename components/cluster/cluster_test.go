package cluster_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	pulumieks "github.com/pulumi/pulumi-eks/sdk/v2/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/cluster"
	"paddock/components/testkit"
)

const (
	component = "eks:index:Cluster test-eks"
	group     = "aws:eks/nodeGroup:NodeGroup test-general"
	addons    = "aws:eks/addon:Addon test-"
)

// defaults are arguments without a fault; a test changes one thing.
func defaults() *cluster.Args {
	return &cluster.Args{
		Name: "paddock-test", Version: "1.34",
		VpcID:            pulumi.String("vpc-1"),
		PublicSubnetIDs:  pulumi.ToStringArray([]string{"subnet-pub-a", "subnet-pub-b"}),
		PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		SubnetByZone: map[string]pulumi.StringOutput{
			"us-west-2a": pulumi.String("subnet-a").ToStringOutput(),
			"us-west-2b": pulumi.String("subnet-b").ToStringOutput(),
		},
		PublicAccess: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		LogTypes:     []string{"api", "audit"},
		LogDays:      30,
		NodeGroups:   []cluster.NodeGroup{{Name: "general", Min: 2, Desired: 2, Max: 6}},
	}
}

func run(t *testing.T, args *cluster.Args, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := cluster.New(ctx, "test", args)
		return err
	}, opts...)
}

func expect(t *testing.T, r testkit.Resource, want map[string]any) {
	t.Helper()
	for path, value := range want {
		if got := r.Input(path); !equal(got, value) {
			t.Errorf("%s: %s = %#v, want %#v", r.Key(), path, got, value)
		}
	}
}

func equal(got, want any) bool {
	list, ok := want.([]string)
	if !ok {
		return got == want
	}
	values, ok := got.([]any)
	return ok && slices.EqualFunc(values, list, func(a any, b string) bool { return a == b })
}

func TestControlPlane(t *testing.T) {
	got := run(t, defaults())
	expect(t, got.Get(t, component), map[string]any{
		"name": "paddock-test", "version": "1.34", "vpcId": "vpc-1",
		"publicSubnetIds":        []string{"subnet-pub-a", "subnet-pub-b"},
		"privateSubnetIds":       []string{"subnet-a", "subnet-b"},
		"authenticationMode":     "API",
		"skipDefaultNodeGroup":   true,
		"useDefaultVpcCni":       true,
		"createOidcProvider":     false,
		"endpointPrivateAccess":  true,
		"endpointPublicAccess":   nil, // unset is public, without the component's health poll
		"publicAccessCidrs":      []string{"203.0.113.0/24"},
		"enabledClusterLogTypes": []string{"api", "audit"},
		"encryptionConfigKeyArn": "arn:aws:kms:us-west-2:123456789012:key/test-secrets",
		"serviceRole":            nil, // the component's own, which it gates on its policies
		"storageClasses":         nil,
		"fargate":                nil,

		"kubernetesServiceIpAddressRange": "172.20.0.0/16",
	})
	role := got.Get(t, "aws:iam/role:Role test-node")
	if got := got.Get(t, component).Input("instanceRole"); got != role.URN {
		t.Errorf("instanceRole = %v, want our own node role %s", got, role.URN)
	}
}

func TestPublicEndpointOff(t *testing.T) {
	args := defaults()
	args.PublicAccess = nil
	expect(t, run(t, args).Get(t, component), map[string]any{
		"endpointPrivateAccess": true, "endpointPublicAccess": false, "publicAccessCidrs": nil,
	})
}

func TestServiceBlock(t *testing.T) {
	args := defaults()
	args.ServiceBlock = netip.MustParsePrefix("10.100.0.0/20")
	expect(t, run(t, args).Get(t, component), map[string]any{"kubernetesServiceIpAddressRange": "10.100.0.0/20"})
}

func TestSecretsKeyAndLogs(t *testing.T) {
	got := run(t, defaults())
	expect(t, got.Get(t, "aws:kms/key:Key test-secrets"), map[string]any{"enableKeyRotation": true, "deletionWindowInDays": 7.0})
	expect(t, got.Get(t, "aws:kms/alias:Alias test-secrets"), map[string]any{"name": "alias/paddock-test"})
	expect(t, got.Get(t, "aws:cloudwatch/logGroup:LogGroup test-logs"), map[string]any{
		"name": "/aws/eks/paddock-test/cluster", "retentionInDays": 30.0,
	})
	for _, first := range []string{"aws:cloudwatch/logGroup:LogGroup test-logs", "aws:kms/key:Key test-secrets"} {
		if !got.Follows(t, component, first) {
			t.Errorf("the control plane does not wait for %s", first)
		}
	}
}

func TestNoLogsNoGroup(t *testing.T) {
	args := defaults()
	args.LogTypes = nil
	got := run(t, args)
	if groups := got.OfType("aws:cloudwatch/logGroup:LogGroup"); len(groups) != 0 {
		t.Errorf("registered %s though no logs are asked for", groups[0].Key())
	}
}

func TestProtect(t *testing.T) {
	for name, protect := range map[string]bool{"protected": true, "unprotected": false} {
		t.Run(name, func(t *testing.T) {
			args := defaults()
			args.Protect = protect
			got := run(t, args)
			for _, key := range []string{component, "aws:kms/key:Key test-secrets"} {
				if got.Get(t, key).Protect != protect {
					t.Errorf("%s: protect = %v, want %v", key, !protect, protect)
				}
			}
			if got.Get(t, group).Protect {
				t.Error("node groups are to stay replaceable")
			}
		})
	}
}

func TestNodeRole(t *testing.T) {
	args := defaults()
	args.Partition = "aws-cn"
	got := run(t, args)
	trust, _ := got.Get(t, "aws:iam/role:Role test-node").Input("assumeRolePolicy").(string)
	testkit.Golden(t, "node-trust.json", trust)
	if ordinary, _ := run(t, defaults()).Get(t, "aws:iam/role:Role test-node").Input("assumeRolePolicy").(string); !strings.Contains(ordinary, `"ec2.amazonaws.com"`) {
		t.Errorf("trust outside China: %s", ordinary)
	}
	var policies []string
	for _, attachment := range got.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		arn, _ := attachment.Input("policyArn").(string)
		policies = append(policies, arn)
		if attachment.Name != "test-volumes" && !got.Follows(t, group, attachment.Key()) {
			t.Errorf("%s: the nodes do not wait for it", attachment.Key())
		}
	}
	const prefix = "arn:aws-cn:iam::aws:policy/"
	want := []string{
		prefix + "AmazonEKS_CNI_Policy", prefix + "AmazonEC2ContainerRegistryReadOnly",
		prefix + "AmazonEKSWorkerNodePolicy", prefix + "service-role/AmazonEBSCSIDriverPolicy",
	}
	slices.Sort(policies)
	slices.Sort(want)
	if !slices.Equal(policies, want) {
		t.Errorf("managed policies %v, want %v", policies, want)
	}
}

// A remote component gets only the providers that are named to it.
func TestProvidersReachTheRemoteComponent(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		cloud, err := aws.NewProvider(ctx, "cloud", &aws.ProviderArgs{Region: pulumi.String("us-west-2")})
		if err != nil {
			return err
		}
		component, err := pulumieks.NewProvider(ctx, "component", &pulumieks.ProviderArgs{})
		if err != nil {
			return err
		}
		_, err = cluster.New(ctx, "test", defaults(), pulumi.Providers(cloud, component))
		return err
	})
	remote := got.Get(t, component)
	if !strings.Contains(remote.Providers["aws"], "::cloud") || !strings.Contains(remote.Providers["eks"], "::component") {
		t.Errorf("providers of the component = %v", remote.Providers)
	}
	if !strings.Contains(remote.Provider, "::component") {
		t.Errorf("provider of the component = %q", remote.Provider)
	}
	for _, r := range got {
		if r.Custom && strings.HasPrefix(r.Type, "aws:") && !strings.Contains(r.Provider, "::cloud") {
			t.Errorf("%s: provider = %q", r.Key(), r.Provider)
		}
	}
}

func TestPreviewOfANewCluster(t *testing.T) {
	got := run(t, defaults(), testkit.WithPreview())
	got.Get(t, group)
	got.Get(t, addons+"coredns")
}

func TestNodesWaitForTheWayOut(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		route, err := ec2.NewRoute(ctx, "out", &ec2.RouteArgs{RouteTableId: pulumi.String("rtb-1")})
		if err != nil {
			return err
		}
		args := defaults()
		args.NodesReady = []pulumi.Resource{route}
		_, err = cluster.New(ctx, "test", args)
		return err
	})
	if !got.Follows(t, group, "aws:ec2/route:Route out") {
		t.Error("the nodes do not wait for their route")
	}
	if got.Follows(t, component, "aws:ec2/route:Route out") {
		t.Error("the control plane waits for routes that only nodes need: minutes lost")
	}
}
