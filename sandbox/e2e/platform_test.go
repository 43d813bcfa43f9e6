package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPlatform is the life of a dev platform. Its parts share one sandbox and build on each other, in this order.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := &platform{sandbox: newSandbox(t, "dev"), config: dev()}
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"it goes up and leaves the stack files alone", p.up},
		{"nothing changes when nothing has changed", p.unchanged},
		{"two nodes are ready and metrics are served", p.ready},
		{"teams are fenced in", p.fences},
		{"a team comes and goes alone", p.team},
		{"a third zone only adds", p.zones},
		{"node limits change in place", p.limits},
		{"the desired size is the autoscaler's", p.desired},
		{"the autoscaler has the rights that it needs, and no more", p.rights},
		{"kubernetes goes up by one minor", p.upgrade},
		{"kubernetes does not go down", p.downgrade},
		{"destroy leaves nothing", p.destroy},
	} {
		if !t.Run(part.story, part.tell) && part.story == "it goes up and leaves the stack files alone" {
			return // nothing else can be told
		}
	}
}

// platform is a running platform and the config that it was last brought up with.
type platform struct {
	*sandbox
	config object
}

func (p *platform) configured(t *testing.T) {
	t.Helper()
	p.configure(t, p.config)
}

func (p *platform) up(t *testing.T) {
	before := stackFiles(t, checkout(t))
	p.configured(t)
	p.roles(t, "frontend-viewer", "frontend-deployer", "backend-viewer", "backend-deployer", "stranger")
	written, err := os.ReadFile(p.stackFile())
	must(t, err)
	only(t, p.changes(t, "up"), "create", func(change) bool { return true })

	var outputs map[string]any
	must(t, json.Unmarshal([]byte(p.shell(t, "pulumi stack output --json --stack dev").out), &outputs))
	for _, name := range []string{
		"region", "vpcId", "publicSubnetIds", "privateSubnetIds", "clusterName", "endpoint", "kubeconfig", "nodeGroupNames",
		"autoscalerRoleArn", "teams",
	} {
		if v := outputs[name]; v == nil || v == "" {
			t.Errorf("export %s = %v", name, v)
		}
	}
	if subnets, _ := outputs["privateSubnetIds"].([]any); len(subnets) != 2 {
		t.Errorf("privateSubnetIds = %v, want two", outputs["privateSubnetIds"])
	}
	teams, _ := json.Marshal(outputs["teams"])
	for _, want := range []string{`"frontend"`, `"backend"`, p.arn(t, "frontend-viewer"), p.arn(t, "backend-deployer")} {
		if !strings.Contains(string(teams), want) {
			t.Errorf("export teams lacks %s: %s", want, teams)
		}
	}
	after, err := os.ReadFile(p.stackFile())
	must(t, err)
	if !bytes.Equal(written, after) {
		t.Errorf("%s was written to:\n%s", p.stackFile(), after)
	}
	for name, text := range stackFiles(t, checkout(t)) {
		if before[name] != text {
			t.Errorf("the checkout's %s has changed", name)
		}
	}
}

func stackFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "Pulumi*.yaml"))
	must(t, err)
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}

// roles starts the cloud by a preview of the stack, and makes roles for teams to name, as an account's owner would have.
func (s *sandbox) roles(t *testing.T, names ...string) {
	t.Helper()
	s.succeed(t, "preview")
	for _, name := range names {
		if r := s.cmd(t, "role", name); r.code != 0 {
			t.Fatalf("sandbox role %s: %s", name, r.all())
		}
	}
}

func (p *platform) unchanged(t *testing.T) {
	p.succeed(t, "up", "--expect-no-changes")
	p.succeed(t, "refresh", "--expect-no-changes")
	if r := p.shell(t, "pulumi preview --expect-no-changes --stack dev"); r.code != 0 {
		t.Errorf("pulumi preview by hand: exit %d\n%s", r.code, r.all())
	}
}

func (p *platform) ready(t *testing.T) {
	for _, n := range p.nodes(t, 2) {
		// An m5.large has 2 CPUs and 8 GiB; the rest is what AL2023 keeps for kubelet and system, and the ENIs' limit of pods.
		for resource, want := range map[string]string{"cpu": "1930m", "memory": "6903Mi", "pods": "29"} {
			got := n.Status.Allocatable[resource]
			if resource == "memory" {
				got = mebibytes(t, got)
			}
			if got != want {
				t.Errorf("%s: allocatable %s = %s, want %s", n.Metadata.Name, resource, got, want)
			}
		}
		if v := n.Status.NodeInfo.KubeletVersion; !strings.HasPrefix(v, "v1.34.") {
			t.Errorf("%s: kubelet %s, want v1.34", n.Metadata.Name, v)
		}
	}
	var api struct {
		Status struct{ Conditions []condition }
	}
	p.get(t, &api, "apiservice", "v1beta1.metrics.k8s.io")
	if !holds(api.Status.Conditions, "Available") {
		t.Errorf("metrics API: %+v", api.Status.Conditions)
	}
	var top result
	start := time.Now()
	eventually(t, 90*time.Second, "kubectl top nodes", func() bool {
		top = p.kubectl(t, "top", "nodes", "--no-headers")
		return top.code == 0 && len(strings.Fields(top.out)) == 10 && !strings.Contains(top.out, "unknown")
	})
	t.Logf("kubectl top nodes after %s:\n%s", time.Since(start).Round(time.Second), top.out)
}

func (p *platform) destroy(t *testing.T) {
	only(t, p.changes(t, "destroy"), "delete", func(change) bool { return true })
	p.empty(t)
	if r := p.cmd(t, "down"); r.code != 0 {
		t.Errorf("sandbox down: exit %d\n%s", r.code, r.all())
	}
	for pid, line := range p.processes(t) {
		t.Errorf("still runs after `sandbox down`: %d %s", pid, line)
	}
}

// empty checks that the destroyed stacks left nothing.
func (s *sandbox) empty(t *testing.T) {
	t.Helper()
	if r := s.cmd(t, "leftovers"); r.code != 0 || r.out != "" {
		t.Errorf("sandbox leftovers: exit %d\n%s", r.code, r.all())
	}
}
