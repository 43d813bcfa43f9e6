package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestCloudFaults is a platform in a cloud where things go wrong: what its maker sees of each fault, and that the next `up` puts
// it right. Its parts share one sandbox and build on each other.
func TestCloudFaults(t *testing.T) {
	t.Parallel()
	f := &faulty{sandbox: newSandbox(t, "dev"), config: dev()}
	delete(f.config, "teams")
	f.configure(t, f.config)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"throttling and a failing service only cost time", f.throttled},
		{"what had to be waited for is told", f.paced},
		{"a service that keeps failing is told", f.broken},
		{"an answer that is lost leaves nothing behind", f.lost},
		{"a node that never joins fails its new group", f.astray},
		{"a zone without capacity fails a new group of its own", f.shortNew},
		{"and is left out when a group grows", f.shortGrowth},
		{"an instance that dies is replaced", f.dies},
		{"an add-on that fails says so", f.addonFails},
		{"an add-on that is slow is waited for", f.addonSlow},
		{"what somebody changed is put back", f.changed},
		{"what somebody deleted is made again", f.deleted},
		{"a quota that is reached is told", f.quota},
		{"destroy leaves nothing", f.destroy},
	} {
		if !t.Run(part.story, part.tell) {
			return // the next part begins where this one should have ended
		}
	}
}

type faulty struct {
	*sandbox
	config object
}

// fate sets the faults to come.
func (s *sandbox) fate(t *testing.T, faults ...object) {
	t.Helper()
	text, err := json.Marshal(object{"faults": faults})
	must(t, err)
	file := filepath.Join(s.root, "faults.yaml")
	must(t, os.WriteFile(file, text, 0o644))
	if r := s.cmd(t, "conditions", "--faults", file); r.code != 0 {
		t.Fatalf("sandbox conditions: %s", r.all())
	}
}

// repaired is what the next `up` must do: succeed, with no fault left in force, and leave nothing to be done.
func (f *faulty) repaired(t *testing.T) {
	t.Helper()
	f.fate(t)
	f.succeed(t, "up")
	f.succeed(t, "up", "--expect-no-changes") // it refreshes first
}

type call struct {
	Principal, Action, Resource, Outcome, Message, Verb, PassedTo string
}

func (s *sandbox) calls(t *testing.T, flags ...string) []call {
	t.Helper()
	var list []call
	must(t, json.Unmarshal([]byte(s.cmd(t, append([]string{"calls", "--json"}, flags...)...).out), &list))
	return list
}

func outcomes(list []call, action string) []string {
	var out []string
	for _, c := range list {
		if c.Action == action {
			out = append(out, c.Outcome)
		}
	}
	return out
}

func (f *faulty) throttled(t *testing.T) {
	f.succeed(t, "preview") // it starts the cloud
	f.fate(t, object{"fault": "throttle", "action": "ec2:CreateSubnet", "times": 3}, object{"fault": "error", "action": "eks:CreateCluster"})
	if r := f.cmd(t, "up", "--stack", "dev", "--latency", "aws", "--latency-factor", "0.01"); r.code != 0 {
		t.Fatalf("up with latency: exit %d\n%s", r.code, r.all())
	}
	calls := f.calls(t)
	if got := outcomes(calls, "ec2:CreateSubnet"); !slices.Contains(got, "RequestLimitExceeded") || !slices.Contains(got, "ok") {
		t.Errorf("ec2:CreateSubnet: %v, want some throttled and then ok", got)
	}
	if got := outcomes(calls, "eks:CreateCluster"); !slices.Equal(got[:2], []string{"ServerException", "ok"}) {
		t.Errorf("eks:CreateCluster: %v, want a failure and then ok", got)
	}
}

