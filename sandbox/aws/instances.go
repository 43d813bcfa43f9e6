package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Life of an instance in its group, in Auto Scaling's words.
const (
	statePending     = "Pending"
	stateInService   = "InService"
	stateTerminating = "Terminating"
)

// Instances are made by Auto Scaling groups.
var _ = register(&Kind{
	Token: tokenInstance, IDPrefix: "i-", Internal: true,
	Refs: []Ref{
		{Field: "subnetId", Kind: tokenSubnet, Delete: Hold},
		{Field: "securityGroups", Kind: tokenSecurityGroup, Delete: Hold},
	},
})

// scale makes the group have what it is to have, and returns when every instance is a node or gone. What it is to have may
// change meanwhile: whoever changes it pokes the group, and instances that come then do not wait for those that boot. Where a
// zone has no capacity, what can be had is there when it returns, and the shortage is the error.
func (c *Cloud) scale(ctx context.Context, group string) error {
	release, err := c.claim(ctx, "scale "+group)
	if err != nil {
		return err
	}
	defer release()
	m := newMoves(c)
	defer m.wait()
	poked := c.scaler(group).poked
	select {
	case <-poked: // by whoever asks for this scaling, or before: it is seen to now
	default:
	}
	var p plan
	for {
		p.coming, p.going = nil, nil
		if err := c.store.update(func(t *Tx) error { return c.plan(t, group, &p) }); err != nil {
			return err
		}
		m.follow(ctx, p)
		if m.none() {
			return errors.Join(m.fault, p.short)
		}
		select {
		case e := <-m.ended:
			m.end(e)
		case <-poked:
			p.short = nil // there may be capacity now
		}
	}
}

// plan is what is on its way in and out of a group, and why no more comes in.
type plan struct {
	coming, going []*Record
	short         error
}

// plan launches what is missing and marks what is too many.
func (c *Cloud) plan(t *Tx, group string, p *plan) error {
	g := t.peek(tokenGroup, group)
	if g == nil {
		return nil // deleted meanwhile, and its instances with it
	}
	live := p.present(t, group)
	want := num(g.State, "desiredCapacity", 0)
	for len(live) > want {
		r := surplus(live).clone()
		r.State["lifecycleState"] = stateTerminating
		t.put(r)
		p.going = append(p.going, r)
		live = slices.DeleteFunc(live, func(l *Record) bool { return l.ID == r.ID })
		t.note(group, "Terminating EC2 instance: "+r.ID, "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity.", nil)
	}
	for len(live) < want && p.short == nil {
		r, err := c.launch(t, g, live)
		var none *Error
		if errors.As(err, &none) && none.Code == shortage {
			p.short = none
		} else if err != nil {
			return err
		} else {
			live = append(live, r)
		}
		t.note(group, "Launching a new EC2 instance"+idOf(r), "an instance was started in response to a difference between desired and actual capacity, increasing the capacity.", p.short)
	}
	for _, r := range live {
		if str(r.State, "lifecycleState") == statePending {
			p.coming = append(p.coming, r)
		}
	}
	return nil
}

func idOf(r *Record) string {
	if r == nil {
		return ""
	}
	return ": " + r.ID
}

// present are the instances of a group that are to stay; those on their way out go into the plan.
func (p *plan) present(t *Tx, group string) []*Record {
	var live []*Record
	for _, r := range t.list(tokenInstance) {
		switch {
		case str(r.State, "group") != group:
		case str(r.State, "lifecycleState") == stateTerminating:
			p.going = append(p.going, r)
		default:
			live = append(live, r)
		}
	}
	return live
}

func perZone(live []*Record) map[string]int {
	n := map[string]int{}
	for _, r := range live {
		n[str(r.State, "availabilityZone")]++
	}
	return n
}

// surplus is the oldest instance of the fullest zone, as the default termination policy has it; instances that have not
// come up go before those that serve.
func surplus(live []*Record) *Record {
	waiting := slices.Clone(live)
	waiting = slices.DeleteFunc(waiting, func(r *Record) bool { return str(r.State, "lifecycleState") != statePending })
	if len(waiting) > 0 {
		live = waiting
	}
	n := perZone(live)
	return slices.MinFunc(live, func(a, b *Record) int {
		return n[str(b.State, "availabilityZone")] - n[str(a.State, "availabilityZone")]
	})
}

// launch records a new instance in the emptiest zone that has capacity.
func (c *Cloud) launch(t *Tx, g *Record, live []*Record) (*Record, error) {
	nodes := t.peek(tokenNodeGroup, str(g.State, "nodeGroup"))
	cluster := t.peek(tokenCluster, str(g.State, "cluster"))
	if nodes == nil || cluster == nil {
		return nil, fmt.Errorf("group %s: its node group is gone", g.ID)
	}
	n := perZone(live)
	subnets := strs(g.State, "subnetIds")
	slices.SortStableFunc(subnets, func(a, b string) int {
		return n[str(t.peek(tokenSubnet, a).State, "availabilityZone")] - n[str(t.peek(tokenSubnet, b).State, "availabilityZone")]
	})
	subnet, err := c.roomFor(t, subnets, strs(nodes.State, "instanceTypes")[0])
	if err != nil {
		return nil, err
	}
	ip, err := t.address(subnet)
	if err != nil {
		return nil, err
	}
	groups := []string{str(cluster.State, "vpcConfig.clusterSecurityGroupId")}
	if own := strs(templateInUse(t, nodes.State), "vpcSecurityGroupIds"); len(own) > 0 {
		groups = own // with groups of its own in the template, the cluster's is not added
	}
	now := time.Now().UTC()
	r := &Record{
		Kind: tokenInstance, ID: ec2ID("i-"), Region: g.Region, Owner: g.Key(), Private: Props{},
		Name: fmt.Sprintf("ip-%s.%s.compute.internal", strings.ReplaceAll(ip.String(), ".", "-"), g.Region),
	}
	if g.Region == "us-east-1" {
		r.Name = fmt.Sprintf("ip-%s.ec2.internal", strings.ReplaceAll(ip.String(), ".", "-"))
	}
	r.State = Props{
		"instanceId": r.ID, "group": g.ID, "cluster": cluster.ID, "nodeGroup": nodes.ID, "subnetId": subnet.ID,
		"vpcId": subnet.State["vpcId"], "availabilityZone": subnet.State["availabilityZone"], "privateIp": ip.String(), "privateDns": r.Name,
		"instanceType": strs(nodes.State, "instanceTypes")[0], "capacityType": nodes.State["capacityType"], "securityGroups": groups,
		"version": nodes.State["version"], "imageId": imageID(g.Region, nodes.State), "lifecycleState": statePending, "healthStatus": "Healthy",
		"launchTime": now.Format(time.RFC3339Nano),
	}
	r.Private["runningTime"] = now.Add(time.Duration(runningShare * float64(c.Conditions().BootDelay.Duration))).Format(time.RFC3339Nano)
	t.put(r)
	return r, nil
}

// templateInUse is the contents of the launch template that the node group follows; empty = none.
func templateInUse(t *Tx, nodes Props) Props {
	template := t.peek(tokenLaunchTemplate, str(nodes, "launchTemplate.id"))
	if template == nil {
		return Props{}
	}
	data, err := templateData(template, templateVersion(nodes))
	if err != nil {
		return Props{}
	}
	return data
}
