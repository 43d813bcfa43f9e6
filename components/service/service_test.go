package service_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/labels"
	"paddock/components/service"
	"paddock/components/testkit"
	"paddock/servicefile"
)

const (
	component  = "paddock:service:Service shop"
	account    = "kubernetes:core/v1:ServiceAccount shop-account"
	network    = "kubernetes:networking.k8s.io/v1:NetworkPolicy shop-network"
	volume     = "kubernetes:core/v1:PersistentVolumeClaim shop-volume"
	address    = "kubernetes:core/v1:Service shop-service"
	workload   = "kubernetes:apps/v1:Deployment shop-deployment"
	autoscaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler shop-autoscaler"
	budget     = "kubernetes:policy/v1:PodDisruptionBudget shop-budget"
	ingress    = "kubernetes:networking.k8s.io/v1:Ingress shop-ingress"
)

// always is what every service consists of.
var always = []string{component, account, network, address, workload, budget}

const least = `name: shop
team: red
image: registry.example.com/shop:1
port: 8080
health: {ready: /healthz}
cpu: {request: 100m, limit: 400m}
memory: {request: 128Mi, limit: 128Mi}
`

// Lines that add one part each.
const (
	scaled  = "replicas: {min: 2, max: 10}\n"
	exposed = "expose: {host: shop}\n"
	kept    = "volume: {path: /data, size: 1Gi}\n"
	acting  = "calls: [\"internet:443\"]\nrole: arn:aws:iam::123456789012:role/shop\n"
)

func args(t testing.TB, lines ...string) *service.Args {
	t.Helper()
	f, err := servicefile.Load("service.yaml", []byte(least+strings.Join(lines, "")))
	if err != nil {
		t.Fatal(err)
	}
	return &service.Args{File: f, Ingress: &service.Ingress{
		Domain: "example.com", Class: "alb", SourceBlocks: []string{"10.0.0.0/24", "10.0.1.0/24"},
	}}
}

func record(t testing.TB, args *service.Args, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, args.File.Name, args)
		return err
	}, opts...)
}

