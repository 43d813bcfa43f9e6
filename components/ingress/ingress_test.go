package ingress_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/ingress"
	"paddock/components/testkit"
	"paddock/components/versions"
)

const (
	clusterRole  = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole way-cluster"
	role         = "kubernetes:rbac.authorization.k8s.io/v1:Role way-own"
	deployment   = "kubernetes:apps/v1:Deployment way-deployment"
	budget       = "kubernetes:policy/v1:PodDisruptionBudget way-budget"
	serving      = "kubernetes:core/v1:Secret way-serving"
	class        = "kubernetes:networking.k8s.io/v1:IngressClass way-class"
	params       = "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams way-class-params"
	bindings     = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition way-bindings"
	paramsKind   = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition way-params"
	guard        = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy way-guard"
	identity     = "aws:eks/podIdentityAssociation:PodIdentityAssociation way-identity"
	iamRole      = "aws:iam/role:Role way-role"
	iamPolicy    = "aws:iam/rolePolicy:RolePolicy way-policy"
	certificate  = "aws:acm/certificate:Certificate way-certificate"
	record       = "aws:route53/record:Record way-validation"
	issued       = "aws:acm/certificateValidation:CertificateValidation way-issued"
	guardBinding = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding way-guard"
	stand        = "kubernetes:core/v1:ConfigMap stand" // in for the cluster and its nodes
)

func args() *ingress.Args {
	return &ingress.Args{
		ClusterName: "paddock-dev", Region: "us-west-2", VpcID: pulumi.String("vpc-1"), Domain: "dev.example.com",
		NamespaceLabel: "paddock.dev/team", Deployer: `"deployers" in request.userInfo.groups`, Tags: map[string]string{"Platform": "paddock-dev", "Owner": "ops=us"},
	}
}

func register(t *testing.T, args *ingress.Args, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := ingress.New(ctx, "way", args)
		return err
	}, opts...)
}

