package autoscaler_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"paddock/components/testkit"
)

// granted flattens rules into "verb group/resource[/name]" lines.
func granted(rules any) []string {
	words := func(list any) []string {
		var out []string
		all, _ := list.([]any)
		for _, w := range all {
			out = append(out, w.(string))
		}
		return out
	}
	var lines []string
	for _, r := range rules.([]any) {
		rule := r.(map[string]any)
		for _, group := range words(rule["apiGroups"]) {
			for _, resource := range words(rule["resources"]) {
				for _, verb := range words(rule["verbs"]) {
					lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s/%s %s", verb, group, resource, strings.Join(words(rule["resourceNames"]), ","))))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func TestClusterRights(t *testing.T) {
	for _, minor := range []string{"1.33", "1.34", "1.35"} {
		a := args()
		a.Version = minor
		testkit.Golden(t, "cluster-rights-"+minor+".json", granted(record(t, a).Get(t, clusterRole).Plain()["rules"]))
	}
}

func TestOwnRights(t *testing.T) {
	want := []string{
		"create /configmaps",
		"create coordination.k8s.io/leases",
		"delete /configmaps cluster-autoscaler-status",
		"get /configmaps cluster-autoscaler-status",
		"get coordination.k8s.io/leases cluster-autoscaler",
		"update /configmaps cluster-autoscaler-status",
		"update coordination.k8s.io/leases cluster-autoscaler",
	}
	got := record(t, args()).Get(t, role)
	if lines := granted(got.Plain()["rules"]); !slices.Equal(lines, want) {
		t.Errorf("rights %q, want %q", lines, want)
	}
	if ns := got.Input("metadata.namespace"); ns != "kube-system" {
		t.Errorf("in namespace %v", ns)
	}
}

// What must never be granted, in any version: these would make the autoscaler's token a master key.
func TestNeverGranted(t *testing.T) {
	for _, minor := range []string{"1.33", "1.34", "1.35"} {
		a := args()
		a.Version = minor
		got := record(t, a)
		for _, line := range append(granted(got.Get(t, clusterRole).Plain()["rules"]), granted(got.Get(t, role).Plain()["rules"])...) {
			for _, word := range []string{"*", "secrets", "impersonate", "escalate", "bind ", "create /pods ", "delete /nodes", "delete /pods", "rbac."} {
				if strings.Contains(line+" ", word) {
					t.Errorf("%s: grants %q", minor, line)
				}
			}
		}
	}
}

func TestDeployment(t *testing.T) {
	got := record(t, args())
	testkit.Golden(t, "deployment.json", got.Get(t, deployment).Plain())
}

func TestPodSecurity(t *testing.T) {
	got := record(t, args())
	pod := got.Get(t, deployment).Input("spec.template.spec.securityContext")
	want := map[string]any{
		"runAsNonRoot": true, "runAsUser": 65534.0, "runAsGroup": 65534.0, "fsGroup": 65534.0,
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
	if !reflect.DeepEqual(pod, any(want)) {
		t.Errorf("pod: %v, want %v", pod, want)
	}
	want = map[string]any{
		"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
		"capabilities": map[string]any{"drop": []any{"ALL"}},
	}
	if c := container(t, got)["securityContext"]; !reflect.DeepEqual(c, any(want)) {
		t.Errorf("container: %v, want %v", c, want)
	}
}

func TestContainer(t *testing.T) {
	c := container(t, record(t, args()))
	for _, probe := range []string{"livenessProbe", "readinessProbe"} {
		get, _ := c[probe].(map[string]any)["httpGet"].(map[string]any)
		if get["path"] != "/health-check" || get["port"] != 8085.0 {
			t.Errorf("%s asks %v", probe, get)
		}
	}
	want := map[string]any{
		"requests": map[string]any{"cpu": "100m", "memory": "300Mi"},
		"limits":   map[string]any{"cpu": "1", "memory": "600Mi"},
	}
	if !reflect.DeepEqual(c["resources"], any(want)) {
		t.Errorf("resources %v, want %v", c["resources"], want)
	}
	if env := c["env"]; !reflect.DeepEqual(env, any([]any{map[string]any{"name": "AWS_REGION", "value": "us-west-2"}})) {
		t.Errorf("env %v", env)
	}
}

// The Deployment, its budget and its own selector must mean the same pods.
func TestSelectors(t *testing.T) {
	got := record(t, args())
	labels := got.Get(t, deployment).Input("spec.template.metadata.labels").(map[string]any)
	for _, key := range []string{deployment, budget} {
		selector, _ := got.Get(t, key).Input("spec.selector.matchLabels").(map[string]any)
		if len(selector) == 0 {
			t.Fatalf("%s: selects nothing", key)
		}
		for label, value := range selector {
			if labels[label] != value {
				t.Errorf("%s: selects %s=%v, pods carry %v", key, label, value, labels[label])
			}
		}
	}
}
