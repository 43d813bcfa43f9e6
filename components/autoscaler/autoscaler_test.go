package autoscaler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/autoscaler"
	"paddock/components/testkit"
	"paddock/components/versions"
)

const (
	clusterRole = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole cas-cluster"
	role        = "kubernetes:rbac.authorization.k8s.io/v1:Role cas-own"
	deployment  = "kubernetes:apps/v1:Deployment cas-deployment"
	budget      = "kubernetes:policy/v1:PodDisruptionBudget cas-budget"
	identity    = "aws:eks/podIdentityAssociation:PodIdentityAssociation cas-identity"
	iamRole     = "aws:iam/role:Role cas-role"
	iamPolicy   = "aws:iam/rolePolicy:RolePolicy cas-policy"
	stand       = "kubernetes:core/v1:ConfigMap stand" // in for the cluster and its nodes
)

func args() *autoscaler.Args {
	return &autoscaler.Args{ClusterName: "paddock-dev", Region: "us-west-2", Version: "1.34", GroupLabels: []string{"paddock.dev/node-group"}}
}

func record(t *testing.T, args *autoscaler.Args, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := autoscaler.New(ctx, "cas", args)
		return err
	}, opts...)
}

func TestRegistered(t *testing.T) {
	want := []string{
		identity, iamRole, iamPolicy, deployment,
		"kubernetes:core/v1:ServiceAccount cas-account",
		budget, clusterRole,
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding cas-cluster",
		role,
		"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding cas-own",
		"paddock:autoscaler:Autoscaler cas",
	}
	slices.Sort(want)
	for name, opts := range map[string][]testkit.Option{"up": nil, "preview": {testkit.WithPreview()}} {
		if got := record(t, args(), opts...).Keys(); !slices.Equal(got, want) {
			t.Errorf("%s: registered\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestPolicy(t *testing.T) {
	got := record(t, args())
	testkit.Golden(t, "policy.json", got.Get(t, iamPolicy).Input("policy"))
	testkit.Golden(t, "trust.json", got.Get(t, iamRole).Input("assumeRolePolicy"))
}

func TestPolicyInOtherPartitions(t *testing.T) {
	for region, partition := range map[string]string{"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eu-west-1": "aws"} {
		a := args()
		a.Region = region
		text, _ := record(t, a).Get(t, iamPolicy).Input("policy").(string)
		if want := `"arn:` + partition + `:autoscaling:` + region + `:*:`; !strings.Contains(text, want) {
			t.Errorf("%s: policy lacks %s: %s", region, want, text)
		}
	}
}

func TestIdentity(t *testing.T) {
	a := args()
	a.ClusterNameOutput = pulumi.String("made").ToStringOutput()
	got := record(t, a)
	want := map[string]any{"clusterName": "made", "namespace": "kube-system", "serviceAccount": "cluster-autoscaler"}
	for input, value := range want {
		if v := got.Get(t, identity).Input(input); v != value {
			t.Errorf("%s = %v, want %v", input, v, value)
		}
	}
	if !got.Follows(t, identity, iamRole) {
		t.Error("the association does not use the role")
	}
}

func TestPodsComeLast(t *testing.T) {
	got := record(t, args())
	for _, key := range []string{
		identity, iamPolicy, "kubernetes:core/v1:ServiceAccount cas-account",
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding cas-cluster",
		"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding cas-own",
	} {
		if !got.Follows(t, deployment, key) {
			t.Errorf("the pods start without %s", key)
		}
	}
}

func TestGoneAndDependencies(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		made, err := corev1.NewConfigMap(ctx, "stand", &corev1.ConfigMapArgs{Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("c")}})
		if err != nil {
			return err
		}
		a := args()
		a.Gone, a.DependsOn = pulumi.DeletedWith(made), []pulumi.Resource{made}
		_, err = autoscaler.New(ctx, "cas", a)
		return err
	})
	urn := got.Get(t, stand).URN
	for key, r := range got {
		if !r.Custom || key == stand {
			continue
		}
		want := urn
		if strings.HasPrefix(r.Type, "aws:iam/") {
			want = "" // outlives the cluster
		}
		if r.DeletedWith != want {
			t.Errorf("%s: deleted with %q, want %q", key, r.DeletedWith, want)
		}
		// The association hurries ahead of the nodes: one that is made just before its pods may not be known yet when they start.
		if waits := want != "" && key != identity; got.Follows(t, key, stand) != waits {
			t.Errorf("%s: waits for what the caller named: %v, want %v", key, !waits, waits)
		}
	}
}

