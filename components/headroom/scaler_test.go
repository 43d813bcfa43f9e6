package headroom_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"paddock/components/headroom"
	"paddock/components/testkit"
)

// What upstream's linear controller makes of the law, for every size of cluster: the share in slices, rounded up.
func TestLaw(t *testing.T) {
	for _, instance := range []string{"m5.large", "m5.4xlarge"} {
		for percent := 1; percent <= 50; percent++ {
			a := shared(float64(percent) / 100)
			a.InstanceTypes = []string{instance}
			got := record(t, a)
			perNode := int(input[float64](t, got.Get(t, sleepers), "spec.replicas"))
			var law struct {
				NodesPerReplica float64
				Min             int
			}
			text := input[string](t, got.Get(t, parameters), "data.linear")
			if err := json.Unmarshal([]byte(text), &law); err != nil {
				t.Fatal(err)
			}
			for nodes := 1; nodes <= 1000; nodes++ {
				want := max(perNode, (nodes*percent*perNode+99)/100)
				replicas := max(law.Min, int(math.Ceil(float64(nodes)/law.NodesPerReplica)))
				if replicas != want {
					t.Fatalf("%s, %d %% of %d nodes: %d slices, want %d; law %s", instance, percent, nodes, replicas, want, text)
				}
			}
		}
	}
}

// rights flattens rules into "verb group/resource name" lines.
func rights(t *testing.T, r testkit.Resource) []string {
	t.Helper()
	text := func(v any) string { return strings.Trim(fmt.Sprint(v), "[]") }
	var lines []string
	for _, rule := range r.Plain()["rules"].([]any) {
		m := rule.(map[string]any)
		name := ""
		if m["resourceNames"] != nil {
			name = " " + text(m["resourceNames"])
		}
		for _, verb := range m["verbs"].([]any) {
			lines = append(lines, fmt.Sprintf("%s %s/%s%s", verb, text(m["apiGroups"]), text(m["resources"]), name))
		}
	}
	return lines
}

// All that the scaler may do. The program was read for it: with more, its token would be worth stealing.
func TestRights(t *testing.T) {
	got := record(t, shared(0.1))
	everywhere, own := got.Get(t, rbac+"ClusterRole test-nodes"), got.Get(t, rbac+"Role test-size")
	if lines, want := rights(t, everywhere), []string{"list /nodes", "watch /nodes"}; !slices.Equal(lines, want) {
		t.Errorf("everywhere: %q, want %q", lines, want)
	}
	want := []string{"get /configmaps headroom-scaler", "get apps/deployments/scale headroom", "update apps/deployments/scale headroom"}
	if lines := rights(t, own); !slices.Equal(lines, want) || own.Input("metadata.namespace") != headroom.Namespace {
		t.Errorf("in %v: %q, want %q", own.Input("metadata.namespace"), lines, want)
	}
	for key, role := range map[string]string{"ClusterRoleBinding test-nodes": "paddock-headroom-scaler", "RoleBinding test-size": "headroom-scaler"} {
		b := got.Get(t, rbac+key)
		subject := fmt.Sprint(b.Plain()["subjects"])
		if b.Input("roleRef.name") != role || subject != "[map[kind:ServiceAccount name:headroom-scaler namespace:paddock-headroom]]" {
			t.Errorf("%s: %v to %s", key, b.Input("roleRef"), subject)
		}
	}
}

// The names in rights, flags and objects are one.
func TestNamesAgree(t *testing.T) {
	got := record(t, shared(0.1))
	flags := fmt.Sprint(container(t, got.Get(t, scaler))["args"])
	for flag, path := range map[string]struct{ key, path string }{
		"--target=deployment/": {sleepers, "metadata.name"},
		"--configmap=":         {parameters, "metadata.name"},
		"--namespace=":         {namespace, "metadata.name"},
	} {
		if name := got.Get(t, path.key).Input(path.path); !strings.Contains(flags, fmt.Sprint(flag, name, " ")) {
			t.Errorf("%s is %v, flags %s", flag, name, flags)
		}
	}
	if name := got.Get(t, account).Input("metadata.name"); got.Get(t, scaler).Input("spec.template.spec.serviceAccountName") != name {
		t.Errorf("the scaler does not run as %v", name)
	}
	if name := got.Get(t, class).Input("metadata.name"); got.Get(t, sleepers).Input("spec.template.spec.priorityClassName") != name {
		t.Errorf("slices are not of class %v", name)
	}
}

// The share is of the nodes that may hold room, and of no others.
func TestGroups(t *testing.T) {
	for flag, groups := range map[string][]string{
		"--nodelabels=paddock.dev/node-group=default":       {"default"},
		"--nodelabels=paddock.dev/node-group in (arm,more)": {"arm", "more"},
	} {
		a := shared(0.1)
		a.Groups = groups
		got := record(t, a)
		if flags := container(t, got.Get(t, scaler))["args"].([]any); !slices.Contains(flags, any(flag)) {
			t.Errorf("%v: flags %v", groups, flags)
		}
		affinity := fmt.Sprint(got.Get(t, sleepers).Input("spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"))
		if want := fmt.Sprintf("key:paddock.dev/node-group operator:In values:%v", groups); !strings.Contains(affinity, want) {
			t.Errorf("affinity %s", affinity)
		}
	}
}