func TestRegistered(t *testing.T) {
	always := []string{
		identity, iamRole, iamPolicy, deployment, budget, serving, class, params, bindings, paramsKind, clusterRole, role,
		"kubernetes:core/v1:ServiceAccount way-account", guard, guardBinding,
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding way-cluster", "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding way-own",
		"paddock:ingress:Ingress way",
	}
	for name, tc := range map[string]struct {
		change func(*ingress.Args)
		more   []string
	}{
		"requested":             {func(*ingress.Args) {}, []string{certificate}},
		"requested and proved":  {func(a *ingress.Args) { a.ZoneID = "Z1" }, []string{certificate, record, issued}},
		"a certificate's there": {func(a *ingress.Args) { a.CertificateARN = "arn:aws:acm:us-west-2:123456789012:certificate/a" }, nil},
	} {
		a := args()
		tc.change(a)
		want := slices.Sorted(slices.Values(slices.Concat(always, tc.more)))
		for run, opts := range map[string][]testkit.Option{"up": nil, "preview": {testkit.WithPreview()}} {
			if got := register(t, a, opts...).Keys(); !slices.Equal(got, want) {
				t.Errorf("%s: %s: registered\n%s\nwant\n%s", name, run, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

func TestGoldens(t *testing.T) {
	got := register(t, args())
	testkit.Golden(t, "policy.json", got.Get(t, iamPolicy).Input("policy"))
	testkit.Golden(t, "trust.json", got.Get(t, iamRole).Input("assumeRolePolicy"))
	testkit.Golden(t, "cluster-rights.json", got.Get(t, clusterRole).Input("rules"))
	testkit.Golden(t, "own-rights.json", got.Get(t, role).Input("rules"))
	testkit.Golden(t, "deployment.json", got.Get(t, deployment).Plain())
	testkit.Golden(t, "definitions.json", []any{got.Get(t, bindings).Plain(), got.Get(t, paramsKind).Plain()})
	testkit.Golden(t, "class.json", []any{got.Get(t, params).Plain(), got.Get(t, class).Plain()})
	testkit.Golden(t, "guard.json", []any{got.Get(t, guard).Plain(), got.Get(t, guardBinding).Plain()})
	testkit.Golden(t, "certificate.json", got.Get(t, certificate).Plain())
}

// Every write is held to this cluster's tag, or to AWS's own role; an inline policy has room for 10240 characters.
func TestWritesAreScoped(t *testing.T) {
	text, _ := register(t, args()).Get(t, iamPolicy).Input("policy").(string)
	if len(text) > 10240 {
		t.Errorf("%d characters", len(text))
	}
	for _, never := range []string{`"*:*"`, `:*"]`, "wafv2", "shield", "cognito", `"aws-cn"`} {
		if strings.Contains(text, never) {
			t.Errorf("has %s", never)
		}
	}
	a := args()
	a.Region = "cn-north-1"
	if text, _ := register(t, a).Get(t, iamPolicy).Input("policy").(string); !strings.Contains(text, "arn:aws-cn:elasticloadbalancing:cn-north-1:*:loadbalancer/app/*/*") {
		t.Errorf("in China: %s", text)
	}
}

// What must never be granted: these would make the controller's token a master key, or let it read what teams keep to themselves.
func TestNeverGranted(t *testing.T) {
	got := register(t, args())
	for _, key := range []string{clusterRole, role} {
		for _, rule := range got.Get(t, key).Input("rules").([]any) {
			r := rule.(map[string]any)
			for _, word := range []any{"*", "secrets", "configmaps", "impersonate", "escalate", "bind", "roles", "clusterroles"} {
				if slices.Contains(r["resources"].([]any), word) || slices.Contains(r["verbs"].([]any), word) {
					t.Errorf("%s: grants %v", key, r)
				}
			}
			if slices.Contains(r["resources"].([]any), "leases") && slices.Contains(r["verbs"].([]any), "update") && r["resourceNames"] == nil {
				t.Errorf("any lease: %v", r)
			}
		}
	}
}

// The first certificate stays: each run makes one, and no run changes the Secret. It is no plain text in the state.
func TestServingCertificateStays(t *testing.T) {
	one, two := register(t, args()).Get(t, serving), register(t, args()).Get(t, serving)
	if !slices.Contains(one.IgnoreChanges, "data") {
		t.Errorf("ignored %v, want the data to be", one.IgnoreChanges)
	}
	if !one.Inputs["data"].IsSecret() {
		t.Error("the key is no secret")
	}
	if fmt.Sprint(one.Input("data")) == fmt.Sprint(two.Input("data")) || one.Input("type") != "kubernetes.io/tls" {
		t.Errorf("type %v, and one key for all", one.Input("type"))
	}
}

// Whatever exposes something waits for what Ready holds: pods that may act, and the class that is named.
func TestReady(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		way, err := ingress.New(ctx, "way", args())
		if err != nil {
			return err
		}
		_, err = corev1.NewNamespace(ctx, "team", &corev1.NamespaceArgs{}, pulumi.DependsOn(way.Ready))
		return err
	})
	for _, key := range got.Keys() {
		custom := got.Get(t, key).Custom && key != "kubernetes:core/v1:Namespace team" && key != budget
		if custom && !got.Follows(t, "kubernetes:core/v1:Namespace team", key) {
			t.Errorf("%s is gone before the team's Ingresses are", key)
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
		a.Gone, a.DependsOn, a.ZoneID = pulumi.DeletedWith(made), []pulumi.Resource{made}, "Z1"
		_, err = ingress.New(ctx, "way", a)
		return err
	})
	urn := got.Get(t, stand).URN
	for key, r := range got {
		if !r.Custom || key == stand {
			continue
		}
		outlives := strings.HasPrefix(r.Type, "aws:iam/") || strings.HasPrefix(r.Type, "aws:acm/") || strings.HasPrefix(r.Type, "aws:route53/")
		if inside := r.DeletedWith == urn; inside == outlives {
			t.Errorf("%s: deleted with %q", key, r.DeletedWith)
		}
		if waits := !outlives && key != identity; got.Follows(t, key, stand) != waits {
			t.Errorf("%s: waits for what the caller named: %v, want %v", key, !waits, waits)
		}
	}
}

// The records to set are told only where nobody else sets them.
func TestValidation(t *testing.T) {
	for zone, want := range map[string]int{"": 1, "Z1": 0} {
		a := args()
		a.ZoneID = zone
		record := testkit.Run(t, func(ctx *pulumi.Context) error {
			way, err := ingress.New(ctx, "way", a)
			if err != nil {
				return err
			}
			taken := pulumi.Map{"arn": way.CertificateARN, "validation": way.Validation}
			return ctx.RegisterResource("test:index:Taker", "taker", taken, &pulumi.CustomResourceState{})
		})
		got, _ := record.Get(t, "test:index:Taker taker").Input("validation").([]any)
		if len(got) != want {
			t.Errorf("zone %q: %v, want %d records", zone, got, want)
		}
		if want == 1 && !maps.Equal(got[0].(map[string]any), map[string]any{"name": "_0.dev.example.com.", "type": "CNAME", "value": "_1.acm-validations.aws."}) {
			t.Errorf("record %v", got[0])
		}
		if waits := record.Follows; zone != "" && !waits(t, "test:index:Taker taker", issued) {
			t.Error("the certificate is used before it is issued")
		}
	}
}

func TestFaults(t *testing.T) {
	both := *args()
	both.CertificateARN, both.ZoneID = "arn:x", "Z1"
	tags := *args()
	tags.Tags = map[string]string{"a": "b,c"}
	for name, tc := range map[string]struct {
		args ingress.Args
		want []string
	}{
		"empty":                {ingress.Args{}, []string{"clusterName: empty", "region: empty", "domain: empty", "namespaceLabel: empty", "vpcId: empty"}},
		"zone and certificate": {both, []string{"zoneId: proves"}},
		"a comma in a tag":     {tags, []string{`tags: a: "b,c"`}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
				_, err := ingress.New(ctx, "way", &tc.args)
				return err
			})
			for _, want := range tc.want {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("error lacks %q: %v", want, err)
				}
			}
			if len(got) != 0 {
				t.Errorf("registered %q", got.Keys())
			}
		})
	}
}

func TestImage(t *testing.T) {
	for given, want := range map[string]string{"": versions.LoadBalancerControllerImage, "registry.example/controller:v1": "registry.example/controller:v1"} {
		a := args()
		a.Image = given
		containers := register(t, a).Get(t, deployment).Input("spec.template.spec.containers").([]any)
		if got := containers[0].(map[string]any)["image"]; got != want {
			t.Errorf("image %v, want %s", got, want)
		}
	}
}

// The Deployment, its budget and its own selector must mean the same pods.
func TestSelectors(t *testing.T) {
	got := register(t, args())
	labels := got.Get(t, deployment).Input("spec.template.metadata.labels").(map[string]any)
	for _, key := range []string{deployment, budget} {
		selector, _ := got.Get(t, key).Input("spec.selector.matchLabels").(map[string]any)
		if len(selector) == 0 {
			t.Fatalf("%s: selects nothing", key)
		}
		for label, value := range selector {
			if labels[label] != value {
				t.Errorf("%s: selects %s=%v, pods carry %v", key, label, value, labels[label])
			}
		}
	}
}