func TestImageFollowsTheCluster(t *testing.T) {
	for _, minor := range versions.Minors() {
		a := args()
		a.Version = minor
		image, _ := container(t, record(t, a))["image"].(string)
		if want := "registry.k8s.io/autoscaling/cluster-autoscaler:v" + minor + "."; !strings.HasPrefix(image, want) {
			t.Errorf("%s: image %s, want %s*", minor, image, want)
		}
	}
}

func TestFlags(t *testing.T) {
	set := args()
	set.ScanInterval, set.UnneededTime, set.DelayAfterAdd, set.UtilizationThreshold = 30*time.Second, 2*time.Minute, time.Minute, 0.65
	for name, tc := range map[string]struct {
		args *autoscaler.Args
		want []string
	}{
		"defaults": {args(), []string{"--scan-interval=10s", "--scale-down-unneeded-time=10m0s", "--scale-down-delay-after-add=10m0s", "--scale-down-utilization-threshold=0.5"}},
		"set":      {set, []string{"--scan-interval=30s", "--scale-down-unneeded-time=2m0s", "--scale-down-delay-after-add=1m0s", "--scale-down-utilization-threshold=0.65"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := append([]string{
				"--cloud-provider=aws",
				"--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/paddock-dev",
				"--expander=least-waste", "--balance-similar-node-groups=true",
				"--balancing-ignore-label=paddock.dev/node-group",
				"--balancing-ignore-label=eks.amazonaws.com/sourceLaunchTemplateId",
				"--balancing-ignore-label=eks.amazonaws.com/sourceLaunchTemplateVersion",
				"--balancing-ignore-label=topology.k8s.aws/zone-id",
				"--balancing-ignore-label=nodegroup-name",
				"--skip-nodes-with-system-pods=false", "--skip-nodes-with-local-storage=false", "--frequent-loops-enabled=true", "--kube-client-qps=50", "--kube-client-burst=100",
			}, tc.want...)
			want = append(want, "--namespace=kube-system", "--leader-elect=true", "--logtostderr=true", "--stderrthreshold=info", "--v=2")
			var got []string
			for _, arg := range container(t, record(t, tc.args))["args"].([]any) {
				got = append(got, arg.(string))
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		args autoscaler.Args
		want []string
	}{
		"empty":         {autoscaler.Args{}, []string{"clusterName: empty", "region: empty", "version: "}},
		"unknown minor": {autoscaler.Args{ClusterName: "c", Region: "r", Version: "1.12"}, []string{`version: versions: Kubernetes "1.12"`}},
		"out of range":  {autoscaler.Args{ClusterName: "c", Region: "r", Version: "1.34", UtilizationThreshold: 1.5}, []string{"utilizationThreshold: 1.5: want 0 to 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
				_, err := autoscaler.New(ctx, "cas", &tc.args)
				return err
			})
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q: %v", want, err)
				}
			}
			if len(got) != 0 {
				t.Errorf("registered %q", got.Keys())
			}
		})
	}
}

func container(t *testing.T, got testkit.Record) map[string]any {
	t.Helper()
	list, _ := got.Get(t, deployment).Input("spec.template.spec.containers").([]any)
	if len(list) != 1 {
		t.Fatalf("%d containers, want 1", len(list))
	}
	return list[0].(map[string]any)
}

func TestRoleARN(t *testing.T) {
	var arn string
	testkit.Run(t, func(ctx *pulumi.Context) error {
		a, err := autoscaler.New(ctx, "cas", args())
		if err != nil {
			return err
		}
		a.RoleARN.ApplyT(func(s string) string { arn = s; return s })
		return nil
	})
	if !strings.HasPrefix(arn, "arn:aws:iam::") {
		t.Errorf("role ARN %q", arn)
	}
}

// Two pods, so that one takes over at once; a drain may take one of them.
func TestReplicas(t *testing.T) {
	got := record(t, args())
	if n := got.Get(t, deployment).Input("spec.replicas"); n != 2.0 {
		t.Errorf("replicas %v, want 2", n)
	}
	if n := got.Get(t, budget).Input("spec.maxUnavailable"); n != 1.0 {
		t.Errorf("maxUnavailable %v, want 1", n)
	}
}

func TestImageOfOnesOwn(t *testing.T) {
	a := args()
	a.Image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/cluster-autoscaler:v1.34.2"
	if image := container(t, record(t, a))["image"]; image != a.Image {
		t.Errorf("image %v, want %s", image, a.Image)
	}
}
