package team_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/team"
	"paddock/components/testkit"
)

// fenced is a namespace with every fence up.
func fenced(name string) team.Namespace {
	return team.Namespace{
		Name:          name,
		Quota:         map[string]string{"limits.cpu": "8", "pods": "40"},
		Limits:        team.Limits{DefaultCPU: "500m", DefaultMemory: "512Mi", RequestCPU: "100m", RequestMemory: "128Mi", MaxCPU: "2", MaxMemory: "4Gi"},
		NetworkPolicy: true,
	}
}

func record(t *testing.T, opts []testkit.Option, all ...*team.Args) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		for _, args := range all {
			if _, err := team.New(ctx, args.Name, args); err != nil {
				return err
			}
		}
		return nil
	}, opts...)
}

func oneTeam(t *testing.T, ns team.Namespace) testkit.Record {
	t.Helper()
	return record(t, nil, &team.Args{Name: "red", Namespaces: []team.Namespace{ns}})
}

// everyKey is what a fully fenced namespace "web" of a team "red" consists of.
var everyKey = []string{
	"kubernetes:core/v1:LimitRange red-web-limits",
	"kubernetes:core/v1:Namespace red-web",
	"kubernetes:core/v1:ResourceQuota red-web-priority",
	"kubernetes:core/v1:ResourceQuota red-web-quota",
	"kubernetes:networking.k8s.io/v1:NetworkPolicy red-web-allow-dns",
	"kubernetes:networking.k8s.io/v1:NetworkPolicy red-web-allow-same-namespace",
	"kubernetes:networking.k8s.io/v1:NetworkPolicy red-web-default-deny",
	"kubernetes:rbac.authorization.k8s.io/v1:Role red-web-deployer",
	"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding red-web-deployer",
	"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding red-web-viewer",
	"paddock:team:Team red",
}

func TestAllFencesByDefault(t *testing.T) {
	got := oneTeam(t, fenced("web"))
	if !slices.Equal(got.Keys(), everyKey) {
		t.Errorf("registered\n%s\nwant\n%s", strings.Join(got.Keys(), "\n"), strings.Join(everyKey, "\n"))
	}
}

func TestObjects(t *testing.T) {
	got := oneTeam(t, fenced("web"))
	objects := map[string]any{}
	for key, r := range got {
		if r.Custom {
			objects[key] = r.Plain()
		}
	}
	testkit.Golden(t, "objects.json", objects)
}

func TestOptOuts(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*team.Namespace)
		gone   []string // words in the keys that are then absent
	}{
		"no quota":          {func(ns *team.Namespace) { ns.Quota = nil }, []string{"ResourceQuota"}},
		"no limits":         {func(ns *team.Namespace) { ns.Limits = team.Limits{} }, []string{"LimitRange"}},
		"no network policy": {func(ns *team.Namespace) { ns.NetworkPolicy = false }, []string{"NetworkPolicy"}},
		"nothing":           {func(ns *team.Namespace) { *ns = team.Namespace{Name: "web"} }, []string{"ResourceQuota", "LimitRange", "NetworkPolicy"}},
	} {
		t.Run(name, func(t *testing.T) {
			ns := fenced("web")
			tc.change(&ns)
			want := slices.DeleteFunc(slices.Clone(everyKey), func(key string) bool {
				return slices.ContainsFunc(tc.gone, func(word string) bool { return strings.Contains(key, word) })
			})
			if got := oneTeam(t, ns).Keys(); !slices.Equal(got, want) {
				t.Errorf("registered %q, want %q", got, want)
			}
		})
	}
}

func TestPodSecurity(t *testing.T) {
	for given, want := range map[string]string{
		"": team.Restricted, team.Restricted: team.Restricted, team.Baseline: team.Baseline, team.Privileged: team.Privileged,
	} {
		ns := fenced("web")
		ns.PodSecurity = given
		labels := oneTeam(t, ns).Get(t, "kubernetes:core/v1:Namespace red-web").Input("metadata.labels")
		fence := "pod-security.kubernetes.io/"
		expected := map[string]any{
			team.Label: "red", "app.kubernetes.io/managed-by": "paddock",
			fence + "enforce": want, fence + "audit": want, fence + "warn": want,
			fence + "enforce-version": "latest", fence + "audit-version": "latest", fence + "warn-version": "latest",
		}
		if !reflect.DeepEqual(labels, expected) {
			t.Errorf("%q: labels %v, want %v", given, labels, expected)
		}
	}
}

func TestPartialLimitsLeaveTheRestUnset(t *testing.T) {
	got := oneTeam(t, team.Namespace{Name: "web", Limits: team.Limits{DefaultMemory: "1Gi", MaxCPU: "2"}})
	limits := got.Get(t, "kubernetes:core/v1:LimitRange red-web-limits").Input("spec.limits")
	want := []any{map[string]any{
		"type": "Container", "default": map[string]any{"memory": "1Gi"}, "max": map[string]any{"cpu": "2"},
	}}
	if !reflect.DeepEqual(limits, want) {
		t.Errorf("limits %v, want %v", limits, want)
	}
}

