package delivery_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/delivery"
	"paddock/components/testkit"
)

func TestReader(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		var cluster pulumi.CustomResourceState
		if err := ctx.RegisterResource("test:index:Cluster", "c", nil, &cluster); err != nil {
			return err
		}
		_, err := delivery.NewReader(ctx, "dev", &delivery.ReaderArgs{
			Reads: []delivery.Kind{{Resources: "namespaces serviceaccounts"}, {Group: "apps", Resources: "deployments"}, {Resources: "configmaps", Names: "own"}},
			Gone:  pulumi.DeletedWith(&cluster),
		})
		return err
	})
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding"} {
		r := got.Get(t, "kubernetes:rbac.authorization.k8s.io/v1:"+kind+" dev-preview")
		testkit.Golden(t, "reader-"+kind+".json", r.Plain())
		if resource.URN(r.DeletedWith).Name() != "c" {
			t.Errorf("%s: deleted with %q", kind, r.DeletedWith)
		}
	}
}
