package metrics_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/metrics"
	"paddock/components/testkit"
)

const (
	addon = "aws:eks/addon:Addon test-addon"
	api   = "kubernetes:apiregistration.k8s.io/v1:APIServicePatch test-api"
)

func TestMetrics(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		other, err := ec2.NewVpc(ctx, "other", nil)
		if err != nil {
			return err
		}
		m, err := metrics.New(ctx, "test", &metrics.Args{
			ClusterName: pulumi.String("paddock-test"), Version: "1.34",
			DependsOn: []pulumi.Resource{other}, Gone: pulumi.DeletedWith(other),
		})
		if err == nil && m.Ready == nil {
			t.Error("nothing to wait for")
		}
		return err
	})
	for path, want := range map[string]any{
		"clusterName": "paddock-test", "addonName": "metrics-server", "addonVersion": "v0.8.0-eksbuild.6",
		"resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE",
	} {
		if value := got.Get(t, addon).Input(path); value != want {
			t.Errorf("%s = %v, want %v", path, value, want)
		}
	}
	testkit.Golden(t, "api.json", got.Get(t, api).Plain())
	other := got.Get(t, "aws:ec2/vpc:Vpc other")
	for _, key := range []string{addon, api} {
		if got.Get(t, key).DeletedWith != other.URN {
			t.Errorf("%s: is not deleted with the cluster", key)
		}
		if !got.Follows(t, key, other.Key()) {
			t.Errorf("%s: does not wait for what it was told to", key)
		}
	}
	if !got.Follows(t, api, addon) {
		t.Error("the API is awaited before the add-on is there")
	}
}

func TestVersions(t *testing.T) {
	for name, test := range map[string]struct {
		args    metrics.Args
		version string // wanted
		fault   string // or this
	}{
		"override":      {metrics.Args{Version: "1.34", AddonVersion: "v0.8.1-eksbuild.1"}, "v0.8.1-eksbuild.1", ""},
		"older minor":   {metrics.Args{Version: "1.33"}, "v0.8.0-eksbuild.2", ""},
		"unknown minor": {metrics.Args{Version: "1.20"}, "", `metrics test: versions: Kubernetes "1.20": not a supported minor`},
	} {
		t.Run(name, func(t *testing.T) {
			test.args.ClusterName = pulumi.String("paddock-test")
			got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
				_, err := metrics.New(ctx, "test", &test.args)
				return err
			})
			if test.fault != "" {
				if err == nil || !strings.Contains(err.Error(), test.fault) {
					t.Errorf("error = %v, want %q in it", err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if version := got.Get(t, addon).Input("addonVersion"); version != test.version {
				t.Errorf("version = %v, want %s", version, test.version)
			}
		})
	}
}
