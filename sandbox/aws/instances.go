package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/sandbox/parallel"
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

// scale makes the group have what it is to have, and returns when every instance is a node or gone.
func (c *Cloud) scale(ctx context.Context, group string) error {
	release, err := c.claim(ctx, "scale "+group)
	if err != nil {
		return err
	}
	defer release()
	for {
		var coming, going []*Record
		err := c.store.update(func(t *Tx) error {
			var err error
			coming, going, err = c.plan(t, group)
			return err
		})
		if err != nil || len(coming)+len(going) == 0 {
			return err
		}
		err = parallel.Each(append(coming, going...), func(r *Record) error {
			if str(r.State, "lifecycleState") == stateTerminating {
				return c.leave(ctx, r)
			}
			return c.join(ctx, r)
		})
		if err != nil {
			return err
		}
	}
}

// plan launches what is missing, marks what is too many, and answers what is on its way in or out.
func (c *Cloud) plan(t *Tx, group string) (coming, going []*Record, err error) {
	g := t.peek(tokenGroup, group)
	if g == nil {
		return nil, nil, nil // deleted meanwhile, and its instances with it
	}
	var live []*Record
	for _, r := range t.list(tokenInstance) {
		switch {
		case str(r.State, "group") != group:
		case str(r.State, "lifecycleState") == stateTerminating:
			going = append(going, r)
		default:
			live = append(live, r)
		}
	}
	want := num(g.State, "desiredCapacity", 0)
	for len(live) > want {
		r := surplus(live).clone()
		r.State["lifecycleState"] = stateTerminating
		t.put(r)
		going = append(going, r)
		live = slices.DeleteFunc(live, func(l *Record) bool { return l.ID == r.ID })
	}
	for len(live) < want {
		r, err := c.launch(t, g, live)
		if err != nil {
			return nil, nil, err
		}
		live = append(live, r)
	}
	for _, r := range live {
		if str(r.State, "lifecycleState") == statePending {
			coming = append(coming, r)
		}
	}
	return coming, going, nil
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

// launch records a new instance in the emptiest zone.
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
	subnet := t.peek(tokenSubnet, subnets[0])
	ip, err := t.address(subnet)
	if err != nil {
		return nil, err
	}
	groups := []string{str(cluster.State, "vpcConfig.clusterSecurityGroupId")}
	if own := strs(templateInUse(t, nodes.State), "vpcSecurityGroupIds"); len(own) > 0 {
		groups = own // with groups of its own in the template, the cluster's is not added
	}
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
		"launchTime": time.Now().UTC().Format(time.RFC3339Nano),
	}
	t.put(r)
	return r, nil
}

// templateInUse is the contents of the launch template that the node group follows; empty = none.
func templateInUse(t *Tx, nodes Props) Props {
	template := templateOf(t, nodes)
	if template == nil {
		return Props{}
	}
	data, err := templateData(template, templateVersion(nodes))
	if err != nil {
		return Props{}
	}
	return data
}
