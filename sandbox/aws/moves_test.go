package aws_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"paddock/sandbox/aws"
)

// booting is a platform with two nodes, on which instances take that long to boot from now on.
func booting(t *testing.T, delay time.Duration) (p *platform, nodes thing) {
	t.Helper()
	p = newPlatform(t)
	nodes = p.add(nodesToken, over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 2, "maxSize": 30}}))
	p.boots(delay)
	return p, nodes
}

func (p *platform) boots(delay time.Duration) {
	p.t.Helper()
	if err := p.cloud.SetConditions(aws.Conditions{BootDelay: aws.Duration{Duration: delay}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *platform) want(nodes thing, n int) {
	p.t.Helper()
	if err := p.cloud.SetDesired(context.Background(), groupName(nodes), n); err != nil {
		p.t.Fatal(err)
	}
}

// states are EC2's, by instance.
func (p *platform) states() map[string]string {
	p.t.Helper()
	out, err := p.cloud.Call(context.Background(), aws.Call{Env: p.here(), Service: "ec2", Action: "DescribeInstances"})
	if err != nil {
		p.t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range out["reservationSet"].([]any) {
		for _, i := range r.(props)["instancesSet"].([]any) {
			states[i.(props)["instanceId"].(string)] = i.(props)["instanceState"].(props)["name"].(string)
		}
	}
	return states
}

func count(states map[string]string, state string) (n int) {
	for _, s := range states {
		if s == state {
			n++
		}
	}
	return n
}

// What is asked for while others boot is launched at once; what is called off stops booting, and what serves stays.
func TestMoreAndFewerWhileBooting(t *testing.T) {
	p, nodes := booting(t, time.Hour)
	before := p.states()
	p.want(nodes, 3)
	eventually(t, "one that boots", func() bool { return count(p.states(), "pending") == 1 })
	p.want(nodes, 6)
	eventually(t, "four that boot", func() bool { return count(p.states(), "pending") == 4 })
	p.want(nodes, 2)
	eventually(t, "none that boots", func() bool { return len(p.states()) == 2 })
	if now := p.states(); !maps.Equal(now, before) {
		t.Errorf("instances %v, want those that served: %v", now, before)
	}
	if n := p.machine.called("DeleteNode"); n != 4 {
		t.Errorf("%d nodes were deleted, want only those of instances that were called off, which may have been there", n)
	}
}

// EC2 calls an instance running after a share of its boot; it is a node at the end of it.
func TestRunningBeforeReady(t *testing.T) {
	t.Parallel()
	p, nodes := booting(t, 600*time.Millisecond)
	began := time.Now()
	p.want(nodes, 3)
	eventually(t, "one that is pending", func() bool { return count(p.states(), "pending") == 1 })
	eventually(t, "three that run", func() bool { return count(p.states(), "running") == 3 })
	if took, n := time.Since(began), len(p.machine.nodeList()); took < 220*time.Millisecond || n != 2 {
		t.Errorf("running after %s with %d nodes, want 220 ms at least, and two nodes", took, n)
	}
	eventually(t, "three nodes", func() bool { return len(p.machine.nodeList()) == 3 })
	if took := time.Since(began); took < 600*time.Millisecond {
		t.Errorf("a node after %s, want the boot delay", took)
	}
}

// Instances boot beside each other, however many there are.
func TestBootBesideEachOther(t *testing.T) {
	t.Parallel()
	p, nodes := booting(t, time.Second)
	began := time.Now()
	p.want(nodes, 22)
	eventually(t, "22 nodes", func() bool { return len(p.machine.nodeList()) == 22 })
	if took := time.Since(began); took > 1900*time.Millisecond {
		t.Errorf("20 instances took %s to boot, want the time of one", took)
	}
}

// A node that cannot be made is not tried for without pause, and had as soon as the loop tries again.
func TestFailedJoin(t *testing.T) {
	t.Parallel()
	p, nodes := booting(t, 0)
	p.machine.setFail("EnsureNode", errors.New("no room"))
	before := p.machine.called("EnsureNode")
	p.want(nodes, 3)
	time.Sleep(300 * time.Millisecond)
	if n := p.machine.called("EnsureNode") - before; n != 1 {
		t.Errorf("tried %d times in 0.3 s, want once", n)
	}
	p.machine.setFail("EnsureNode", nil)
	eventually(t, "the third node", func() bool { return len(p.machine.nodeList()) == 3 })
}

// An instance that is called off while its node is made has not failed.
func TestCalledOffWhileJoining(t *testing.T) {
	p := newPlatform(t)
	nodes := p.add(nodesToken, p.nodeInputs())
	joins := make(chan struct{}, 9)
	p.machine.slowNode = func(ctx context.Context) {
		joins <- struct{}{}
		if len(p.machine.nodeList()) == 2 && p.cloud.Counts()["aws:ec2/instance:Instance"] == 3 {
			<-ctx.Done()
		}
	}
	failed := make(chan error)
	go func() {
		_, err := p.tryUpdate(nodes, over(p.nodeInputs(), props{"scalingConfig": props{"minSize": 1, "desiredSize": 3, "maxSize": 6}}))
		failed <- err
	}()
	for range 3 { // both nodes are brought in line, then comes the third
		<-joins
	}
	p.want(nodes, 2)
	if err := <-failed; err != nil {
		t.Errorf("the update: %v", err)
	}
	eventually(t, "two instances", func() bool { return len(p.states()) == 2 })
}

// A group that is deleted while its instances boot does not wait for them, and a stop does not either.
func TestEndWhileBooting(t *testing.T) {
	for name, end := range map[string]func(*platform, thing){
		"delete": func(p *platform, nodes thing) { p.delete(nodes) },
		"stop": func(p *platform, _ thing) {
			if err := p.cloud.Close(); err != nil {
				p.t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, nodes := booting(t, time.Hour)
			p.want(nodes, 4)
			eventually(t, "two that boot", func() bool { return count(p.states(), "pending") == 2 })
			over := make(chan struct{})
			go func() { end(p, nodes); close(over) }()
			select {
			case <-over:
			case <-time.After(5 * time.Second):
				t.Fatal("it waits for the boot")
			}
		})
	}
}

// Nor does a stop wait for a group whose first instances boot.
func TestStopWhileGroupIsMade(t *testing.T) {
	p := newPlatform(t)
	p.boots(time.Hour)
	made := make(chan error)
	go func() {
		_, err := p.tryCreate(nodesToken, p.nodeInputs())
		made <- err
	}()
	eventually(t, "two that boot", func() bool { return count(p.states(), "pending") == 2 })
	began := time.Now()
	if err := p.cloud.Close(); err != nil {
		t.Error(err)
	}
	if err := <-made; err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("the create ended with %v after %s", err, time.Since(began))
	}
}