// paced looks at an `up` that took a hundredth of AWS's time.
func (f *faulty) paced(t *testing.T) {
	var p struct {
		Steps             []struct{ URN string }
		Seconds, Makespan float64
	}
	must(t, json.Unmarshal([]byte(f.cmd(t, "path", "--json").out), &p))
	var tokens []string
	for _, s := range p.Steps {
		tokens = append(tokens, change{urn: s.URN}.token())
	}
	if !slices.Contains(tokens, cluster) || !slices.Contains(tokens, nodeGroup) || tokens[0] != "aws:ec2/vpc:Vpc" {
		t.Errorf("path %v, want the VPC first, then the cluster and the node group", tokens)
	}
	if least := 0.01 * (13 + 570 + 119); p.Seconds < least || p.Makespan < p.Seconds {
		t.Errorf("path %.2f s, makespan %.2f s; want %.2f s at least, and the makespan no shorter", p.Seconds, p.Makespan, least)
	}
	if r := f.cmd(t, "conditions", "--reset"); r.code != 0 || !strings.Contains(r.out, "instant and flawless") {
		t.Errorf("sandbox conditions --reset: %s", r.all())
	}
	f.repaired(t)
}

// limits sets the size of the default group.
func (f *faulty) limits(t *testing.T, most int) {
	t.Helper()
	f.config["nodeGroups"] = object{"default": object{"min": 2, "max": most}}
	f.configure(t, f.config)
}

func (f *faulty) broken(t *testing.T) {
	f.limits(t, 7)
	f.fate(t, object{"fault": "error", "action": "eks:UpdateNodegroup*", "times": -1})
	refused(t, "up", f.verb(t, "up"), "ServerException: Internal server error")
	f.repaired(t)
}

func (f *faulty) lost(t *testing.T) {
	f.config["network"] = object{"zones": 3}
	f.configure(t, f.config)
	f.fate(t, object{"fault": "lost", "action": "ec2:CreateSubnet"})
	refused(t, "up", f.verb(t, "up"), "InvalidSubnet.Conflict")
	r := f.succeed(t, "up")
	if !strings.Contains(r.err, "the answer to the making of aws:ec2/subnet:Subnet subnet-") {
		t.Errorf("nothing is told of the subnet that nobody knew of:\n%s", r.err)
	}
	f.repaired(t)
	if n := f.counted(t)["aws:ec2/subnet:Subnet"]; n != 6 {
		t.Errorf("%d subnets, want a public and a private one in each of three zones", n)
	}
}

// counted is the number of resources by type.
func (s *sandbox) counted(t *testing.T) map[string]int {
	t.Helper()
	var status struct{ Resources map[string]int }
	must(t, json.Unmarshal([]byte(s.cmd(t, "status", "--json").out), &status))
	return status.Resources
}

// further adds a node group in one zone.
func (f *faulty) further(t *testing.T) {
	t.Helper()
	f.config["nodeGroups"].(object)["further"] = object{"min": 1, "max": 3, "zones": []string{"us-west-2a"}}
	f.configure(t, f.config)
}

func (f *faulty) astray(t *testing.T) {
	f.further(t)
	f.fate(t, object{"fault": "never-joins"})
	refused(t, "up", f.verb(t, "up"), "CREATE_FAILED", "NodeCreationFailure: Instances failed to join the kubernetes cluster")
	f.nodes(t, 2)
}

func (f *faulty) shortNew(t *testing.T) {
	f.fate(t, object{"fault": "capacity", "zone": "us-west-2a", "times": -1})
	refused(t, "up", f.verb(t, "up"), "AsgInstanceLaunchFailures", "InsufficientInstanceCapacity", "us-west-2a")
	f.repaired(t)
	f.nodes(t, 3)
}

func (f *faulty) shortGrowth(t *testing.T) {
	f.fate(t, object{"fault": "capacity", "zone": "us-west-2a", "times": -1})
	f.desire(t, "default", 4)
	zones := map[string]int{}
	for _, n := range f.nodes(t, 5) {
		zones[n.Metadata.Labels["topology.kubernetes.io/zone"]]++
	}
	if zones["us-west-2a"] != 2 { // one of each group, as before
		t.Errorf("nodes by zone %v, want both new ones elsewhere", zones)
	}
	f.desire(t, "default", 2)
	f.nodes(t, 3)
	f.settled(t)
	f.repaired(t)
}

