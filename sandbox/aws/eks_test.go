package aws_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

func TestNodesAreWhatEKSMakes(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	nodes := p.machine.nodeList()
	if len(nodes) != 2 || nodes[0].Zone == nodes[1].Zone || nodes[0].InternalIP == nodes[1].InternalIP {
		t.Fatalf("want two nodes in two zones with two addresses, got %v", nodes)
	}
	got := nodes[0]
	if got.CPUMilli != 2000 || got.AllocCPUMilli != 1930 || got.AllocMemoryMi != 6903 || got.Pods != 29 || got.MemoryMi != 7577 || got.EphemeralGi != 20 {
		t.Errorf("m5.large: got %+v", got)
	}
	if got.Arch != "amd64" || got.KubeletVersion[:5] != "v1.33" || got.Labels["team"] != "all" || got.NodeGroup != "general" || got.CapacityType != "ON_DEMAND" {
		t.Errorf("got %+v", got)
	}
	if want := []machine.Taint{{Key: "k", Value: "v", Effect: "NoSchedule"}}; !reflect.DeepEqual(got.Taints, want) {
		t.Errorf("taints %v, want %v", got.Taints, want)
	}
}

func TestInstanceTypes(t *testing.T) {
	rows := map[string][3]int64{ // allocatable millicores and MiB, pods
		"m5.large": {1930, 6903, 29}, "m5.xlarge": {3920, 14162, 58}, "t3.medium": {1930, 3246, 17}, "c5.2xlarge": {7910, 14162, 58}, "r5.large": {1930, 14481, 29},
	}
	for name, want := range rows {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			p.add("aws:eks/nodeGroup:NodeGroup", over(p.nodeInputs(), props{"instanceTypes": []any{name}}))
			n := p.machine.nodeList()[0]
			if got := [3]int64{n.AllocCPUMilli, n.AllocMemoryMi, n.Pods}; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestUpgrade(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", over(p.nodeInputs(), props{"version": "1.33"}))
	_, err := p.tryUpdate(p.cluster, over(p.clusterInputs(), props{"version": "1.35"}))
	mustFail(t, err, "Unsupported Kubernetes minor version update from 1.33 to 1.35")
	cluster := p.update(p.cluster, over(p.clusterInputs(), props{"version": "1.34"}))
	if got := p.machine.clusters["dev"].Version; got != "1.34" {
		t.Errorf("control plane at %s, want 1.34", got)
	}
	if got := p.machine.nodeList()[0].KubeletVersion[:5]; got != "v1.33" {
		t.Errorf("nodes at %s before their own update, want v1.33", got)
	}
	p.update(nodes, over(p.nodeInputs(), props{"version": "1.34"}))
	for _, n := range p.machine.nodeList() {
		if n.KubeletVersion[:5] != "v1.34" {
			t.Errorf("node %s at %s, want v1.34", n.Name, n.KubeletVersion)
		}
	}
	_, err = p.tryUpdate(cluster, p.clusterInputs())
	mustFail(t, err, "Unsupported Kubernetes minor version update from 1.34 to 1.33")
}

// eventually waits for background work.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: not in 5 s", what)
}

func desired(p props) float64 { return p["scalingConfig"].(props)["desiredSize"].(float64) }

func TestDesiredSizeIsTheAutoscalers(t *testing.T) {
	p := newPlatform(t)
	in := p.nodeInputs()
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", in)
	group := groupName(nodes)
	if err := p.cloud.SetDesired(context.Background(), group, 4); err != nil {
		t.Fatal(err)
	}
	eventually(t, "four nodes", func() bool { return len(p.machine.nodeList()) == 4 })
	if got := desired(p.read(nodes).out); got != 4 {
		t.Errorf("refreshed desired size %v, want 4", got)
	}
	// another setting, from a state that still believes in two: the sizes are not sent
	got := p.update(nodes, over(in, props{"labels": props{"tier": "web"}}))
	if n := desired(got.out); n != 4 || len(p.machine.nodeList()) != 4 {
		t.Errorf("after new labels: desired %v and %d nodes, want 4", n, len(p.machine.nodeList()))
	}
	// new limits send them, as seen at the last refresh: without one AWS would be told two
	fresh := p.read(got)
	got = p.update(fresh, over(in, props{"scalingConfig": props{"minSize": 2, "desiredSize": 4, "maxSize": 8}}))
	if n := desired(got.out); n != 4 || len(p.machine.nodeList()) != 4 {
		t.Errorf("after new limits: desired %v and %d nodes, want 4", n, len(p.machine.nodeList()))
	}
	stale := p.update(got, over(in, props{"scalingConfig": props{"minSize": 2, "desiredSize": 2, "maxSize": 9}}))
	if n := desired(stale.out); n != 2 {
		t.Errorf("new limits with the size of an old state: desired %v, want 2, as AWS does what it is told", n)
	}
	got = p.update(stale, over(in, props{"scalingConfig": props{"minSize": 2, "desiredSize": 4, "maxSize": 8}}))
	_, err := p.tryUpdate(got, over(in, props{"scalingConfig": props{"minSize": 5, "desiredSize": 4, "maxSize": 8}}))
	mustFail(t, err, "Minimum capacity 5 can't be greater than desired size 4")
	got = p.update(got, over(in, props{"scalingConfig": props{"minSize": 2, "desiredSize": 3, "maxSize": 8}}))
	if n := desired(got.out); n != 3 || len(p.machine.nodeList()) != 3 {
		t.Errorf("after a wanted change: desired %v and %d nodes, want 3", n, len(p.machine.nodeList()))
	}
	mustFail(t, p.cloud.SetDesired(context.Background(), group, 9), "above max value 8")
	mustFail(t, p.cloud.SetDesired(context.Background(), group, 1), "below min value 2")
	mustFail(t, p.cloud.SetDesired(context.Background(), "none", 1), "AutoScalingGroup name not found")
}

func TestTerminate(t *testing.T) {
	p := newPlatform(t)
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	first := p.machine.nodeList()[0]
	if err := p.cloud.Terminate(context.Background(), first.InstanceID, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new instance in its place", func() bool {
		nodes := p.machine.nodeList()
		return len(nodes) == 2 && !slices.ContainsFunc(nodes, func(n machine.Node) bool { return n.InstanceID == first.InstanceID })
	})
	if err := p.cloud.Terminate(context.Background(), p.machine.nodeList()[0].InstanceID, true); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one node", func() bool { return len(p.machine.nodeList()) == 1 })
	mustFail(t, p.cloud.Terminate(context.Background(), p.machine.nodeList()[0].InstanceID, true), "min size constraint")
}

