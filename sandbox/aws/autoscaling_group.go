package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"paddock/sandbox/machine"
)

// Auto Scaling groups are made by EKS for node groups. Their desired capacity is the truth that node groups report.
var _ = register(&Kind{
	Token: tokenGroup, Internal: true,
	Missing: func(id string) *Error {
		return fail("ValidationError", "AutoScalingGroup name not found - AutoScalingGroup '%s' not found", id)
	},
})

// newGroup makes the Auto Scaling group of a new node group, tagged for the autoscaler to find.
func (o *Op) newGroup(cluster *Record) {
	nodes := str(o.Out, "nodeGroupName")
	id := uuid()
	name := fmt.Sprintf("eks-%s-%s", nodes, id)
	o.Out["resources"] = []any{Props{"autoscalingGroups": []any{Props{"name": name}}, "remoteAccessSecurityGroupId": ""}}
	low, desired, high := scaling(o.Out)
	var zones []any
	seen := map[string]bool{}
	for _, s := range strs(o.Out, "subnetIds") {
		if z := str(o.Tx.peek(tokenSubnet, s).State, "availabilityZone"); !seen[z] {
			seen[z] = true
			zones = append(zones, z)
		}
	}
	o.made(key(tokenNodeGroup, o.ID), tokenGroup, name, nodes, Props{
		"name": name, "minSize": low, "maxSize": high, "desiredCapacity": desired, "availabilityZones": zones,
		"arn":       o.Env.arn("autoscaling", fmt.Sprintf("autoScalingGroup:%s:autoScalingGroupName/%s", uuid(), name)),
		"subnetIds": o.Out["subnetIds"], "nodeGroup": o.ID, "cluster": cluster.ID,
		"tags": Props{
			"k8s.io/cluster-autoscaler/enabled": "true", "k8s.io/cluster-autoscaler/" + cluster.ID: "owned",
			"kubernetes.io/cluster/" + cluster.ID: "owned", "eks:cluster-name": cluster.ID, "eks:nodegroup-name": nodes,
		},
	})
}

// resizeGroup brings the limits and the desired capacity of the Auto Scaling group in line with the node group.
func (o *Op) resizeGroup() error {
	g := o.Tx.get(tokenGroup, groupOf(o.Out))
	if g == nil {
		return kinds[tokenGroup].Missing(groupOf(o.Out))
	}
	low, desired, high := scaling(o.Out)
	g.State["minSize"], g.State["desiredCapacity"], g.State["maxSize"] = low, desired, high
	o.Tx.put(g)
	return nil
}

// SetDesired changes the desired capacity as the account's owner, behind Pulumi's back. Instances come and go by themselves.
func (c *Cloud) SetDesired(_ context.Context, group string, n int) error {
	var g *Record
	c.store.view(func(t *Tx) { g = t.peek(tokenGroup, group) })
	began := time.Now()
	err := c.setDesired(group, n)
	if g != nil && !errors.Is(err, machine.ErrStopping) {
		c.report(c.env(g.Region), origin{source: sourceOwner}, began, []asked{{action: "autoscaling:SetDesiredCapacity", resource: str(g.State, "arn")}}, err)
	}
	return err
}

// setDesired is SetDesired for a caller who is on record already, such as the autoscaler.
func (c *Cloud) setDesired(group string, n int) error {
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	err = c.store.update(func(t *Tx) error {
		g := t.get(tokenGroup, group)
		if g == nil {
			return kinds[tokenGroup].Missing(group)
		}
		if low := num(g.State, "minSize", 0); n < low {
			return fail("ValidationError", "New SetDesiredCapacity value %d is below min value %d for the AutoScalingGroup.", n, low)
		}
		if high := num(g.State, "maxSize", 0); n > high {
			return fail("ValidationError", "New SetDesiredCapacity value %d is above max value %d for the AutoScalingGroup.", n, high)
		}
		g.State["desiredCapacity"] = n
		t.put(g)
		return nil
	})
	if err != nil {
		return err
	}
	c.scaleSoon(group)
	return nil
}

// Terminate ends an instance. With decrement the group shrinks by it, else the group makes another.
func (c *Cloud) Terminate(ctx context.Context, instance string, decrement bool) error {
	return c.endInstance(ctx, instance, decrement, "instance "+instance+" was taken out of service in response to a user request.")
}

// endInstance ends an instance for the cause that the group's activities then tell.
func (c *Cloud) endInstance(_ context.Context, instance string, decrement bool, cause string) error {
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	var r *Record
	err = c.store.update(func(t *Tx) error {
		if r = t.get(tokenInstance, instance); r == nil {
			return fail("ValidationError", "Instance Id not found - No managed instance found for instance ID: %s", instance)
		}
		return t.terminate(r, decrement, cause)
	})
	if err != nil {
		return err
	}
	c.scaleSoon(str(r.State, "group"))
	return nil
}

// terminate marks an instance as on its way out.
func (t *Tx) terminate(r *Record, decrement bool, cause string) error {
	group := str(r.State, "group")
	g := t.get(tokenGroup, group)
	if g == nil {
		return kinds[tokenGroup].Missing(group)
	}
	if decrement && str(r.State, "lifecycleState") != stateTerminating {
		n := num(g.State, "desiredCapacity", 0) - 1
		if low := num(g.State, "minSize", 0); n < low {
			return fail("ValidationError", "Currently, desiredSize equals minSize (%d). Terminating instance without replacement will violate group's min size constraint.", low)
		}
		g.State["desiredCapacity"] = n
		t.put(g)
	}
	r.State["lifecycleState"] = stateTerminating
	t.put(r)
	t.note(group, "Terminating EC2 instance: "+r.ID, cause, nil)
	return nil
}