// desire sets the size of a node group's Auto Scaling group, as the autoscaler does.
func (s *sandbox) desire(t *testing.T, group string, n int) {
	t.Helper()
	if r := s.cmd(t, "desired", "--group", s.group(t, group), "--nodes", strconv.Itoa(n)); r.code != 0 {
		t.Fatalf("sandbox desired: %s", r.all())
	}
}

type record struct {
	Kind, ID, Name, URN string
	State               object
}

func (s *sandbox) dump(t *testing.T) []record {
	t.Helper()
	var all struct{ Records []record }
	must(t, json.Unmarshal([]byte(s.cmd(t, "dump").out), &all))
	return all.Records
}

func (f *faulty) dies(t *testing.T) {
	before := map[string]bool{}
	for _, n := range f.nodes(t, 3) {
		before[n.Metadata.Name] = true
	}
	instances := f.instances(t)
	f.fate(t, object{"fault": "instance-dies"})
	eventually(t, 30*time.Second, "another instance in the place of the dead one", func() bool {
		now := f.instances(t)
		return len(now) == 3 && !slices.Equal(now, instances)
	})
	f.nodes(t, 3)
	f.settled(t)
	f.repaired(t)
}

func (f *faulty) instances(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, r := range f.dump(t) {
		if r.Kind == "aws:ec2/instance:Instance" && r.State["lifecycleState"] == "InService" {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// drift changes or deletes a resource behind Pulumi's back.
func (s *sandbox) drift(t *testing.T, id string, flags ...string) {
	t.Helper()
	if r := s.cmd(t, append([]string{"drift", id}, flags...)...); r.code != 0 {
		t.Fatalf("sandbox drift %s: %s", id, r.all())
	}
}

func (f *faulty) addonFails(t *testing.T) {
	f.drift(t, "paddock-dev:coredns", "--delete")
	f.fate(t, object{"fault": "addon-fails", "addon": "coredns"})
	refused(t, "up", f.verb(t, "up"), "unexpected state 'DEGRADED', wanted target 'ACTIVE'", "InsufficientNumberOfReplicas")
	f.repaired(t)
}

func (f *faulty) addonSlow(t *testing.T) {
	f.drift(t, "paddock-dev:coredns", "--delete")
	f.fate(t, object{"fault": "addon-slow", "addon": "coredns", "after": "3s"})
	start := time.Now()
	only(t, f.changes(t, "up"), "create", func(c change) bool { return c.token() == addon })
	if took := time.Since(start); took < 3*time.Second {
		t.Errorf("up took %s, want the add-on's 3 s at least", took)
	}
	f.repaired(t)
}

func (f *faulty) changed(t *testing.T) {
	f.drift(t, "/aws/eks/paddock-dev/cluster", "--set", "retentionInDays=1")
	only(t, f.changes(t, "up"), "update", func(c change) bool { return strings.HasSuffix(c.token(), ":LogGroup") })
	f.repaired(t)
}

func (f *faulty) deleted(t *testing.T) {
	for _, r := range f.dump(t) {
		if r.Kind == "aws:ec2/route:Route" && r.State["natGatewayId"] != nil {
			f.drift(t, r.ID, "--delete")
			break
		}
	}
	only(t, f.changes(t, "up"), "create", func(c change) bool { return c.token() == "aws:ec2/route:Route" })
	f.repaired(t)
}

func (f *faulty) quota(t *testing.T) {
	f.config["network"] = object{"zones": 3, "nat": "per-zone"}
	f.configure(t, f.config)
	if r := f.cmd(t, "conditions", "--limit", "elastic addresses=2"); r.code != 0 {
		t.Fatalf("sandbox conditions: %s", r.all())
	}
	refused(t, "up", f.verb(t, "up"), "AddressLimitExceeded: The maximum number of addresses has been reached.")
	if r := f.cmd(t, "conditions", "--reset"); r.code != 0 {
		t.Fatalf("sandbox conditions: %s", r.all())
	}
	f.repaired(t)
}

func (f *faulty) destroy(t *testing.T) {
	f.fate(t, object{"fault": "throttle", "action": "ec2:Delete*", "times": 4}, object{"fault": "lost", "action": "iam:DeleteRole"})
	f.succeed(t, "destroy")
	f.empty(t)
}
