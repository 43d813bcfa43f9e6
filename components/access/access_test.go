package access_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/access"
	"paddock/components/testkit"
)

const (
	admin    = "arn:aws:iam::123456789012:role/ops/Admin"
	deployer = "arn:aws:iam::123456789012:role/deployer"
)

func entries() []access.Entry {
	return []access.Entry{
		{Key: "admin", Principal: pulumi.String(admin), Admin: true},
		{Key: "deployer", Principal: pulumi.String(deployer), Groups: []string{"paddock:red:deployer", "paddock:red:viewer"}},
	}
}

func TestEntries(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		var cluster pulumi.CustomResourceState
		if err := ctx.RegisterResource("test:index:Cluster", "c", nil, &cluster); err != nil {
			return err
		}
		_, err := access.New(ctx, "dev", &access.Args{ClusterName: pulumi.String("dev"), Entries: entries(), Gone: pulumi.DeletedWith(&cluster)})
		return err
	})
	for key, want := range map[string]map[string]any{
		"aws:eks/accessEntry:AccessEntry dev-admin": {
			"clusterName": "dev", "principalArn": admin, "type": "STANDARD", "kubernetesGroups": []any{},
		},
		"aws:eks/accessEntry:AccessEntry dev-deployer": {
			"clusterName": "dev", "principalArn": deployer, "type": "STANDARD",
			"kubernetesGroups": []any{"paddock:red:deployer", "paddock:red:viewer"},
		},
		"aws:eks/accessPolicyAssociation:AccessPolicyAssociation dev-admin-admin": {
			"clusterName": "dev", "principalArn": admin, "accessScope": map[string]any{"type": "cluster"},
			"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
		},
	} {
		r := got.Get(t, key)
		if !reflect.DeepEqual(r.Plain(), want) {
			t.Errorf("%s = %v, want %v", key, r.Plain(), want)
		}
		if resource.URN(r.DeletedWith).Name() != "c" || !r.DeleteBeforeReplace || resource.URN(r.Parent).Name() != "dev" {
			t.Errorf("%s: deletedWith %q, deleteBeforeReplace %v, parent %q", key, r.DeletedWith, r.DeleteBeforeReplace, r.Parent)
		}
	}
	if n := len(got.OfType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")); n != 1 {
		t.Errorf("%d policy associations, want the administrator's only", n)
	}
	if !got.Follows(t, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation dev-admin-admin", "aws:eks/accessEntry:AccessEntry dev-admin") {
		t.Error("the association does not wait for its entry")
	}
}

func TestPartition(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := access.New(ctx, "dev", &access.Args{ClusterName: pulumi.String("dev"), Partition: "aws-cn", Entries: entries()})
		return err
	})
	association := got.Get(t, "aws:eks/accessPolicyAssociation:AccessPolicyAssociation dev-admin-admin")
	if arn := association.Input("policyArn"); arn != "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy" {
		t.Errorf("policyArn = %v", arn)
	}
}

func TestRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		entries []access.Entry
		want    string
	}{
		"no key":       {[]access.Entry{{Principal: pulumi.String(admin)}}, "entry 0: has no key"},
		"no principal": {[]access.Entry{{Key: "a"}}, "entry a: has no principal"},
		"twice":        {append(entries(), entries()[0]), "entry admin: given twice; EKS allows one entry per principal"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
				_, err := access.New(ctx, "dev", &access.Args{ClusterName: pulumi.String("dev"), Entries: tc.entries})
				return err
			})
			if err == nil || !strings.Contains(err.Error(), tc.want) || len(got) != 0 {
				t.Errorf("err = %v, registered %v, want %q and nothing", err, got.Keys(), tc.want)
			}
		})
	}
}

func TestKey(t *testing.T) {
	for principal, slug := range map[string]string{
		deployer:           "deployer-",
		admin:              "admin-",
		"role/ops/Admin":   "admin-",
		"user/j.o+x=y@z_w": "j-o-x-y-z-w-",
		"arn:aws:iam::123456789012:role/" + strings.Repeat("x", 64): strings.Repeat("x", 40) + "-",
		"role/++": "",
	} {
		key := access.Key(principal)
		if hash, ok := strings.CutPrefix(key, slug); !ok || len(hash) != 8 || key != access.Key(principal) {
			t.Errorf("Key(%q) = %q, want %q and eight hex digits", principal, key, slug)
		}
	}
	if access.Key("role/a/x") == access.Key("role/b/x") || access.Key("role/X") == access.Key("role/x") {
		t.Error("different principals share a key")
	}
}
