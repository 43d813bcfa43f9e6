package aws

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"paddock/sandbox/machine"
)

// imageID is the AMI of a region, type and release: the same for the same three.
func imageID(region string, nodes Props) string {
	sum := crc32.ChecksumIEEE([]byte(region + str(nodes, "amiType") + str(nodes, "releaseVersion")))
	return fmt.Sprintf("ami-0%08x%08x", sum, ^sum)
}

// join makes an instance a node once it has booted.
func (c *Cloud) join(ctx context.Context, r *Record) error {
	if err := c.boot(ctx, r); err != nil {
		return err
	}
	_, astray := c.conditions.take(func(m Mishap) bool { return m.Fault == "never-joins" })
	astray = astray || c.stranded(r)
	done, err := c.turn(ctx, r)
	if err != nil {
		return err
	}
	defer done()
	if !astray {
		if err := c.ensureNode(ctx, r.ID); err != nil {
			return err
		}
	} else if err := c.machine.DeleteNode(ctx, str(r.State, "cluster"), r.Name); err != nil { // of a try that was cut short
		return err
	}
	return c.store.update(func(t *Tx) error {
		now := t.get(tokenInstance, r.ID)
		if now == nil || str(now.State, "lifecycleState") != statePending {
			return nil
		}
		now.State["lifecycleState"] = stateInService // the group asks EC2, not the cluster
		if astray {
			now.Private["astray"] = true
		}
		t.put(now)
		return nil
	})
}

// boot waits until the boot delay since launch is over, also across a restart of the stand-in.
func (c *Cloud) boot(ctx context.Context, r *Record) error {
	launched, err := time.Parse(time.RFC3339Nano, str(r.State, "launchTime"))
	if err != nil {
		return nil //nolint:nilerr // no time of launch, no delay
	}
	left := time.NewTimer(time.Until(launched.Add(c.Conditions().BootDelay.Duration)))
	defer left.Stop()
	select {
	case <-left.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("instance %s: boot: %w", r.ID, ctx.Err())
	}
}

// turnsEach is how many nodes of a cluster are changed at a time, so that a large group does not flood its apiserver.
const turnsEach = 16

// turn waits for one of the turns of an instance's cluster, and answers how to give it back.
func (c *Cloud) turn(ctx context.Context, r *Record) (done func(), err error) {
	cluster := str(r.State, "cluster")
	c.mu.Lock()
	turns, known := c.turns[cluster]
	if !known {
		turns = make(chan struct{}, turnsEach)
		c.turns[cluster] = turns
	}
	c.mu.Unlock()
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("instance %s: wait for a turn: %w", r.ID, ctx.Err())
	}
}

// leave takes the node away, as EKS's cloud controller does, and then the instance.
func (c *Cloud) leave(ctx context.Context, r *Record) error {
	done, err := c.turn(ctx, r)
	if err != nil {
		return err
	}
	defer done()
	if err := c.machine.DeleteNode(ctx, str(r.State, "cluster"), r.Name); err != nil {
		return fmt.Errorf("instance %s: delete node %s: %w", r.ID, r.Name, err)
	}
	return c.store.update(func(t *Tx) error {
		if now := t.peek(tokenInstance, r.ID); now != nil {
			t.drop(now)
		}
		return nil
	})
}

// ensureNode brings the Node object in line with instance and node group.
func (c *Cloud) ensureNode(ctx context.Context, instance string) error {
	var n machine.Node
	var err error
	c.store.view(func(t *Tx) {
		r := t.peek(tokenInstance, instance)
		if r == nil {
			err = fmt.Errorf("instance %s is gone", instance)
			return
		}
		nodes := t.peek(tokenNodeGroup, str(r.State, "nodeGroup"))
		if nodes == nil {
			err = fmt.Errorf("instance %s: node group is gone", instance)
			return
		}
		n, err = node(t, r, nodes)
	})
	if err != nil {
		return err
	}
	if err := c.machine.EnsureNode(ctx, n.Cluster, n); err != nil {
		return fail("NodeCreationFailure", "Instances failed to join the kubernetes cluster: %s: %v", n.Name, err)
	}
	return nil
}

