package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// scaled is a sandbox with a platform whose autoscaler is at work.
type scaled struct{ *sandbox }

const (
	scaler     = "deployment/cluster-autoscaler"
	scalerPods = "-l app.kubernetes.io/name=cluster-autoscaler"
	groupLabel = "paddock.dev/node-group"

	// within bounds what the autoscaler does in seconds, or after it has asked AWS again, a minute later.
	within = 100 * time.Second
)

// do is kubectl where nothing but success will do.
func (s *sandbox) do(t *testing.T, args ...string) string {
	t.Helper()
	r := s.kubectl(t, args...)
	if r.code != 0 {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), r.all())
	}
	return r.out
}

// apply sends manifests.
func (s *sandbox) apply(t *testing.T, manifests ...any) {
	t.Helper()
	text, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": manifests})
	must(t, err)
	file := filepath.Join(s.dir, "manifest.json")
	must(t, os.WriteFile(file, text, 0o600))
	s.do(t, "apply", "-f", file)
}

// flags sets flags of the autoscaler, and waits for the new pods.
func (a *scaled) flags(t *testing.T, flags ...string) {
	t.Helper()
	a.patch(t, flags...)
	a.do(t, "-n kube-system rollout status --timeout=1m", scaler)
}

// patch sets flags: those of a name that is there already take its place.
func (a *scaled) patch(t *testing.T, flags ...string) {
	t.Helper()
	var now []string
	must(t, json.Unmarshal([]byte(a.do(t, "-n kube-system get", scaler, "-o jsonpath='{.spec.template.spec.containers[0].args}'")), &now))
	for _, flag := range flags {
		name, _, _ := strings.Cut(flag, "=")
		now = slices.DeleteFunc(now, func(f string) bool { return strings.HasPrefix(f, name+"=") })
	}
	text, err := json.Marshal([]object{{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": append(now, flags...)}})
	must(t, err)
	a.do(t, "-n kube-system patch", scaler, "--type=json", "-p", "'"+string(text)+"'")
}

// afresh starts the autoscaler's pods again: new ones know the groups as they are, those that run ask AWS once a minute.
func (a *scaled) afresh(t *testing.T) {
	t.Helper()
	a.do(t, "-n kube-system delete pods --wait=false", scalerPods)
	a.do(t, "-n kube-system rollout status --timeout=1m", scaler)
}

// rest takes the load and its nodes away.
func (a *scaled) rest(t *testing.T) {
	t.Helper()
	a.do(t, "delete deployment load")
	a.desire(t, "west-a", 0)
	a.desire(t, "west-b", 0)
	a.nodes(t, 2)
	a.afresh(t)
}

// deployment is one of pods that ask for so much CPU, on nodes with the labels.
func deployment(name string, replicas int, cpu string, nodes object) object {
	labels := object{"app": name}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": name, "namespace": "default"},
		"spec": object{
			"replicas": replicas, "selector": object{"matchLabels": labels},
			"template": object{
				"metadata": object{"labels": labels},
				"spec": object{"nodeSelector": nodes, "containers": []any{object{
					"name": "app", "image": "registry.k8s.io/pause:3.10", "resources": object{"requests": object{"cpu": cpu}},
				}}},
			},
		},
	}
}

// whole is more than half a node: two of them do not fit on one.
const whole = "1100m"

// inGroup selects the nodes of one group.
func inGroup(name string) object { return object{groupLabel: name} }

// size waits until the group has n nodes, all Ready; nodes of which the cloud knows nothing do not count.
func (a *scaled) size(t *testing.T, group string, n int) []node {
	t.Helper()
	var list struct{ Items []node }
	eventually(t, within, fmt.Sprintf("%d nodes in the group %s, all Ready", n, group), func() bool {
		a.get(t, &list, "nodes", "-l", groupLabel+"="+group)
		ready := 0
		for _, item := range list.Items {
			if holds(item.Status.Conditions, "Ready") {
				ready++
			}
		}
		return len(list.Items) == n && ready == n
	})
	return list.Items
}

// workload is a pod of a test's own.
type workload struct {
	Metadata meta
	Spec     struct{ NodeName string }
	Status   struct{ Phase string }
}

func (a *scaled) workloads(t *testing.T, app string) []workload {
	t.Helper()
	var list struct{ Items []workload }
	a.get(t, &list, "pods", "-l", "app="+app)
	return list.Items
}

// run waits until n pods of the Deployment run, and gives their nodes.
func (a *scaled) running(t *testing.T, app string, n int) (nodes []string) {
	t.Helper()
	eventually(t, within, fmt.Sprintf("%d pods of %s run", n, app), func() bool {
		nodes = nil
		for _, p := range a.workloads(t, app) {
			if p.Status.Phase == "Running" {
				nodes = append(nodes, p.Spec.NodeName)
			}
		}
		return len(nodes) == n
	})
	return nodes
}
