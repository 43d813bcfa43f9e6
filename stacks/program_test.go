package stacks_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
	"paddock/stacks"
)

// caller answers the one invoke that the program makes of its own.
func caller(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return resource.PropertyMap{
		"accountId": resource.NewProperty(testkit.Account),
		"arn":       resource.NewProperty("arn:aws:sts::" + testkit.Account + ":assumed-role/deploy/ci"),
		"id":        resource.NewProperty(testkit.Account),
		"userId":    resource.NewProperty("AROA"),
	}, nil
}

// program runs the whole program for a stack file.
func program(t testing.TB, file string, opts ...testkit.Option) testkit.Record {
	t.Helper()
	t.Setenv(pulumi.EnvConfig, engine(t, file))
	return testkit.Run(t, stacks.Run, append(opts, testkit.WithCall(caller))...)
}

func TestWholeProgram(t *testing.T) {
	for _, file := range stackFiles(t) {
		t.Run(file, func(t *testing.T) {
			got := program(t, file)
			count := map[string]int{}
			for _, r := range got {
				count[r.Type]++
			}
			testkit.Golden(t, strings.TrimSuffix(file, ".yaml")+".json", count)
			previewed := program(t, file, testkit.WithPreview())
			if !slices.Equal(got.Keys(), previewed.Keys()) {
				t.Error("a preview registers other resources than an update")
			}
		})
	}
}

func TestEveryResourceHasAnExplicitProvider(t *testing.T) {
	got := program(t, "Pulumi.prod.yaml")
	for key, r := range got {
		pkg, _, _ := strings.Cut(r.Type, ":")
		switch {
		case pkg == "pulumi" || pkg == "paddock":
		case r.Remote:
			if r.Providers["aws"] == "" || r.Providers["eks"] == "" {
				t.Errorf("%s: providers %v, want aws and eks", key, r.Providers)
			}
		case !strings.Contains(r.Provider, "pulumi:providers:"+pkg+"::paddock-prod-"):
			t.Errorf("%s: provider %q", key, r.Provider)
		}
	}
	for pkg, count := range map[string]int{"aws": 1, "eks": 1, "kubernetes": 1} {
		if n := len(got.OfType("pulumi:providers:" + pkg)); n != count {
			t.Errorf("%d providers of %s, want %d", n, pkg, count)
		}
	}
}

func TestProviders(t *testing.T) {
	got := program(t, "Pulumi.dev.yaml")
	aws := got.Get(t, "pulumi:providers:aws paddock-dev-aws")
	if region := aws.Input("region"); region != "us-west-2" {
		t.Errorf("region = %v", region)
	}
	testkit.Golden(t, "default-tags.json", aws.Input("defaultTags"))
}

// The provider's default tags end at the launch template itself: what it launches carries them only if it says so.
func TestDefaultTagsReachInstancesAndVolumes(t *testing.T) {
	got := program(t, "Pulumi.prod.yaml")
	tags, _ := got.Get(t, "pulumi:providers:aws paddock-prod-aws").Input("defaultTags.tags").(map[string]any)
	specifications, _ := got.OfType("aws:ec2/launchTemplate:LaunchTemplate")[0].Input("tagSpecifications").([]any)
	var kinds []string
	for _, s := range specifications {
		specification := s.(map[string]any)
		kinds = append(kinds, specification["resourceType"].(string))
		for key, value := range tags {
			if has := specification["tags"].(map[string]any)[key]; has != value {
				t.Errorf("%s: tag %s = %v, want %v", specification["resourceType"], key, has, value)
			}
		}
	}
	claimed, _ := got.Get(t, "aws:eks/addon:Addon paddock-prod-cluster-aws-ebs-csi-driver").Input("configurationValues").(string)
	if want := `"ManagedBy":"pulumi","Platform":"paddock-prod"`; !strings.Contains(claimed, want) {
		t.Errorf("volumes that pods claim: %s lacks %s", claimed, want)
	}
	if len(tags) < 4 || !slices.Equal(kinds, []string{"instance", "volume"}) {
		t.Errorf("default tags %v on %v", tags, kinds)
	}
}

