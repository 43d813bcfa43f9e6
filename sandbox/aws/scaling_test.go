package aws_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

const nodesToken = "aws:eks/nodeGroup:NodeGroup"

// However often a group is asked for what it cannot have, one loop tries; once it can, it does so at once.
func TestOneLoopForEachGroup(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add(nodesToken, p.nodeInputs())
	p.fate(aws.Mishap{Fault: "capacity", Zone: "us-west-2a", Times: -1}, aws.Mishap{Fault: "capacity", Zone: "us-west-2b", Times: -1})
	before := runtime.NumGoroutine()
	for range 200 {
		if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 4); err != nil {
			t.Fatal(err)
		}
	}
	if n := runtime.NumGoroutine() - before; n > 20 {
		t.Errorf("%d goroutines more after 200 calls", n)
	}
	time.Sleep(50 * time.Millisecond) // the last try is over, and waits for a second
	began := time.Now()
	p.fate()
	eventually(t, "the nodes there is now capacity for", func() bool { return len(p.machine.nodeList()) == 4 })
	if took := time.Since(began); took > 700*time.Millisecond {
		t.Errorf("took %s, want a try at once", took)
	}
}

// A way out that is lost keeps new instances from becoming nodes; those that are nodes stay.
func TestLostWayOut(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add(nodesToken, p.nodeInputs())
	if err := p.cloud.Drift(aws.Drift{ID: p.vpc.id, Set: map[string]string{"enableDnsHostnames": "false"}}); err != nil {
		t.Fatal(err)
	}
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), 3); err != nil {
		t.Fatal(err)
	}
	in := props{"AutoScalingGroupNames": []any{groupName(nodes)}}
	eventually(t, "a third instance in service", func() bool {
		out, err := p.cloud.Call(context.Background(), aws.Call{Env: p.here(), Service: "autoscaling", Action: "DescribeAutoScalingGroups", Params: in})
		if err != nil {
			t.Fatal(err)
		}
		serves := 0
		for _, i := range out["AutoScalingGroups"].([]any)[0].(props)["Instances"].([]any) {
			if i.(props)["LifecycleState"] == "InService" {
				serves++
			}
		}
		return serves == 3
	})
	if n := len(p.machine.nodeList()); n != 2 {
		t.Errorf("%d nodes, want the two from before", n)
	}
}

func TestInstancesDie(t *testing.T) {
	p := newPlatform(t)
	p.add(nodesToken, over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 4, "maxSize": 6}}))
	before := p.cloud.Instances()
	gone := func() (n int) {
		now := map[string]bool{}
		for _, id := range p.cloud.Instances() {
			now[id] = true
		}
		for _, id := range before {
			if !now[id] {
				n++
			}
		}
		return n
	}
	soon := aws.Duration{Duration: 50 * time.Millisecond}
	p.fate(aws.Mishap{Fault: "instance-dies", After: soon})
	p.fate() // calls it off
	time.Sleep(100 * time.Millisecond)
	if n := gone(); n != 0 {
		t.Errorf("%d instances died of a fault that was called off", n)
	}
	p.fate(aws.Mishap{Fault: "instance-dies", After: aws.Duration{Duration: time.Second}, Times: 3})
	p.restart()
	if f := p.cloud.Conditions().Faults; len(f) != 1 || f[0].Times != 3 {
		t.Fatalf("after a restart, to come: %v", f)
	}
	p.fate(aws.Mishap{Fault: "instance-dies", After: soon, Times: 3})
	p.restart()
	if err := p.cloud.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three dead", func() bool { return gone() == 3 && len(p.cloud.Conditions().Faults) == 0 })
	eventually(t, "four nodes", func() bool { return len(p.machine.nodeList()) == 4 })
	time.Sleep(50 * time.Millisecond)
	if n := gone(); n != 3 {
		t.Errorf("%d died, want three", n)
	}
}

// What is being deleted holds nothing off any more: a node group that is made meanwhile would be left without a cluster.
func TestNothingIsMadeInWhatIsBeingDeleted(t *testing.T) {
	p := newPlatform(t)
	var refusal error
	p.machine.deleting = func() { _, refusal = p.tryCreate(nodesToken, p.nodeInputs()) }
	p.delete(p.cluster)
	if refusal == nil || !strings.Contains(refusal.Error(), "dev is being deleted") {
		t.Errorf("a node group of a cluster on its way out: %v", refusal)
	}
	if left := p.machine.nodeList(); len(left) != 0 {
		t.Errorf("nodes %v", left)
	}
}