// node describes an instance as its kubelet would.
func node(t *Tx, r, nodes *Record) (machine.Node, error) {
	of := str(r.State, "instanceType")
	size, ok := instanceType(of)
	if !ok {
		return machine.Node{}, fmt.Errorf("instance %s: type %s is not modelled", r.ID, of)
	}
	n := machine.Node{
		Name: r.Name, InstanceID: r.ID, InstanceType: of, Zone: str(r.State, "availabilityZone"), Region: r.Region,
		Cluster: str(r.State, "cluster"), NodeGroup: str(nodes.State, "nodeGroupName"), InternalIP: str(r.State, "privateIp"),
		AMI: str(r.State, "imageId"), Arch: size.Arch, CapacityType: str(r.State, "capacityType"),
		KubeletVersion: releases[str(r.State, "version")].kubelet, Labels: pairs(nodes.State, "labels"),
		CPUMilli: size.CPUMilli, MemoryMi: size.CapacityMi, EphemeralGi: disk(templateInUse(t, nodes.State), nodes.State), Pods: size.Pods,
		AllocCPUMilli: size.AllocCPUMilli, AllocMemoryMi: size.AllocMi,
	}
	for _, taint := range objs(nodes.State, "taints") {
		n.Taints = append(n.Taints, machine.Taint{Key: str(taint, "key"), Value: str(taint, "value"), Effect: effectOf(str(taint, "effect"))})
	}
	return n, nil
}

// disk is the size of the root volume in GiB.
func disk(template, nodes Props) int64 {
	for _, d := range objs(template, "blockDeviceMappings") {
		if n := num(d, "ebs.volumeSize", 0); n > 0 && strings.HasSuffix(str(d, "deviceName"), "xvda") {
			return int64(n)
		}
	}
	if n := num(nodes, "diskSize", 0); n > 0 {
		return int64(n)
	}
	return 20
}

// joinTimeout is how long EKS waits for the nodes of a new group; it passes only where operations take time.
const joinTimeout = 15 * time.Minute

// settleNodeGroup waits for the instances of a new node group, and rolls an update out to those that are there.
func settleNodeGroup(ctx context.Context, c *Cloud, id string) error {
	r, err := c.find(tokenNodeGroup, id)
	if err != nil {
		return err
	}
	group := groupOf(r.State)
	if err := c.roll(ctx, group, r); err != nil {
		return err
	}
	isNew := str(r.Private, "phase") == phaseCreating
	c.scaler(group).poke() // a scaling that is under way learns of it
	err = c.scale(ctx, group)
	var short *Error
	if errors.As(err, &short) && short.Code == shortage {
		if isNew {
			return createFailed(id, []string{group}, fail("AsgInstanceLaunchFailures", "Could not launch On-Demand Instances. %s - %s", short.Code, short.Message))
		}
		c.scaleSoon(group) // EKS is done; the group goes on trying
		err = nil
	}
	if err != nil {
		return err
	}
	if isNew {
		if err := c.allJoined(ctx, id, group); err != nil {
			return err
		}
	}
	return c.settled(tokenNodeGroup, id)
}

// allJoined fails a new group whose instances are running, and are no nodes.
func (c *Cloud) allJoined(ctx context.Context, id, group string) error {
	var astray []string
	c.store.view(func(t *Tx) {
		for _, r := range t.list(tokenInstance) {
			if str(r.State, "group") == group && yes(r.Private, "astray", false) {
				astray = append(astray, r.ID)
			}
		}
	})
	if len(astray) == 0 {
		return nil
	}
	if now := c.Conditions(); now.Latency == "aws" {
		if err := pause(ctx, time.Duration(float64(joinTimeout)*now.factor())); err != nil {
			return err
		}
	}
	return createFailed(id, astray, fail("NodeCreationFailure", "Instances failed to join the kubernetes cluster"))
}

// roll brings every node of a group in line, one after another: labels, taints and the kubelet's version.
func (c *Cloud) roll(ctx context.Context, group string, nodes *Record) error {
	var there []string
	err := c.store.update(func(t *Tx) error {
		for _, r := range t.list(tokenInstance) {
			if str(r.State, "group") != group || str(r.State, "lifecycleState") != stateInService {
				continue
			}
			if yes(r.Private, "astray", false) {
				continue
			}
			there = append(there, r.ID)
			if str(r.State, "version") != str(nodes.State, "version") {
				r = r.clone()
				r.State["version"], r.State["imageId"] = nodes.State["version"], imageID(r.Region, nodes.State)
				t.put(r)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range there {
		if err := c.ensureNode(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// teardownNodeGroup ends every instance of the group, which wants none from now on, whoever asks.
func teardownNodeGroup(ctx context.Context, c *Cloud, r *Record) error {
	group := groupOf(r.State)
	err := c.store.update(func(t *Tx) error {
		g := t.get(tokenGroup, group)
		if g == nil {
			return nil
		}
		g.State["minSize"], g.State["desiredCapacity"], g.State["maxSize"] = 0, 0, 0
		t.put(g)
		return nil
	})
	if err != nil {
		return err
	}
	c.scaler(group).poke() // a scaling that is under way waits for no boot
	if err := c.scale(ctx, group); err != nil {
		return err
	}
	c.retire(group)
	return nil
}