func TestRegistered(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []string
		want  []string
	}{
		"least":   {nil, always},
		"scaled":  {[]string{scaled}, append(slices.Clone(always), autoscaler)},
		"exposed": {[]string{exposed}, append(slices.Clone(always), ingress)},
		"kept":    {[]string{kept}, append(slices.Clone(always), volume)},
		"acting":  {[]string{acting}, always},
	} {
		for _, preview := range []bool{false, true} {
			var opts []testkit.Option
			if preview {
				opts = append(opts, testkit.WithPreview())
			}
			slices.Sort(tc.want)
			if got := record(t, args(t, tc.lines...), opts...).Keys(); !slices.Equal(got, tc.want) {
				t.Errorf("%s, preview %v: registered\n%s\nwant\n%s", name, preview, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		}
	}
}

// The goldens are what a reader looks at first: a file in, objects out.
func TestObjects(t *testing.T) {
	for name, lines := range map[string][]string{
		"least": nil,
		"full":  {scaled, exposed, acting, "callers: [blue/web]\nenv: {LOG_LEVEL: info}\nsecrets: {DATABASE_URL: {name: shop-db, key: url}}\n"},
		"kept":  {kept},
	} {
		objects := map[string]any{}
		for key, r := range record(t, args(t, lines...)) {
			if r.Custom {
				objects[key] = r.Plain()
			}
		}
		testkit.Golden(t, name+".json", objects)
	}
}

// Everything is in the service's namespace, says whose it is, and bears the service's name.
func TestMetadata(t *testing.T) {
	a := args(t, scaled, exposed, acting)
	a.Namespace = "red-batch"
	for key, r := range record(t, a) {
		if !r.Custom {
			continue
		}
		l, _ := r.Input("metadata.labels").(map[string]any)
		if r.Input("metadata.namespace") != "red-batch" || r.Input("metadata.name") != "shop" ||
			l[labels.Team] != "red" || l[labels.ManagedBy] != "paddock" || l[labels.Name] != "shop" {
			t.Errorf("%s: metadata %v", key, r.Input("metadata"))
		}
	}
}

// Nothing may wait for pods: the apps program does, and says why they do not come.
func TestNothingIsAwaited(t *testing.T) {
	got := record(t, args(t, exposed, kept))
	for _, key := range []string{workload, address, volume, ingress} {
		annotations, _ := got.Get(t, key).Input("metadata.annotations").(map[string]any)
		if annotations["pulumi.com/skipAwait"] != "true" {
			t.Errorf("%s: annotations %v", key, annotations)
		}
	}
}

// What pods need when they start is there before them.
func TestOrder(t *testing.T) {
	got := record(t, args(t, acting, scaled, exposed))
	for _, before := range []string{account, network, address} {
		if !got.Follows(t, workload, before) {
			t.Errorf("the Deployment does not wait for %s", before)
		}
	}
	if !got.Follows(t, autoscaler, workload) || !got.Follows(t, ingress, address) {
		t.Error("autoscaler or ingress waits for nothing")
	}
	if kept := record(t, args(t, kept)); !kept.Follows(t, workload, volume) {
		t.Error("the Deployment does not wait for its volume")
	}
}

// A service that goes leaves its data, and one that comes back takes it over, whoever's hand the claim was made by.
func TestVolumeStays(t *testing.T) {
	got := record(t, args(t, kept)).Get(t, volume)
	annotations, _ := got.Input("metadata.annotations").(map[string]any)
	if !got.RetainOnDelete || annotations["pulumi.com/patchForce"] != "true" {
		t.Errorf("retained %t, annotations %v", got.RetainOnDelete, annotations)
	}
}

func TestGoneAndDependencies(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		made, err := corev1.NewConfigMap(ctx, "cluster", &corev1.ConfigMapArgs{Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("c")}})
		if err != nil {
			return err
		}
		a := args(t, scaled, exposed, acting)
		a.Gone, a.DependsOn = pulumi.DeletedWith(made), []pulumi.Resource{made}
		_, err = service.New(ctx, "shop", a)
		return err
	})
	const cluster = "kubernetes:core/v1:ConfigMap cluster"
	for key, r := range got {
		if r.Custom && key != cluster && (r.DeletedWith != got.Get(t, cluster).URN || !got.Follows(t, key, cluster)) {
			t.Errorf("%s: deleted with %q, waits for %v", key, r.DeletedWith, testkit.Names(r.DependsOn))
		}
	}
}

func TestOutputs(t *testing.T) {
	var name string
	testkit.Run(t, func(ctx *pulumi.Context) error {
		s, err := service.New(ctx, "shop", args(t, exposed))
		if err != nil {
			return err
		}
		if s.Namespace != "red" || s.Name != "shop" || s.Host != "shop.example.com" {
			t.Errorf("namespace %q, name %q, host %q", s.Namespace, s.Name, s.Host)
		}
		s.Deployment.ApplyT(func(n string) string { name = n; return n })
		return nil
	})
	if name != "shop" {
		t.Errorf("deployment %q", name)
	}
}

func TestUnfencedNamespaceStaysOpen(t *testing.T) {
	a := args(t)
	a.Unfenced = true
	if got := record(t, a); len(got.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy")) > 0 {
		t.Error("a policy closes what the operator left open")
	}
}

func TestFaults(t *testing.T) {
	a := args(t, exposed, acting)
	a.File.Image, a.File.Port, a.Ingress = "", 80, nil
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "shop", a)
		return err
	})
	for _, want := range []string{"service shop: file: port: 80: want a port", "image: empty", "expose: shop: want a platform with an ingress"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
	if len(got) > 0 {
		t.Errorf("registered %q", got.Keys())
	}
}

// The samples of the service file's own tests become objects, too.
func TestSamples(t *testing.T) {
	for _, file := range []string{"frontend", "backend", "role"} {
		raw, err := os.ReadFile("../../servicefile/testdata/good/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		f, err := servicefile.Load(file, raw)
		if err != nil {
			t.Fatal(err)
		}
		a := args(t)
		a.File, a.Image = f, "registry.example.com/x:2"
		got := record(t, a).OfType("kubernetes:apps/v1:Deployment")
		if len(got) != 1 {
			t.Errorf("%s: %d Deployments", file, len(got))
		}
	}
}