func BenchmarkProgram(b *testing.B) {
	for b.Loop() {
		program(b, "Pulumi.prod.yaml")
	}
}

// What lives in the cluster goes with it: a destroy neither hangs on an API
// server that is gone nor asks it for every object. Prod exposes nothing; what
// dev's ingress changes is in ingress_test.go.
func TestWhatIsInsideGoesWithTheCluster(t *testing.T) {
	got := program(t, "Pulumi.prod.yaml")
	cluster := got.OfType("eks:index:Cluster")[0].URN
	inside := []string{"aws:eks/accessEntry:AccessEntry", "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "aws:eks/addon:Addon", "aws:eks/podIdentityAssociation:PodIdentityAssociation"}
	seen := 0
	for key, r := range got {
		if !strings.HasPrefix(r.Type, "kubernetes:") && !slices.Contains(inside, r.Type) {
			continue
		}
		seen++
		if r.DeletedWith != cluster {
			t.Errorf("%s: deleted with %q, want the cluster", key, r.DeletedWith)
		}
	}
	if seen < 30 {
		t.Errorf("only %d resources are inside the cluster", seen)
	}
}

func TestProtection(t *testing.T) {
	for file, want := range map[string]bool{"Pulumi.dev.yaml": false, "Pulumi.prod.yaml": true} {
		got := program(t, file)
		for _, r := range slices.Concat(got.OfType("eks:index:Cluster"), got.OfType("aws:ec2/vpc:Vpc")) {
			if r.Protect != want {
				t.Errorf("%s: %s: protect = %v", file, r.Key(), r.Protect)
			}
		}
	}
}

// Waves are what can be created at once; the last goes first on destroy.
func TestOrder(t *testing.T) {
	got := program(t, "Pulumi.dev.yaml")
	testkit.Golden(t, "waves.json", waves(got))
	group := "aws:eks/nodeGroup:NodeGroup paddock-dev-cluster-default"
	for later, earlier := range map[string]string{
		"kubernetes:apps/v1:Deployment paddock-dev-autoscaler-deployment": group,
		"kubernetes:core/v1:Namespace frontend-frontend":                  group,
		"aws:eks/addon:Addon paddock-dev-cluster-coredns":                 group,
		"aws:eks/addon:Addon paddock-dev-metrics-addon":                   group,
		group: "aws:eks/addon:Addon paddock-dev-cluster-vpc-cni",
	} {
		if !got.Follows(t, later, earlier) {
			t.Errorf("%s does not wait for %s", later, earlier)
		}
	}
	for _, route := range got.OfType("aws:ec2/route:Route") {
		if !got.Follows(t, group, route.Key()) {
			t.Errorf("nodes do not wait for %s", route.Key())
		}
	}
}

// waves numbers each resource by the longest chain of what it waits for.
func waves(r testkit.Record) [][]string {
	byURN := map[string]testkit.Resource{}
	for _, res := range r {
		byURN[res.URN] = res
	}
	depth := map[string]int{}
	var of func(urn string) int
	of = func(urn string) int {
		res, ok := byURN[urn]
		if !ok {
			return 0
		}
		if d, ok := depth[urn]; ok {
			return d
		}
		for _, need := range append([]string{res.Parent}, res.DependsOn...) {
			depth[urn] = max(depth[urn], 1+of(need))
		}
		return depth[urn]
	}
	grouped := map[int][]string{}
	for _, res := range r {
		d := of(res.URN)
		grouped[d] = append(grouped[d], res.Key())
	}
	var list [][]string
	for _, d := range slices.Sorted(maps.Keys(grouped)) {
		slices.Sort(grouped[d])
		list = append(list, grouped[d])
	}
	return list
}

func TestNothingRegistersOnBadConfig(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, `{"paddock:environment": "dev", "paddock:region": "us-west-2"}`)
	got, err := testkit.RunErr(t, stacks.Run)
	want := "config of stack test:\npaddock:cluster.administrators: want a principal at least"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v", err)
	}
	for _, key := range got.Keys() {
		if !strings.HasPrefix(key, "pulumi:pulumi:Stack ") {
			t.Errorf("%s registered", key)
		}
	}
}
