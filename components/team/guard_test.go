package team_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/team"
	"paddock/components/testkit"
)

// What the API server makes of the expressions, the end-to-end tests show.
func TestGuard(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := team.NewGuard(ctx, "guard", &team.GuardArgs{})
		return err
	})
	objects := map[string]any{}
	for key, r := range got {
		if r.Custom {
			objects[key] = r.Plain()
		}
	}
	testkit.Golden(t, "guard.json", objects)
}

// The fence's policies are guarded by the names that they have.
func TestGuardKnowsTheFence(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		if _, err := team.NewGuard(ctx, "guard", &team.GuardArgs{}); err != nil {
			return err
		}
		_, err := team.New(ctx, "red", &team.Args{Name: "red", Namespaces: []team.Namespace{fenced("web")}})
		return err
	})
	const policy = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy guard-policy"
	spec, _ := got.Get(t, policy).Plain()["spec"].(map[string]any)
	rules, _ := spec["validations"].([]any)
	fences := got.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
	for _, fence := range fences {
		name := fence.Input("metadata.name").(string)
		if !slices.ContainsFunc(rules, func(r any) bool { return strings.Contains(r.(map[string]any)["expression"].(string), `"`+name+`"`) }) {
			t.Errorf("%s is not guarded", name)
		}
	}
	conditions, _ := spec["matchConditions"].([]any)
	for _, word := range strings.Split(team.DeployerGroup("X"), "X") {
		if len(conditions) != 1 || !strings.Contains(conditions[0].(map[string]any)["expression"].(string), `"`+word+`"`) {
			t.Errorf("deployers are not known by %q", word)
		}
	}
	if len(fences) != 3 || len(rules) < 5 {
		t.Errorf("%d fences, %d rules", len(fences), len(rules))
	}
}
