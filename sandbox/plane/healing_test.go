package plane_test

import (
	"testing"
	"time"

	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
	"paddock/sandbox/process"
)

// checkGivenUp: a cluster one of whose processes is not started again any more is brought back when it is asked for.
func checkGivenUp(t *testing.T, p *plane.Plane, spec machine.Cluster) {
	for _, name := range []string{"scheduler", "etcd"} {
		must(t, name, p.End(t.Context(), dev.Name, name))
		begin := time.Now()
		_, err := p.EnsureCluster(t.Context(), spec)
		must(t, "ensure without "+name, err)
		t.Logf("healed %s in %s", name, since(begin))
		checkRunning(t, p)
	}
	begin := time.Now()
	_, err := p.EnsureCluster(t.Context(), spec)
	must(t, "ensure", err)
	if took := time.Since(begin); took > time.Second {
		t.Errorf("finding a healthy cluster took %s", took)
	}
}

// checkFailedUpgrade: what could not be upgraded can be had back as it was.
func checkFailedUpgrade(t *testing.T, p *plane.Plane, spec machine.Cluster, first machine.Endpoint) {
	bad := spec
	bad.Version = "1.12"
	if _, err := p.EnsureCluster(t.Context(), bad); err == nil {
		t.Fatal("upgraded to a version that does not exist")
	}
	if _, err := p.Nodes(t.Context(), dev.Name); err == nil {
		t.Error("a cluster that failed to start lists its nodes")
	}
	end, err := p.EnsureCluster(t.Context(), spec)
	must(t, "back", err)
	if end.URL != first.URL {
		t.Errorf("endpoint moved from %s to %s", first.URL, end.URL)
	}
	checkRunning(t, p)
}

func checkRunning(t *testing.T, p *plane.Plane) {
	t.Helper()
	infos, err := p.Nodes(t.Context(), dev.Name)
	must(t, "nodes", err)
	if len(infos) != 2 {
		t.Errorf("%d nodes, want 2", len(infos))
	}
	for _, i := range p.Processes() {
		if i.State != process.Running {
			t.Errorf("%s: %s", i.Name, i.State)
		}
	}
	if n := len(p.Processes()); n != 6 {
		t.Errorf("%d processes, want 6", n)
	}
}

// checkRollout: soon after a start, pods come and go; KWOK does not wait for the leases of its former run.
func checkRollout(t *testing.T, p *plane.Plane) {
	begin := time.Now()
	cni := allAddons[0]
	cni.Version = "v1.21.1-eksbuild.1"
	must(t, "new version of vpc-cni", p.EnsureAddon(t.Context(), dev.Name, cni))
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("the add-on's pods took %s", took)
	}
}