func TestAuthenticate(t *testing.T) {
	p := newPlatform(t)
	team := p.create("aws:iam/role:Role", props{"name": "team", "assumeRolePolicy": trustEC2})
	p.add("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": team.out["arn"], "kubernetesGroups": []any{"paddock:a:viewer"}})
	p.add("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.nodeRole.out["arn"], "type": "EC2_LINUX"})
	rows := map[string]struct {
		arn    string
		groups []string
		code   string
	}{
		"creator":  {p.cloud.CallerARN(), []string{machine.AccessPolicyGroup + "AmazonEKSClusterAdminPolicy"}, ""},
		"team":     {team.out["arn"].(string), []string{"paddock:a:viewer"}, ""},
		"session":  {"arn:aws:sts::" + p.cloud.Account() + ":assumed-role/team/ci", []string{"paddock:a:viewer"}, ""},
		"node":     {p.nodeRole.out["arn"].(string), []string{"system:bootstrappers", "system:nodes"}, ""},
		"stranger": {p.role.out["arn"].(string), nil, "has no access entry"},
		"nobody":   {"arn:aws:iam::1:role/none", nil, "AccessDenied"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			user, groups, err := p.cloud.Authenticate("dev", row.arn)
			if row.code != "" {
				mustFail(t, err, row.code)
				return
			}
			if err != nil || !slices.Equal(groups, row.groups) || user == "" {
				t.Errorf("got %q %v %v, want %v", user, groups, err, row.groups)
			}
		})
	}
	viewer := "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
	entry := p.create("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.role.out["arn"]})
	p.create("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", props{"clusterName": "dev", "principalArn": p.role.out["arn"], "policyArn": viewer, "accessScope": props{"type": "cluster"}})
	p.delete(entry)
	p.create("aws:eks/accessEntry:AccessEntry", props{"clusterName": "dev", "principalArn": p.role.out["arn"]})
	if _, groups, err := p.cloud.Authenticate("dev", p.role.out["arn"].(string)); err != nil || len(groups) != 0 {
		t.Errorf("a new entry came into the policies of the old one: %v %v", groups, err)
	}
	p.delete(team)
	p.create("aws:iam/role:Role", props{"name": "team", "assumeRolePolicy": trustEC2})
	_, _, err := p.cloud.Authenticate("dev", team.out["arn"].(string))
	mustFail(t, err, "earlier role")
}

