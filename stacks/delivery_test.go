package stacks_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"paddock/components/testkit"
)

const (
	gitlab    = `{"gitlab": "https://gitlab.com", "project": "group/paddock"}`
	delivers  = `{"frontend": {"delivery": {"project": "group/frontend", "services": ["shop", "web"]}, "deployers": ["role/Ops"]}, "backend": {"viewers": ["role/Ops"]}}`
	unchanged = `{"frontend": {"deployers": ["role/Ops"]}, "backend": {"viewers": ["role/Ops"]}}`
)

func delivery(t testing.TB, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return with(t, map[string]string{"paddock:delivery": gitlab, "paddock:teams": delivers}, opts...)
}

// Delivery adds to a platform, and changes nothing of it.
func TestDeliveryOnlyAdds(t *testing.T) {
	before, after := with(t, map[string]string{"paddock:teams": unchanged}), delivery(t)
	created, deleted, changed := difference(before, after)
	if len(deleted)+len(changed) > 0 {
		t.Errorf("deleted %v, changed %v", deleted, changed)
	}
	testkit.Golden(t, "delivery.json", created)
	if previewed := delivery(t, testkit.WithPreview()); !slices.Equal(after.Keys(), previewed.Keys()) {
		t.Error("a preview registers other resources than an update")
	}
}

// Without a GitLab, what a team needs to deliver is there all the same, but nobody's jobs preview.
func TestDeliveryWithoutAGitLab(t *testing.T) {
	before := with(t, map[string]string{"paddock:teams": unchanged})
	after := with(t, map[string]string{"paddock:teams": strings.Replace(delivers, `"project": "group/frontend", `, "", 1)})
	created, deleted, changed := difference(before, after)
	if len(deleted)+len(changed) > 0 {
		t.Errorf("deleted %v, changed %v", deleted, changed)
	}
	testkit.Golden(t, "delivery-account.json", created)
	for _, r := range after.OfType("aws:iam/role:Role") {
		if strings.HasPrefix(r.Name, "frontend-delivery-") && !strings.Contains(fmt.Sprint(r.Input("assumeRolePolicy")), "arn:aws:iam::"+testkit.Account+":root") {
			t.Errorf("%s trusts %v", r.Name, r.Input("assumeRolePolicy"))
		}
	}
}

func TestDeliveryGivesAccess(t *testing.T) {
	got := delivery(t)
	groups := map[string]any{}
	for _, e := range got.OfType("aws:eks/accessEntry:AccessEntry") {
		arn := fmt.Sprint(e.Input("principalArn"))
		groups[arn[strings.LastIndex(arn, ":")+1:]] = e.Input("kubernetesGroups")
		if strings.HasSuffix(arn, "-release") && !got.Follows(t, e.Key(), "aws:iam/role:Role frontend-delivery-release") {
			t.Errorf("%s does not wait for its role", e.Key())
		}
	}
	want := map[string]any{
		"role/Ops":                          []any{"paddock:backend:viewer", "paddock:frontend:deployer"},
		"role/gitlab-paddock-dev-preview":   []any{"paddock:preview"},
		"role/paddock-dev-frontend-release": []any{"paddock:frontend:deployer"},
	}
	if !reflect.DeepEqual(groups, want) {
		t.Errorf("groups = %v", groups)
	}
}

// A preview may read what the platform manages, whatever it is set to, and nothing else.
func TestPreviewReadsWhatIsManaged(t *testing.T) {
	managed := map[string]bool{"replicasets.apps": true} // they tell how a Deployment fares
	for _, headroom := range []string{`{"nodes": 1}`, `{"share": 0.1}`} {
		got := with(t, map[string]string{"paddock:delivery": gitlab, "paddock:teams": delivers, "paddock:headroom": headroom})
		for _, r := range got {
			if kind, ok := strings.CutPrefix(r.Type, "kubernetes:"); ok {
				managed[plural(kind)] = true
			}
		}
	}
	read := map[string]bool{}
	rules, _ := delivery(t).Get(t, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole paddock-dev-delivery-preview").Input("rules").([]any)
	for _, rule := range rules {
		r := rule.(map[string]any)
		for _, resource := range r["resources"].([]any) {
			read[strings.TrimSuffix(fmt.Sprint(resource, ".", r["apiGroups"].([]any)[0]), ".")] = true
		}
		for _, verb := range r["verbs"].([]any) {
			if !slices.Contains([]any{"get", "list", "watch"}, verb) {
				t.Errorf("%v: more than reading", r)
			}
		}
	}
	if !maps.Equal(managed, read) {
		t.Errorf("managed %v\nread    %v", slices.Sorted(maps.Keys(managed)), slices.Sorted(maps.Keys(read)))
	}
}

// plural turns apps/v1:Deployment into deployments.apps, as RBAC says it.
func plural(kind string) string {
	version, name, _ := strings.Cut(kind, ":")
	group, _, _ := strings.Cut(version, "/")
	name = strings.ToLower(strings.TrimSuffix(name, "Patch"))
	switch {
	case strings.HasSuffix(name, "params"): // the definition's own plural
	case strings.HasSuffix(name, "y"):
		name = strings.TrimSuffix(name, "y") + "ies"
	case strings.HasSuffix(name, "s"):
		name += "es"
	default:
		name += "s"
	}
	if group == "core" {
		return name
	}
	return name + "." + group
}

// Prod keeps its images; elsewhere they go with their team.
func TestProdProtectsRepositories(t *testing.T) {
	for environment, want := range map[string]bool{"dev": false, "prod": true} {
		got := with(t, map[string]string{"paddock:environment": environment, "paddock:delivery": gitlab, "paddock:teams": delivers})
		repositories := got.OfType("aws:ecr/repository:Repository")
		for _, r := range repositories {
			if r.Protect != want || r.Input("forceDelete") != !want {
				t.Errorf("%s: %s: protect %v, forceDelete %v", environment, r.Name, r.Protect, r.Input("forceDelete"))
			}
		}
		if len(repositories) != 2 || repositories[0].Input("name") != "paddock-"+environment+"/frontend/shop" {
			t.Errorf("%s: %v", environment, repositories)
		}
	}
}
