package team_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/team"
	"paddock/components/testkit"
)

func TestQuantitiesAreCanonical(t *testing.T) {
	given := map[string]string{"limits.cpu": "8000m", "limits.memory": "4096Mi", "pods": "40"}
	got := oneTeam(t, team.Namespace{Name: "web", Quota: given, Limits: team.Limits{DefaultCPU: "0.5", DefaultMemory: "1024Mi", MaxCPU: "2000m"}})
	hard := got.Get(t, "kubernetes:core/v1:ResourceQuota red-web-quota").Plain()["spec"].(map[string]any)["hard"]
	if want := any(map[string]any{"limits.cpu": "8", "limits.memory": "4Gi", "pods": "40"}); !reflect.DeepEqual(hard, want) {
		t.Errorf("quota %v, want %v", hard, want)
	}
	if given["limits.cpu"] != "8000m" {
		t.Error("the caller's map was changed")
	}
	limits := got.Get(t, "kubernetes:core/v1:LimitRange red-web-limits").Input("spec.limits").([]any)[0].(map[string]any)
	want := map[string]any{"type": "Container", "default": map[string]any{"cpu": "500m", "memory": "1Gi"}, "max": map[string]any{"cpu": "2"}}
	if !reflect.DeepEqual(limits, want) {
		t.Errorf("limits %v, want %v", limits, want)
	}
}

func TestBadQuantities(t *testing.T) {
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := team.New(ctx, "red", &team.Args{Name: "red", Namespaces: []team.Namespace{{
			Name: "web", Quota: map[string]string{"limits.cpu": "lots", "pods": ""}, Limits: team.Limits{MaxMemory: "4GB"},
		}}})
		return err
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`namespaces: web: quota.limits.cpu: "lots": want a quantity`,
		"namespaces: web: quota.pods: empty",
		`namespaces: web: limits.maxMemory: "4GB": want a quantity`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if len(got) != 0 {
		t.Errorf("registered %q", got.Keys())
	}
}

// Pods of the system's priority would push the platform's own off their nodes.
func TestNoPodOfTheSystemsPriority(t *testing.T) {
	spec := oneTeam(t, fenced("web")).Get(t, "kubernetes:core/v1:ResourceQuota red-web-priority").Input("spec")
	want := map[string]any{
		"hard": map[string]any{"pods": "0"},
		"scopeSelector": map[string]any{"matchExpressions": []any{map[string]any{
			"scopeName": "PriorityClass", "operator": "In", "values": []any{"system-cluster-critical", "system-node-critical"},
		}}},
	}
	if !reflect.DeepEqual(spec, want) {
		t.Errorf("spec %v, want %v", spec, want)
	}
}