func TestNodesEntryIsTagged(t *testing.T) {
	p := newPlatform(t)
	in := props{"clusterName": "dev", "principalArn": p.nodeRole.out["arn"], "type": "EC2_LINUX"}
	entry := p.update(p.create(anEntry, in), over(in, props{"tags": props{"team": "core"}}))
	if tags, groups := entry.out["tagsAll"], entry.out["kubernetesGroups"]; !reflect.DeepEqual(tags, props{"team": "core"}) || !reflect.DeepEqual(groups, []any{"system:nodes"}) {
		t.Errorf("tags %v, groups %v", tags, groups)
	}
	mustFail(t, p.change(entry, over(in, props{"kubernetesGroups": []any{"x"}})), "cannot be set")
}

func TestMachineFailuresLeaveNothing(t *testing.T) {
	p := newNetwork(t)
	p.role = p.clusterRole()
	p.nodeRole = p.add("aws:iam/role:Role", props{"assumeRolePolicy": trustEC2})
	p.attach(p.nodeRole, "AmazonEKSWorkerNodePolicy")
	p.wayOut()
	before := p.cloud.Counts()
	p.machine.fail["EnsureCluster"] = errors.New("no memory")
	_, err := p.tryCreate("aws:eks/cluster:Cluster", p.clusterInputs())
	mustFail(t, err, "no memory")
	if after := p.cloud.Counts(); !reflect.DeepEqual(after, before) {
		t.Errorf("failed cluster left %v, want %v", after, before)
	}
	p.machine.fail = map[string]error{}
	p.cluster = p.add("aws:eks/cluster:Cluster", p.clusterInputs())
	p.machine.fail["EnsureNode"] = errors.New("no node")
	_, err = p.tryCreate("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	mustFail(t, err, "NodeCreationFailure: Instances failed to join the kubernetes cluster")
	p.machine.fail = map[string]error{"EnsureAddon": errors.New("no image")}
	_, err = p.tryCreate("aws:eks/addon:Addon", props{"clusterName": "dev", "addonName": "coredns", "resolveConflictsOnCreate": "OVERWRITE"})
	mustFail(t, err, "DEGRADED")
	p.machine.fail = map[string]error{}
	p.destroy()
	if left := p.cloud.Leftovers(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestScalingIsTriedAgain(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	set := func(err error) {
		p.machine.mu.Lock()
		defer p.machine.mu.Unlock()
		p.machine.fail["EnsureNode"] = err
	}
	set(errors.New("not now"))
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 3); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	set(nil)
	eventually(t, "three nodes", func() bool { return len(p.machine.nodeList()) == 3 })
}

func TestBootDelay(t *testing.T) {
	p := newPlatform(t)
	if err := p.cloud.Close(); err != nil {
		t.Fatal(err)
	}
	p.open(aws.Options{})
	if err := p.cloud.SetConditions(aws.Conditions{BootDelay: aws.Duration{Duration: 200 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p.add("aws:eks/nodeGroup:NodeGroup", p.nodeInputs())
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("nodes joined after %v, want the boot delay of 200 ms", took)
	}
}
