package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/testkit"
	"paddock/stacks"
)

// with runs the dev stack with keys replaced.
func with(t testing.TB, keys map[string]string, opts ...testkit.Option) testkit.Record {
	t.Helper()
	text := map[string]string{}
	if err := json.Unmarshal([]byte(engine(t, "Pulumi.dev.yaml")), &text); err != nil {
		t.Fatal(err)
	}
	maps.Copy(text, keys)
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(pulumi.EnvConfig, string(raw))
	return testkit.Run(t, stacks.Run, append(opts, testkit.WithCall(caller))...)
}

// difference is what an engine would do to come from one record to the other; inputs that it is told to leave alone are no change.
func difference(before, after testkit.Record) (created, deleted []string, changed map[string][]string) {
	changed = map[string][]string{}
	for _, key := range after.Keys() {
		old, there := before[key]
		if !there {
			created = append(created, key)
			continue
		}
		was, is := old.Plain(), after[key].Plain()
		for _, input := range slices.Sorted(maps.Keys(is)) {
			if !reflect.DeepEqual(was[input], is[input]) && !slices.Contains(after[key].IgnoreChanges, input) {
				changed[key] = append(changed[key], input)
			}
		}
		for input := range was {
			if _, kept := is[input]; !kept {
				changed[key] = append(changed[key], input)
			}
		}
	}
	for _, key := range before.Keys() {
		if _, kept := after[key]; !kept {
			deleted = append(deleted, key)
		}
	}
	return created, deleted, changed
}

const twoTeams = `{"frontend": {"namespaces": ["frontend"]}, "backend": {"namespaces": ["backend"]}}`

func TestATeamMoreOnlyAddsItsObjects(t *testing.T) {
	before := with(t, map[string]string{"paddock:teams": twoTeams})
	more := strings.Replace(twoTeams, "{", `{"data": {"namespaces": ["data", "lab"], "viewers": ["role/Data"]}, `, 1)
	after := with(t, map[string]string{"paddock:teams": more})
	created, deleted, changed := difference(before, after)
	if len(deleted) > 0 || len(changed) > 0 {
		t.Errorf("deleted %v, changed %v", deleted, changed)
	}
	for _, key := range created {
		_, name, _ := strings.Cut(key, " ")
		if name != "data" && !strings.HasPrefix(name, "data-") && !strings.HasPrefix(key, "aws:eks/accessEntry:AccessEntry paddock-dev-access-data-") {
			t.Errorf("%s: not the team's", key)
		}
	}
	if len(created) < 20 {
		t.Errorf("created only %v", created)
	}
	// And the way back.
	if created, _, changed := difference(after, before); len(created) > 0 || len(changed) > 0 {
		t.Errorf("taking the team away creates %v, changes %v", created, changed)
	}
}

func TestAZoneMoreOnlyAdds(t *testing.T) {
	for _, nat := range []string{"single", "per-zone", "none"} {
		t.Run(nat, func(t *testing.T) {
			zones := func(n int) testkit.Record {
				return with(t, map[string]string{
					"paddock:network":    fmt.Sprintf(`{"zones": %d, "nat": %q}`, n, nat),
					"paddock:autoscaler": `{"image": "registry.example/cluster-autoscaler:v1.34.2"}`, // which nat none demands
					"paddock:ingress":    `{"domain": "dev.example.com", "image": "registry.example/controller:v2.17.1"}`,
				})
			}
			before, after := zones(2), zones(3)
			created, deleted, changed := difference(before, after)
			for _, key := range created {
				if !strings.Contains(key, "us-west-2c") {
					t.Errorf("%s created", key)
				}
			}
			if len(created) == 0 || len(deleted) > 0 {
				t.Errorf("created %v, deleted %v", created, deleted)
			}
			// The group's list of subnets grows too, but the engine is told to leave it: AWS would replace the group.
			if len(changed) > 0 {
				t.Errorf("changed %v", changed)
			}
		})
	}
}

func TestMinAndMaxChangeTheGroupOnly(t *testing.T) {
	before := with(t, nil)
	after := with(t, map[string]string{"paddock:nodeGroups": `{"default": {"min": 3, "max": 9}}`})
	created, deleted, changed := difference(before, after)
	group := "aws:eks/nodeGroup:NodeGroup paddock-dev-cluster-default"
	if want := map[string][]string{group: {"scalingConfig"}}; len(created)+len(deleted) > 0 || !reflect.DeepEqual(changed, want) {
		t.Errorf("created %v, deleted %v, changed %v", created, deleted, changed)
	}
	if ignored := after.Get(t, group).IgnoreChanges; !slices.Contains(ignored, "scalingConfig.desiredSize") {
		t.Errorf("the desired size is not left to the autoscaler: %v", ignored)
	}
}

// A principal that several lists name has one entry, with all that they give.
func TestOnePrincipalOneEntry(t *testing.T) {
	got := with(t, map[string]string{
		"paddock:cluster": `{"administrators": ["role/Ops", "arn:aws:iam::123456789012:role/Ops"]}`,
		"paddock:teams":   `{"red": {"viewers": ["role/Ops"], "deployers": ["user/bot"]}, "blue": {"deployers": ["role/Ops"]}}`,
	})
	entries := got.OfType("aws:eks/accessEntry:AccessEntry")
	if len(entries) != 2 || len(got.OfType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")) != 1 {
		t.Fatalf("entries %v", entries)
	}
	groups := map[any]any{}
	for _, e := range entries {
		groups[e.Input("principalArn")] = e.Input("kubernetesGroups")
	}
	want := map[any]any{
		"arn:aws:iam::123456789012:role/Ops": []any{"paddock:blue:deployer", "paddock:red:viewer"},
		"arn:aws:iam::123456789012:user/bot": []any{"paddock:red:deployer"},
	}
	if !reflect.DeepEqual(groups, want) {
		t.Errorf("groups = %v", groups)
	}
}

// The one that deploys may be listed: it is warned, since only AWS knows who made the cluster.
func TestTheCallerIsWarned(t *testing.T) {
	for name, tc := range map[string]struct {
		principal string
		warnings  int
	}{
		"by its name":   {"role/deploy", 1},
		"by its ARN":    {"arn:aws:iam::" + testkit.Account + ":role/deploy", 1},
		"somebody else": {"arn:aws:iam::" + testkit.Account + ":role/ops", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var said []string
			hear := testkit.WithWarnings(func(message string) { said = append(said, message) })
			got := with(t, map[string]string{"paddock:cluster": fmt.Sprintf(`{"administrators": [%q]}`, tc.principal), "paddock:teams": "{}"}, hear)
			if n := len(got.OfType("aws:eks/accessEntry:AccessEntry")); n != 1 {
				t.Errorf("%d entries", n)
			}
			if len(said) != tc.warnings || tc.warnings > 0 && !strings.Contains(said[0], ":role/deploy runs this program and is also given access") {
				t.Errorf("warnings: %q", said)
			}
		})
	}
}

// Nothing is asked of AWS where nobody is given access.
func TestNoInvokeWithoutPrincipals(t *testing.T) {
	t.Setenv(pulumi.EnvConfig, engine(t, "Pulumi.staging.yaml"))
	testkit.Run(t, stacks.Run)
}

func BenchmarkTeams(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		teams := map[string]any{}
		for i := range n {
			teams[fmt.Sprintf("team-%04d", i)] = map[string]any{}
		}
		raw, err := json.Marshal(teams)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				with(b, map[string]string{"paddock:teams": string(raw)})
			}
		})
	}
}
