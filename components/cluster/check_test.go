package cluster_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/cluster"
	"paddock/components/testkit"
)

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*cluster.Args)
		want   string
	}{
		"unknown minor":        {func(a *cluster.Args) { a.Version = "1.29" }, `version: versions: Kubernetes "1.29": not a supported minor`},
		"unknown add-on":       {func(a *cluster.Args) { a.AddonVersions = map[string]string{"istio": "v1"} }, `add-on versions: "istio": want one of`},
		"no group":             {func(a *cluster.Args) { a.NodeGroups = nil }, "want one without taints and with min of at least 1"},
		"all groups from zero": {func(a *cluster.Args) { a.NodeGroups[0].Min = 0 }, "want one without taints and with min of at least 1"},
		"all groups tainted": {
			func(a *cluster.Args) { a.NodeGroups[0].Taints = []cluster.Taint{{Key: "k", Effect: "NoSchedule"}} },
			"want one without taints and with min of at least 1",
		},
		"same group twice": {func(a *cluster.Args) { a.NodeGroups = append(a.NodeGroups, a.NodeGroups[0]) }, `node group "general": listed twice`},
		"name too long":    {func(a *cluster.Args) { a.NodeGroups[0].Name = strings.Repeat("x", 37) }, "name: 37 characters: want 1 to 36"},
		"min over desired": {func(a *cluster.Args) { a.NodeGroups[0].Min = 3 }, "size: want 0 <= min <= desired <= max and max > 0, got 3, 2, 6"},
		"desired over max": {func(a *cluster.Args) { a.NodeGroups[0].Desired = 7 }, "got 2, 7, 6"},
		"unknown type":     {func(a *cluster.Args) { a.NodeGroups[0].InstanceTypes = []string{"p5.huge"} }, `versions: instance type "p5.huge": not in the table`},
		"mixed architectures": {
			func(a *cluster.Args) { a.NodeGroups[0].InstanceTypes = []string{"m5.large", "m6g.large"} },
			"m6g.large is arm64, those before it are amd64: want one architecture",
		},
		"AL2":          {func(a *cluster.Args) { a.NodeGroups[0].AMIType = "AL2_x86_64" }, `AMI type: "AL2_x86_64": want an AL2023 type for amd64`},
		"AMI of arm":   {func(a *cluster.Args) { a.NodeGroups[0].AMIType = "AL2023_ARM_64_STANDARD" }, "want an AL2023 type for amd64"},
		"taint effect": {func(a *cluster.Args) { a.NodeGroups[0].Taints = []cluster.Taint{{Key: "k", Effect: "NO_SCHEDULE"}} }, `taint "k": effect "NO_SCHEDULE": want one of`},
		"taint twice": {
			func(a *cluster.Args) {
				a.NodeGroups[0].Taints = []cluster.Taint{{Key: "k", Effect: "NoSchedule"}, {Key: "k", Effect: "NoExecute"}}
			}, `taint "k": listed twice`,
		},
		"AMI of GPUs":  {func(a *cluster.Args) { a.NodeGroups[0].AMIType = "AL2023_x86_64_NVIDIA" }, "want an AL2023 type for amd64"},
		"unknown zone": {func(a *cluster.Args) { a.NodeGroups[0].Zones = []string{"us-west-2c"} }, `zone "us-west-2c": want one of us-west-2a, us-west-2b`},
	} {
		t.Run(name, func(t *testing.T) {
			args := defaults()
			test.change(args)
			record, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
				_, err := cluster.New(ctx, "test", args)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q in it", err, test.want)
			}
			if keys := record.Keys(); anything(keys) {
				t.Errorf("registered %v", keys)
			}
		})
	}
}

func TestFaultsAreReportedTogether(t *testing.T) {
	args := defaults()
	args.Version = "1.29"
	args.NodeGroups[0].Max = 1
	_, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := cluster.New(ctx, "test", args)
		return err
	})
	for _, want := range []string{"1.29", "got 2, 2, 1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q in it", err, want)
		}
	}
}

// anything says whether anything but the stack itself was registered.
func anything(keys []string) bool {
	for _, key := range keys {
		if !strings.HasPrefix(key, "pulumi:pulumi:Stack ") {
			return true
		}
	}
	return false
}
