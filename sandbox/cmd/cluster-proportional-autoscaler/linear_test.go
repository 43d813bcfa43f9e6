package main

import (
	"strings"
	"testing"
)

func TestLinear(t *testing.T) {
	for name, tc := range map[string]struct {
		law   string
		nodes int
		cores float64
		want  int
	}{
		"nodes, rounded up":    {`{"nodesPerReplica": 2.5}`, 6, 12, 3},
		"least":                {`{"nodesPerReplica": 10, "min": 4}`, 6, 12, 4},
		"never none":           {`{"nodesPerReplica": 10}`, 0, 0, 1},
		"most":                 {`{"nodesPerReplica": 0.5, "max": 5}`, 6, 12, 5},
		"the more of both":     {`{"nodesPerReplica": 6, "coresPerReplica": 4}`, 6, 12, 3},
		"no single point":      {`{"nodesPerReplica": 10, "preventSinglePointFailure": true}`, 2, 4, 2},
		"one node cannot help": {`{"nodesPerReplica": 10, "preventSinglePointFailure": true}`, 1, 2, 1},
	} {
		l, err := readLaw(map[string]string{"linear": tc.law})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := l.replicas(tc.nodes, tc.cores); got != tc.want {
			t.Errorf("%s: %d replicas, want %d", name, got, tc.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for text, fault := range map[string]string{
		`ladder`:                  "only linear",
		`{"nodesPerReplica": 0}`:  "want one above 0",
		`{"nodesPerReplica": ""}`: "linear",
	} {
		data := map[string]string{"linear": text}
		if text == "ladder" {
			data = map[string]string{"ladder": "{}"}
		}
		if _, err := readLaw(data); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: got %v, want %q", text, err, fault)
		}
	}
	for _, args := range [][]string{
		{"--configmap=a", "--target=deployment/b"}, {"--namespace=n", "--target=deployment/b"},
		{"--namespace=n", "--configmap=a", "--target=replicaset/b"}, {"--namespace=n", "--configmap=a", "--target=deployment/b", "--nope"},
	} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q: taken", args)
		}
	}
}
