package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kubectl runs kubectl on the kubeconfig that `sandbox up` leaves: as the principal that made the cluster.
func (s *sandbox) kubectl(t *testing.T, args ...string) result {
	t.Helper()
	return s.shell(t, "kubectl "+strings.Join(args, " "))
}

// get decodes what `kubectl get` finds.
func (s *sandbox) get(t *testing.T, out any, args ...string) {
	t.Helper()
	r := s.kubectl(t, append(append([]string{"get"}, args...), "-o", "json")...)
	if r.code != 0 {
		t.Fatalf("kubectl get %s: %s", strings.Join(args, " "), r.all())
	}
	must(t, json.Unmarshal([]byte(r.out), out))
}

// meta is the part of an object's metadata that the stories look at.
type meta struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type node struct {
	Metadata meta `json:"metadata"`
	Status   struct {
		Allocatable map[string]string `json:"allocatable"`
		Conditions  []condition       `json:"conditions"`
		NodeInfo    struct {
			KubeletVersion string `json:"kubeletVersion"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

type condition struct{ Type, Status, Reason, Message string }

func holds(list []condition, kind string) bool {
	for _, c := range list {
		if c.Type == kind {
			return c.Status == "True"
		}
	}
	return false
}

// nodes waits until exactly n nodes are Ready and there is no other.
func (s *sandbox) nodes(t *testing.T, n int) []node {
	t.Helper()
	var list struct{ Items []node }
	eventually(t, 30*time.Second, "the wanted number of nodes, all Ready", func() bool {
		s.get(t, &list, "nodes")
		for _, item := range list.Items {
			if !holds(item.Status.Conditions, "Ready") {
				return false
			}
		}
		return len(list.Items) == n
	})
	return list.Items
}

// arn is the role's, in the sandbox's account.
func (s *sandbox) arn(t *testing.T, role string) string {
	t.Helper()
	var status struct{ Account string }
	must(t, json.Unmarshal([]byte(s.cmd(t, "status", "--json").out), &status))
	return "arn:aws:iam::" + status.Account + ":role/" + role
}

// kubeconfigOf writes a kubeconfig whose token is the role's: the operator's own, with --role in its exec command.
func (s *sandbox) kubeconfigOf(t *testing.T, role string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "kubeconfig"))
	must(t, err)
	var config struct {
		APIVersion     string   `json:"apiVersion"`
		Kind           string   `json:"kind"`
		Clusters       []any    `json:"clusters"`
		Contexts       []any    `json:"contexts"`
		CurrentContext string   `json:"current-context"`
		Users          []object `json:"users"`
	}
	must(t, json.Unmarshal(text, &config))
	exec := config.Users[0]["user"].(object)["exec"].(object)
	exec["args"] = append(exec["args"].([]any), "--role", s.arn(t, role))
	text, err = json.Marshal(config)
	must(t, err)
	file := filepath.Join(s.dir, "kubeconfig."+role)
	must(t, os.WriteFile(file, text, 0o600))
	return file
}

// caller runs kubectl as one principal.
type caller struct {
	s      *sandbox
	config string
}

func (s *sandbox) as(t *testing.T, role string) caller {
	t.Helper()
	return caller{s, s.kubeconfigOf(t, role)}
}

// apply sends a manifest; verb is create or apply, with flags.
func (c caller) send(t *testing.T, manifest any, verb ...string) result {
	t.Helper()
	text, err := json.Marshal(manifest)
	must(t, err)
	file := filepath.Join(c.s.dir, "manifest.json")
	must(t, os.WriteFile(file, text, 0o600))
	return c.kubectl(t, append(verb, "-f", file)...)
}

func (c caller) kubectl(t *testing.T, args ...string) result {
	t.Helper()
	return c.s.shell(t, "kubectl --kubeconfig "+c.config+" "+strings.Join(args, " "))
}

// settled waits until no pod is left of a node that has gone and everything that was on it serves elsewhere: a Deployment that
// Pulumi meets half-way counts as one to be updated.
func (s *sandbox) settled(t *testing.T) {
	t.Helper()
	eventually(t, 4*time.Minute, "every pod on a node that is there, every Deployment whole", func() bool {
		var nodes, pods, deployments struct {
			Items []struct {
				Metadata meta
				Spec     struct {
					NodeName string
					Replicas int
				}
				Status struct{ AvailableReplicas int }
			}
		}
		s.get(t, &nodes, "nodes")
		s.get(t, &pods, "pods", "-A")
		s.get(t, &deployments, "deployments", "-A")
		there := map[string]bool{}
		for _, n := range nodes.Items {
			there[n.Metadata.Name] = true
		}
		for _, p := range pods.Items {
			if !there[p.Spec.NodeName] {
				return false
			}
		}
		for _, d := range deployments.Items {
			if d.Status.AvailableReplicas != d.Spec.Replicas {
				return false
			}
		}
		return true
	})
}
