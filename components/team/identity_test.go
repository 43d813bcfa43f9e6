package team_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/team"
	"paddock/components/testkit"
)

const shopRole = "arn:aws:iam::123456789012:role/shop"

// Each account of a namespace gets its role in that namespace, under a name that no other team, namespace and account join to.
func TestRoles(t *testing.T) {
	web, jobs := fenced("web"), fenced("web-shop")
	web.Roles, jobs.Roles = map[string]string{"shop-api": shopRole, "till": shopRole}, map[string]string{"api": shopRole}
	got := record(t, nil, &team.Args{Name: "red", Namespaces: []team.Namespace{web, jobs}, Cluster: pulumi.String("paddock-dev")})
	made := map[string]any{}
	for _, r := range got.OfType("aws:eks/podIdentityAssociation:PodIdentityAssociation") {
		made[r.Name] = []any{r.Input("clusterName"), r.Input("namespace"), r.Input("serviceAccount"), r.Input("roleArn")}
		if ns := r.Input("namespace").(string); !got.Follows(t, r.Key(), "kubernetes:core/v1:Namespace red-"+ns) {
			t.Errorf("%s does not wait for its namespace", r.Name)
		}
	}
	want := map[string]any{
		"red-web.shop-api-identity": []any{"paddock-dev", "web", "shop-api", shopRole},
		"red-web.till-identity":     []any{"paddock-dev", "web", "till", shopRole},
		"red-web-shop.api-identity": []any{"paddock-dev", "web-shop", "api", shopRole},
	}
	if !reflect.DeepEqual(made, want) {
		t.Errorf("made %v\nwant %v", made, want)
	}
}

func TestRolesWantACluster(t *testing.T) {
	ns := fenced("web")
	ns.Roles = map[string]string{"shop": shopRole}
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := team.New(ctx, "red", &team.Args{Name: "red", Namespaces: []team.Namespace{ns}})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "cluster: none: want its name, for the roles of namespace web") || len(got) > 0 {
		t.Errorf("%v, registered %v", err, got.Keys())
	}
}
