package aws_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// Resume asks every control plane for its health, and does inside only what did not work before.
func TestResumeAgain(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	p.add("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"})
	m := newMachine()
	again := killed(t, p.path, m)
	m.setFail("EnsureAddon", errors.New("no image"))
	if err := again.Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "no image") {
		t.Fatalf("resume: %v, want the add-on's error", err)
	}
	m.setFail("EnsureAddon", nil)
	for want, calls := range []map[string]int{
		{"EnsureCluster": 1, "EnsureAddon": 1}, // what failed, and no more
		{"EnsureCluster": 1},                   // healthy: one question
	} {
		m.calls = map[string]int{}
		if err := again.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m.calls, calls) {
			t.Errorf("resume %d asked for %v, want %v", want+2, m.calls, calls)
		}
	}
}

// A cluster that cannot be brought to the new version goes on at the old one.
func TestFailedUpgradeGoesBack(t *testing.T) {
	p := newPlatform(t)
	before := dump(t, p.cloud)
	p.machine.refuse = func(c machine.Cluster) error {
		if c.Version == "1.34" {
			p.machine.clusters = map[string]machine.Cluster{} // the old plane was halted for the new one
			return errors.New("exited before it was ready")
		}
		return nil
	}
	_, err := p.tryUpdate(p.cluster, over(p.clusterInputs(), props{"version": "1.34"}))
	mustFail(t, err, "exited before it was ready")
	if got := p.machine.clusters["dev"].Version; got != "1.33" {
		t.Errorf("control plane at %q, want the old 1.33 to run again", got)
	}
	if after := dump(t, p.cloud); after != before {
		t.Errorf("on record:\n%s\nwant\n%s", after, before)
	}
}

func TestFailedUpgradeThatCannotGoBack(t *testing.T) {
	p := newPlatform(t)
	p.machine.setFail("EnsureCluster", errors.New("no memory"))
	_, err := p.tryUpdate(p.cluster, over(p.clusterInputs(), props{"version": "1.34"}))
	mustFail(t, err, "going back to what was before")
	p.machine.setFail("EnsureCluster", nil)
	if err := p.cloud.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.machine.clusters["dev"].Version; got != "1.33" {
		t.Errorf("control plane at %q after resume, want 1.33", got)
	}
}

// A node group that cannot grow is what it was: itself, its Auto Scaling group, its instances and its nodes.
func TestFailedGrowthGoesBack(t *testing.T) {
	p := newPlatform(t)
	in := p.nodeInputs()
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", in)
	before, names := dump(t, p.cloud), p.machine.nodeList()
	p.machine.refuseNode = func(n machine.Node) error {
		if _, there := p.machine.nodes[n.Name]; !there {
			return errors.New("no room")
		}
		return nil
	}
	_, err := p.tryUpdate(nodes, over(in, props{"scalingConfig": props{"minSize": 3, "desiredSize": 5, "maxSize": 9}}))
	mustFail(t, err, "no room")
	if after := dump(t, p.cloud); after != before {
		t.Errorf("on record:\n%s\nwant\n%s", after, before)
	}
	if got := p.machine.nodeList(); !reflect.DeepEqual(got, names) {
		t.Errorf("nodes %v, want %v", got, names)
	}
	mustFail(t, p.cloud.SetDesired(t.Context(), groupName(nodes), 9), "above max value 6")
}

