package headroom_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/headroom"
	"paddock/components/testkit"
)

const (
	component  = "paddock:headroom:Headroom test"
	class      = "kubernetes:scheduling.k8s.io/v1:PriorityClass test-priority"
	namespace  = "kubernetes:core/v1:Namespace test-namespace"
	sleepers   = "kubernetes:apps/v1:Deployment test-slices"
	scaler     = "kubernetes:apps/v1:Deployment test-scaler"
	parameters = "kubernetes:core/v1:ConfigMap test-parameters"
	account    = "kubernetes:core/v1:ServiceAccount test-account"
	rbac       = "kubernetes:rbac.authorization.k8s.io/v1:"
	stand      = "kubernetes:core/v1:ConfigMap stand" // in for the cluster and its nodes
)

var (
	always  = []string{component, class, namespace, sleepers}
	scaling = []string{
		scaler, parameters, account,
		rbac + "ClusterRole test-nodes", rbac + "ClusterRoleBinding test-nodes", rbac + "Role test-size", rbac + "RoleBinding test-size",
	}
)

// fixed and shared are the two ways to size headroom.
func fixed(nodes int) *headroom.Args { a := args(); a.Nodes = nodes; return a }

func shared(share float64) *headroom.Args { a := args(); a.Share = share; return a }

func args() *headroom.Args {
	return &headroom.Args{InstanceTypes: []string{"m5.large"}, GroupLabel: "paddock.dev/node-group", Groups: []string{"default"}}
}

func record(t *testing.T, args *headroom.Args, opts ...testkit.Option) testkit.Record {
	t.Helper()
	return testkit.Run(t, func(ctx *pulumi.Context) error {
		_, err := headroom.New(ctx, "test", args)
		return err
	}, opts...)
}

// input reads a path whose value is known to be of a type.
func input[T any](t *testing.T, r testkit.Resource, path string) T {
	t.Helper()
	v, ok := r.Input(path).(T)
	if !ok {
		t.Fatalf("%s: %s = %v", r.Key(), path, r.Input(path))
	}
	return v
}

func container(t *testing.T, r testkit.Resource) map[string]any {
	t.Helper()
	list := input[[]any](t, r, "spec.template.spec.containers")
	if len(list) != 1 {
		t.Fatalf("%s: %d containers", r.Key(), len(list))
	}
	return list[0].(map[string]any)
}

func TestRegistered(t *testing.T) {
	for name, test := range map[string]struct {
		args *headroom.Args
		want []string
	}{
		"nodes": {fixed(1), always},
		"share": {shared(0.1), slices.Concat(always, scaling)},
	} {
		for way, opts := range map[string][]testkit.Option{"up": nil, "preview": {testkit.WithPreview()}} {
			if got := record(t, test.args, opts...).Keys(); !slices.Equal(got, slices.Sorted(slices.Values(test.want))) {
				t.Errorf("%s, %s: registered\n%s", name, way, strings.Join(got, "\n"))
			}
		}
	}
}

func TestObjects(t *testing.T) {
	got := record(t, shared(0.1))
	for file, key := range map[string]string{
		"priority.json": class, "namespace.json": namespace, "slices.json": sleepers, "scaler.json": scaler, "parameters.json": parameters,
	} {
		testkit.Golden(t, file, got.Get(t, key).Plain())
	}
}

// The stack's number counts, unless the scaler is there to set it.
func TestWhoSetsTheNumberOfSlices(t *testing.T) {
	for name, test := range map[string]struct {
		args     *headroom.Args
		replicas float64
		ignored  []string
	}{
		"one node":       {fixed(1), 4, nil},
		"three nodes":    {fixed(3), 12, nil},
		"a tenth":        {shared(0.1), 4, []string{"spec.replicas"}},
		"half, at first": {shared(0.5), 4, []string{"spec.replicas"}},
	} {
		r := record(t, test.args).Get(t, sleepers)
		if n := r.Input("spec.replicas"); n != test.replicas || !slices.Equal(r.IgnoreChanges, test.ignored) {
			t.Errorf("%s: %v slices, ignored %v, want %g and %v", name, n, r.IgnoreChanges, test.replicas, test.ignored)
		}
	}
}

