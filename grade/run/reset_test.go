package run_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/internal/fakekube"
	"paddock/grade/kube"
	"paddock/grade/run"
	"paddock/grade/workload"
)

func TestForeignNamespaceStays(t *testing.T) {
	t.Parallel()
	s := fakekube.New(t)
	s.Put("/api/v1/namespaces", workload.Namespace, object{"metadata": object{"labels": object{"team": "red"}}})
	if _, err := workload.Remove(context.Background(), s.Client); err == nil {
		t.Error("a namespace that is not grade's was deleted")
	}
	if len(s.Names("/api/v1/namespaces")) != 1 {
		t.Error("it is gone")
	}
}

// shrinker ends instances by deleting their nodes.
type shrinker struct {
	s     *fakekube.Server
	ended []string
}

func (s *shrinker) Bounds(context.Context) (int, int, error) { return 2, 6, nil }

func (s *shrinker) Terminate(_ context.Context, ids []string) error {
	s.ended = append(s.ended, ids...)
	for _, id := range ids {
		s.s.Delete("/api/v1/nodes", "n"+strings.TrimPrefix(id, "i-"))
	}
	return nil
}

// patcher puts merged taints into nodes, and keeps them.
type patcher struct {
	*kube.Client
	s      *fakekube.Server
	merged map[string][]string
}

func (p patcher) Merge(_ context.Context, path string, in any) error {
	taints := in.(map[string]any)["spec"].(map[string]any)["taints"].([]corev1.Taint)
	for _, t := range taints {
		p.merged[path] = append(p.merged[path], t.Key)
	}
	name := path[strings.LastIndex(path, "/")+1:]
	p.s.Put("/api/v1/nodes", name, node(strings.TrimPrefix(name, "n"), taints))
	return nil
}

func node(id string, taints any) object {
	return object{"spec": object{"providerID": "aws:///us-west-2a/i-" + id, "taints": taints},
		"status": object{"allocatable": object{"cpu": "2", "memory": "8Gi", "pods": "29"}}}
}

func TestResetEndsEmptyNodesAboveTheLeast(t *testing.T) {
	t.Parallel()
	s := fakekube.New(t)
	for i := range 5 {
		s.Put("/api/v1/nodes", fmt.Sprintf("n%d", i), node(fmt.Sprint(i), []object{
			{"key": "DeletionCandidateOfClusterAutoscaler", "effect": "PreferNoSchedule"}, {"key": "own", "effect": "PreferNoSchedule"},
		}))
	}
	pod := func(name, node string, priority int, owner string) {
		s.Put("/api/v1/pods", name, object{"metadata": object{"ownerReferences": []object{{"kind": owner}}}, "spec": object{"nodeName": node, "priority": priority}})
	}
	pod("dns", "n0", 0, "ReplicaSet")
	pod("proxy", "n1", 0, "DaemonSet")
	pod("hold", "n2", -10, "ReplicaSet")
	pod("own", "n3", 0, "ReplicaSet")
	end := &shrinker{s: s}
	api := patcher{s.Client, s, map[string][]string{}}
	if err := run.Reset(context.Background(), api, end, 2, t.Logf); err != nil {
		t.Fatal(err)
	}
	if left := s.Names("/api/v1/nodes"); len(left) != 2 || len(end.ended) != 3 {
		t.Errorf("left %v, ended %v; want n0 and n3 to stay", left, end.ended)
	}
	if got := fmt.Sprint(api.merged); got != "map[/api/v1/nodes/n0:[own] /api/v1/nodes/n3:[own]]" {
		t.Errorf("taints %s: want the autoscaler's mark gone from the nodes that stay, and the other there", got)
	}
	// Without a shrinker the autoscaler is waited for.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := run.Reset(ctx, s.Client, nil, 1, t.Logf); err == nil {
		t.Error("no error although the nodes stayed")
	}
}
