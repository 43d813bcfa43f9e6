package team_test

import (
	"reflect"
	"slices"
	"testing"
)

const (
	rbac     = "rbac.authorization.k8s.io"
	role     = "kubernetes:rbac.authorization.k8s.io/v1:Role red-web-deployer"
	viewer   = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding red-web-viewer"
	deployer = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding red-web-deployer"
)

// may says whether the deployer's Role allows a verb on a resource.
func may(rules []any, verb, group, resource string) bool {
	has := func(list any, want string) bool {
		words, _ := list.([]any)
		return slices.Contains(words, any(want)) || slices.Contains(words, any("*"))
	}
	for _, r := range rules {
		rule := r.(map[string]any)
		if has(rule["apiGroups"], group) && has(rule["resources"], resource) && has(rule["verbs"], verb) {
			return true
		}
	}
	return false
}

func TestDeployerRights(t *testing.T) {
	rules, _ := oneTeam(t, fenced("web")).Get(t, role).Plain()["rules"].([]any)
	for name, tc := range map[string]struct {
		group, resource string
		verbs           []string
		want            bool
	}{
		"deployments":         {"apps", "deployments", []string{"get", "create", "update", "patch", "delete"}, true},
		"scale":               {"apps", "deployments/scale", []string{"get", "update", "patch"}, true},
		"statefulsets":        {"apps", "statefulsets", []string{"create", "delete"}, true},
		"autoscalers":         {"autoscaling", "horizontalpodautoscalers", []string{"create", "patch"}, true},
		"jobs":                {"batch", "jobs", []string{"create", "delete"}, true},
		"ingresses":           {"networking.k8s.io", "ingresses", []string{"create"}, true},
		"budgets":             {"policy", "poddisruptionbudgets", []string{"create"}, true},
		"secrets":             {"", "secrets", []string{"get", "create", "patch"}, true},
		"exec":                {"", "pods/exec", []string{"create", "get"}, true},
		"network policies":    {"networking.k8s.io", "networkpolicies", []string{"create", "update", "patch", "delete"}, true}, // but those that the guard refuses
		"fence: quota":        {"", "resourcequotas", []string{"create", "update", "patch", "delete"}, false},
		"fence: limits":       {"", "limitranges", []string{"create", "update", "patch", "delete"}, false},
		"fence: pod security": {"", "namespaces", []string{"create", "update", "patch", "delete"}, false},
		"rights: roles":       {rbac, "roles", []string{"create", "bind", "escalate", "patch"}, false},
		"rights: bindings":    {rbac, "rolebindings", []string{"create", "update", "delete"}, false},
		"rights: impersonate": {"", "serviceaccounts", []string{"impersonate"}, false},
		"rights: tokens":      {"", "serviceaccounts/token", []string{"create"}, false},
		"every node":          {"apps", "daemonsets", []string{"create", "patch"}, false},
		"other teams' pods":   {"", "endpoints", []string{"create", "patch"}, false},
		"other teams' pods 2": {"discovery.k8s.io", "endpointslices", []string{"create", "patch"}, false},
		"sweep":               {"apps", "deployments", []string{"deletecollection"}, false},
		"fence: sweep":        {"networking.k8s.io", "networkpolicies", []string{"deletecollection"}, false},
		"fence: guard":        {"admissionregistration.k8s.io", "validatingadmissionpolicies", []string{"create", "update", "patch", "delete"}, false},
		"fence: guard's bind": {"admissionregistration.k8s.io", "validatingadmissionpolicybindings", []string{"create", "update", "patch", "delete"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range tc.verbs {
				if got := may(rules, verb, tc.group, tc.resource); got != tc.want {
					t.Errorf("%s %s.%s: allowed = %v, want %v", verb, tc.resource, tc.group, got, tc.want)
				}
			}
		})
	}
}

func TestNoWildcards(t *testing.T) {
	rules, _ := oneTeam(t, fenced("web")).Get(t, role).Plain()["rules"].([]any)
	for _, r := range rules {
		for field, list := range r.(map[string]any) {
			if words, _ := list.([]any); slices.Contains(words, any("*")) {
				t.Errorf("%s: %v holds a wildcard", field, words)
			}
		}
	}
}

func TestBindings(t *testing.T) {
	got := oneTeam(t, fenced("web"))
	group := func(name string) any { return map[string]any{"apiGroup": rbac, "kind": "Group", "name": name} }
	for key, want := range map[string]struct {
		role     map[string]any
		subjects []any
	}{
		viewer: {
			map[string]any{"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
			[]any{group("paddock:red:viewer"), group("paddock:red:deployer")},
		},
		deployer: {
			map[string]any{"apiGroup": rbac, "kind": "Role", "name": "team-deployer"},
			[]any{group("paddock:red:deployer")},
		},
	} {
		r := got.Get(t, key)
		if !reflect.DeepEqual(r.Input("roleRef"), any(want.role)) {
			t.Errorf("%s: role %v, want %v", key, r.Input("roleRef"), want.role)
		}
		if !reflect.DeepEqual(r.Input("subjects"), any(want.subjects)) {
			t.Errorf("%s: subjects %v, want %v", key, r.Input("subjects"), want.subjects)
		}
	}
}