// Both kinds of pod are let in by their own namespace.
func TestPodsAreRestricted(t *testing.T) {
	got := record(t, shared(0.1))
	for _, key := range []string{sleepers, scaler} {
		pod := fmt.Sprint(got.Get(t, key).Input("spec.template.spec.securityContext"))
		inner := fmt.Sprint(container(t, got.Get(t, key))["securityContext"])
		if !strings.Contains(pod, "runAsNonRoot:true") || !strings.Contains(pod, "seccompProfile:map[type:RuntimeDefault]") ||
			!strings.Contains(inner, "allowPrivilegeEscalation:false") || !strings.Contains(inner, "capabilities:map[drop:[ALL]]") {
			t.Errorf("%s: pod %s, container %s", key, pod, inner)
		}
	}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels := input[map[string]any](t, got.Get(t, namespace), "metadata.labels")
		if level := labels["pod-security.kubernetes.io/"+mode]; level != "restricted" {
			t.Errorf("%s: %v", mode, level)
		}
	}
}

func TestOrder(t *testing.T) {
	got := record(t, shared(0.1))
	for _, key := range []string{class, namespace} {
		if !got.Follows(t, sleepers, key) {
			t.Errorf("slices do not wait for %s", key)
		}
	}
	for _, key := range append(scaling[1:], sleepers) {
		if !got.Follows(t, scaler, key) {
			t.Errorf("the scaler does not wait for %s", key)
		}
	}
}

func TestGoneAndDependencies(t *testing.T) {
	got := testkit.Run(t, func(ctx *pulumi.Context) error {
		made, err := corev1.NewConfigMap(ctx, "stand", &corev1.ConfigMapArgs{Metadata: metav1.ObjectMetaArgs{Name: pulumi.String("c")}})
		if err != nil {
			return err
		}
		a := shared(0.1)
		a.Gone, a.DependsOn = pulumi.DeletedWith(made), []pulumi.Resource{made}
		_, err = headroom.New(ctx, "test", a)
		return err
	})
	urn := got.Get(t, stand).URN
	for key, r := range got {
		if r.Custom && key != stand && (r.DeletedWith != urn || !got.Follows(t, key, stand)) {
			t.Errorf("%s: deleted with %q, waits for the nodes: %v", key, r.DeletedWith, got.Follows(t, key, stand))
		}
	}
}

func TestImages(t *testing.T) {
	a := shared(0.1)
	a.Image, a.ScalerImage = "registry.example/pause:3.10", "registry.example/scaler:v1.9.0"
	got := record(t, a)
	for key, want := range map[string]string{sleepers: a.Image, scaler: a.ScalerImage} {
		if image := container(t, got.Get(t, key))["image"]; image != want {
			t.Errorf("%s: %v, want %s", key, image, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		args headroom.Args
		want []string
	}{
		"nothing": {headroom.Args{}, []string{
			"headroom test: nodes and share: 0 and 0: want one of them", "groups: none: want a label, and names of groups",
			"instanceTypes: versions: instance types: none",
		}},
		"both":           {headroom.Args{Nodes: 1, Share: 0.1}, []string{"nodes and share: 1 and 0.1: want one of them"}},
		"negative nodes": {headroom.Args{Nodes: -1}, []string{"nodes: -1: want 0 or more"}},
		"negative share": {headroom.Args{Share: -0.1}, []string{"share: -0.1: want 0 to 0.5"}},
		"large share":    {headroom.Args{Share: 0.6}, []string{"share: 0.6: want 0 to 0.5"}},
		"unknown type":   {headroom.Args{Nodes: 1, InstanceTypes: []string{"m5.huge"}}, []string{`instanceTypes: versions: instance type "m5.huge": not in the table`}},
	} {
		got, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := headroom.New(ctx, "test", &test.args)
			return err
		})
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error = %v, want %q in it", name, err, want)
			}
		}
		if _, there := got[component]; there {
			t.Errorf("%s: registered", name)
		}
	}
}