func TestNothingLeavesItsNamespace(t *testing.T) {
	got := record(t, nil, &team.Args{Name: "red", Namespaces: []team.Namespace{fenced("web"), fenced("jobs")}})
	for key, r := range got {
		switch {
		case !r.Custom:
		case strings.Contains(r.Type, ":Cluster"):
			t.Errorf("%s: reaches beyond a namespace", key)
		case r.Type == "kubernetes:core/v1:Namespace":
			if r.Protect {
				t.Errorf("%s: protected, so its team could not be removed", key)
			}
		default:
			ns, _ := r.Input("metadata.namespace").(string)
			if !strings.HasPrefix(r.Name, "red-"+ns+"-") || ns == "" {
				t.Errorf("%s: is in namespace %q", key, ns)
			}
			if !got.Follows(t, key, "kubernetes:core/v1:Namespace red-"+ns) {
				t.Errorf("%s: does not wait for its namespace", key)
			}
		}
	}
}

func TestAddingATeamTouchesNoOther(t *testing.T) {
	red := &team.Args{Name: "red", Namespaces: []team.Namespace{fenced("web")}}
	blue := &team.Args{Name: "blue", Namespaces: []team.Namespace{fenced("api"), fenced("batch")}}
	before, after := record(t, nil, red), record(t, nil, red, blue)
	for key, r := range before {
		if !reflect.DeepEqual(after[key], r) {
			t.Errorf("%s: changed", key)
		}
	}
	for key, r := range after {
		if _, old := before[key]; !old && !strings.HasPrefix(r.Name, "blue") {
			t.Errorf("%s: made for team blue", key)
		}
	}
}

func TestGoneAndDependencies(t *testing.T) {
	cluster := "kubernetes:core/v1:ConfigMap cluster"
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		made, err := corev1.NewConfigMap(ctx, "cluster", &corev1.ConfigMapArgs{Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("c")}})
		if err != nil {
			return err
		}
		_, err = team.New(ctx, "red", &team.Args{
			Name: "red", Namespaces: []team.Namespace{fenced("web")},
			Gone: pulumi.DeletedWith(made), DependsOn: []pulumi.Resource{made},
		})
		return err
	})
	urn := got.Get(t, cluster).URN
	for key, r := range got {
		if !r.Custom || key == cluster {
			continue
		}
		if r.DeletedWith != urn {
			t.Errorf("%s: deleted with %q, want %q", key, r.DeletedWith, urn)
		}
		if !got.Follows(t, key, cluster) {
			t.Errorf("%s: does not wait for what the caller named", key)
		}
	}
}

func TestPreviewOfUnknowns(t *testing.T) {
	got := record(t, []testkit.Option{testkit.WithPreview()}, &team.Args{Name: "red", Namespaces: []team.Namespace{fenced("web")}})
	if !slices.Equal(got.Keys(), everyKey) {
		t.Errorf("registered %q, want %q", got.Keys(), everyKey)
	}
}

func TestOutputs(t *testing.T) {
	var names []string
	testkit.Run(t, func(ctx *pulumi.Context) error {
		red, err := team.New(ctx, "red", &team.Args{Name: "red", Namespaces: []team.Namespace{fenced("web"), fenced("api")}})
		if err != nil {
			return err
		}
		if red.ViewerGroup != "paddock:red:viewer" || red.DeployerGroup != "paddock:red:deployer" {
			t.Errorf("groups %q, %q", red.ViewerGroup, red.DeployerGroup)
		}
		red.Namespaces.ApplyT(func(all []string) []string { names = all; return all })
		return nil
	})
	if want := []string{"web", "api"}; !slices.Equal(names, want) {
		t.Errorf("namespaces %q, want %q in the order given", names, want)
	}
}

func TestFaults(t *testing.T) {
	got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := team.New(ctx, "red", &team.Args{Namespaces: []team.Namespace{
			{Name: "web", PodSecurity: "lax"}, {Name: "web"}, {},
		}})
		return err
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"team red: name: empty", "namespaces: web: listed twice", `web: podSecurity: "lax": want restricted, baseline, privileged`,
		"namespaces: a name is empty",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if len(got) != 0 {
		t.Errorf("registered %q", got.Keys())
	}
	if _, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := team.New(ctx, "red", &team.Args{Name: "red"})
		return err
	}); err == nil || !strings.Contains(err.Error(), "namespaces: empty") {
		t.Errorf("no namespaces: %v", err)
	}
}

// What does not go with the cluster is asked for once, by its namespace, and waited for no longer than that takes.
func TestNamespaceTakesWhatIsInIt(t *testing.T) {
	got := oneTeam(t, fenced("web"))
	namespace := got.Get(t, "kubernetes:core/v1:Namespace red-web")
	if namespace.DeletedWith != "" || namespace.Timeouts[2] != "10m" {
		t.Errorf("the namespace: deleted with %q within %q", namespace.DeletedWith, namespace.Timeouts[2])
	}
	for key, r := range got {
		if r.Custom && r.Name != namespace.Name && r.DeletedWith != namespace.URN {
			t.Errorf("%s: deleted with %q, want the namespace", key, r.DeletedWith)
		}
	}
}