// What somebody else changed while an update was tried is not the update's to take back.
func TestGoingBackKeepsWhatOthersDid(t *testing.T) {
	p := newPlatform(t)
	in := p.nodeInputs()
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", in)
	group := groupName(nodes)
	p.machine.refuseNode = func(n machine.Node) error {
		if n.Labels["team"] == "new" {
			p.machine.refuseNode = nil
			p.machine.mu.Unlock() // the autoscaler acts just now
			defer p.machine.mu.Lock()
			if err := p.cloud.SetDesired(context.Background(), group, 4); err != nil {
				t.Error(err)
			}
			return errors.New("no room")
		}
		return nil
	}
	_, err := p.tryUpdate(nodes, over(in, props{"labels": props{"team": "new"}, "scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 8}}))
	mustFail(t, err, "no room")
	eventually(t, "the autoscaler's four nodes", func() bool { return len(p.machine.nodeList()) == 4 })
	mustFail(t, p.cloud.SetDesired(t.Context(), group, 7), "above max value 6")
}

// creatingCluster begins the create of a cluster, which the machine's gate holds up, and answers how it ends.
func (p *platform) creatingCluster(t *testing.T) <-chan error {
	t.Helper()
	p.machine.gate = make(chan struct{})
	made := make(chan error)
	go func() {
		_, err := p.tryCreate("aws:eks/cluster:Cluster", p.clusterInputs())
		made <- err
	}()
	eventually(t, "the cluster on record", func() bool { return len(p.cloud.Clusters()) == 1 })
	return made
}

// While the cloud drains, what is under way ends well and nothing new begins.
func TestDrain(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	made := p.creatingCluster(t)
	p.cloud.Drain()
	const stopping = "the local cloud is stopping"
	_, err := p.tryCreate("aws:kms/key:Key", props{})
	mustFail(t, err, stopping)
	_, err = p.tryUpdate(p.vpc, props{"cidrBlock": "10.0.0.0/16"})
	mustFail(t, err, stopping)
	mustFail(t, p.tryDelete(p.a), stopping)
	mustFail(t, p.cloud.SetDesired(t.Context(), "any", 1), stopping)
	mustFail(t, p.cloud.Terminate(t.Context(), "any", false), stopping)
	mustFail(t, p.cloud.AddRole(aws.RoleSpec{Name: "late"}), stopping)
	mustFail(t, p.cloud.Resume(t.Context()), stopping)
	if got := p.read(p.vpc); got.id == "" {
		t.Error("reads are refused, too")
	}
	close(p.machine.gate)
	if err := <-made; err != nil {
		t.Errorf("create that was under way: %v", err)
	}
	p.restart()
	if got := p.cloud.Clusters(); len(got) != 1 {
		t.Errorf("clusters after a restart: %v, want the one that was made", got)
	}
}

// A create that the machine's end cut short is told as failed, and the next Resume takes its remains away.
func TestCreateCutShort(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	before := p.cloud.Counts()
	made := p.creatingCluster(t)
	p.cloud.Drain()
	p.machine.setFail("EnsureCluster", machine.ErrStopping)
	p.machine.setFail("DeleteCluster", machine.ErrStopping)
	close(p.machine.gate)
	mustFail(t, <-made, "the local cloud is stopping")
	urn := "urn:pulumi:dev::paddock::aws:eks/cluster:Cluster::r6"
	if id, ok := p.cloud.CreatedByURN(urn, nil); ok {
		t.Errorf("created by urn: got %q, want nothing: its create failed", id)
	}
	p.machine.fail = map[string]error{}
	p.restart()
	if err := p.cloud.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := p.cloud.Counts(); !reflect.DeepEqual(after, before) {
		t.Errorf("left after resume: %v, want %v", after, before)
	}
}

// Close waits for what is under way, so that it is not cut off from its own record.
func TestCloseWaits(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	made := p.creatingCluster(t)
	time.AfterFunc(50*time.Millisecond, func() { close(p.machine.gate) })
	if err := p.cloud.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-made; err != nil {
		t.Errorf("create: %v", err)
	}
}

// Old and new resource of a replacement share their URN: only one that the state does not know can be the lost one.
func TestCreatedByURNSkipsKnown(t *testing.T) {
	p := newNetwork(t)
	old := p.add("aws:kms/key:Key", props{})
	if id, ok := p.cloud.CreatedByURN(old.urn, []string{old.id}); ok {
		t.Errorf("got %q, want none: the replacement never began", id)
	}
	p.named-- // the same URN once more
	again := p.add("aws:kms/key:Key", props{})
	if again.urn != old.urn {
		t.Fatalf("URNs %s and %s differ", again.urn, old.urn)
	}
	if id, ok := p.cloud.CreatedByURN(old.urn, []string{old.id}); !ok || id != again.id {
		t.Errorf("got %q %v, want the replacement %q", id, ok, again.id)
	}
}
