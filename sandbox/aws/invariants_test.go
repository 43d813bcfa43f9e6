package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"

	"paddock/sandbox/machine"
)

// This file is of the package itself, so that the tests outside can ask what no program may see.

// Broken tells what is wrong with the account at any moment at all, whoever is doing what.
func (c *Cloud) Broken() []string {
	var found []string
	c.store.view(func(t *Tx) {
		b := &breaches{t: t, cloud: c}
		t.all(b.pointing)
		b.subnets()
		b.addresses()
		b.alone()
		b.quotas()
		b.groups()
		b.plugged()
		found = b.found
	})
	slices.Sort(found)
	return found
}

type breaches struct {
	t     *Tx
	cloud *Cloud
	found []string
}

func (b *breaches) add(format string, args ...any) {
	b.found = append(b.found, fmt.Sprintf(format, args...))
}

// pointing checks that a record's owner is there, and all that it may not outlive.
func (b *breaches) pointing(r *Record) {
	if kind, id := splitKey(r.Owner); r.Owner != "" && b.t.peek(kind, id) == nil {
		b.add("%s %s: its owner %s %s is gone", r.Kind, r.ID, kind, id)
	}
	for _, ref := range kinds[r.Kind].Refs {
		if ref.Loose || ref.Delete == Ignore {
			continue
		}
		for _, v := range strs(r.State, ref.Field) {
			to := b.t.resolve(ref, v)
			if to != nil && !(Env{Region: r.Region}).sees(to) {
				b.add("%s %s: %s points to %s, which is in %s", r.Kind, r.ID, ref.Field, v, to.Region)
			}
			if to == nil {
				b.add("%s %s: %s points to %s, which is gone", r.Kind, r.ID, ref.Field, v)
			}
		}
	}
}

// subnets lie in their VPC, beside one another.
func (b *breaches) subnets() {
	subnets := b.t.list(tokenSubnet)
	for i, s := range subnets {
		block, err := netip.ParsePrefix(str(s.State, "cidrBlock"))
		vpc := b.t.peek(tokenVpc, str(s.State, "vpcId"))
		if err != nil || vpc == nil {
			b.add("subnet %s: block %q, VPC %v", s.ID, str(s.State, "cidrBlock"), vpc)
			continue
		}
		if whole := netip.MustParsePrefix(str(vpc.State, "cidrBlock")); !whole.Contains(block.Addr()) || whole.Bits() > block.Bits() {
			b.add("subnet %s: %s is not within %s", s.ID, block, whole)
		}
		for _, other := range subnets[:i] {
			if o, err := netip.ParsePrefix(str(other.State, "cidrBlock")); err == nil && str(other.State, "vpcId") == vpc.ID && o.Overlaps(block) {
				b.add("subnets %s and %s overlap: %s, %s", s.ID, other.ID, block, o)
			}
		}
	}
}

// addresses are given once, inside their subnet, and not those that AWS keeps.
func (b *breaches) addresses() {
	given := map[string]string{}
	for _, kind := range []string{tokenInstance, tokenNatGateway, tokenNetworkInterface} {
		for _, r := range b.t.list(kind) {
			place := str(r.State, "subnetId") + " " + str(r.State, "privateIp")
			if other := given[place]; other != "" {
				b.add("%s and %s both have address %s", r.ID, other, place)
			}
			given[place] = r.ID
			subnet := b.t.peek(tokenSubnet, str(r.State, "subnetId"))
			ip, err := netip.ParseAddr(str(r.State, "privateIp"))
			if subnet == nil || err != nil || !netip.MustParsePrefix(str(subnet.State, "cidrBlock")).Contains(ip) {
				b.add("%s %s: address %q is not of its subnet", kind, r.ID, str(r.State, "privateIp"))
			}
		}
	}
}

// alone are the things of which there may be one: by kind, what makes two records the same.
var alone = map[string]func(r *Record) string{
	tokenInternetGateway:       func(r *Record) string { return str(r.State, "vpcId") },
	tokenNatGateway:            func(r *Record) string { return str(r.State, "allocationId") },
	tokenRouteTableAssociation: func(r *Record) string { return str(r.State, "subnetId") },
	tokenRoute:                 func(r *Record) string { return str(r.State, "routeTableId") + " " + destination(r.State) },
	tokenSecurityGroup:         func(r *Record) string { return str(r.State, "vpcId") + " " + str(r.State, "name") },
	tokenLaunchTemplate:        func(r *Record) string { return r.Region + " " + str(r.State, "name") },
	tokenRole:                  func(r *Record) string { return strings.ToLower(str(r.State, "name")) },
	tokenPolicy:                func(r *Record) string { return strings.ToLower(str(r.State, "name")) },
	tokenInstanceProfile:       func(r *Record) string { return strings.ToLower(str(r.State, "name")) },
	tokenOpenIDConnect:         func(r *Record) string { return str(r.State, "url") },
	tokenLogGroup:              func(r *Record) string { return str(r.State, "name") },
	tokenAlias:                 func(r *Record) string { return str(r.State, "name") },
	tokenEip:                   func(r *Record) string { return str(r.State, "publicIp") },
	tokenGroup:                 func(r *Record) string { return str(r.State, "nodeGroup") },
	tokenPodIdentity: func(r *Record) string {
		return str(r.State, "clusterName") + " " + str(r.State, "namespace") + " " + str(r.State, "serviceAccount")
	},
	tokenEndpointRouteTable: func(r *Record) string { return str(r.State, "vpcEndpointId") + " " + str(r.State, "routeTableId") },
	tokenEndpointSubnet:     func(r *Record) string { return str(r.State, "vpcEndpointId") + " " + str(r.State, "subnetId") },
	tokenFlowLog: func(r *Record) string {
		return str(r.State, "vpcId") + " " + str(r.State, "subnetId") + " " + str(r.State, "logDestination") + " " + str(r.State, "trafficType")
	},
	tokenBalancer: func(r *Record) string { return tagsOf(r)[BalancerCluster] + " " + tagsOf(r)[BalancerStack] },
	tokenRecord: func(r *Record) string {
		return str(r.State, "zoneId") + " " + str(r.State, "fqdn") + " " + str(r.State, "type") + " " + str(r.State, "setIdentifier")
	},
	tokenRepository: func(r *Record) string { return str(r.State, "name") },
	tokenBucket:     func(r *Record) string { return str(r.State, "bucket") },
	tokenRolePolicy: func(r *Record) string { return str(r.State, "role") + " " + str(r.State, "name") },
}

func (b *breaches) alone() {
	arns := map[string]string{}
	for token := range kinds {
		seen := map[string]string{}
		for _, r := range b.t.list(token) {
			if arn := str(r.State, "arn"); arn != "" && token != tokenDefaultSecurityGroup { // which is the VPC's own group
				if arns[arn] != "" {
					b.add("%s and %s share the ARN %s", r.ID, arns[arn], arn)
				}
				arns[arn] = r.ID
			}
			if alone[token] == nil {
				continue
			}
			what := alone[token](r)
			if other := seen[what]; other != "" && strings.TrimSpace(what) != "" {
				b.add("%s %s and %s: both are %s", token, r.ID, other, what)
			}
			seen[what] = r.ID
		}
	}
}

// quotas holds the account to AWS's numbers, as far as they are for the region or the account.
func (b *breaches) quotas() {
	for name, q := range quotas {
		if q.kind == "" {
			continue
		}
		count := map[string]int{}
		for _, r := range b.t.list(q.kind) {
			of := str(r.State, q.of)
			if q.of == perRegion {
				of = r.Region
			}
			count[of]++
		}
		for of, n := range count {
			if n > q.max {
				b.add("%s: %d of %s, the quota is %d", name, n, of, q.max)
			}
		}
	}
}

// groups keep their sizes in order, and belong to a node group that knows them.
func (b *breaches) groups() {
	for _, g := range b.t.list(tokenGroup) {
		low, want, high := num(g.State, "minSize", -1), num(g.State, "desiredCapacity", -1), num(g.State, "maxSize", -1)
		if low < 0 || low > want || want > high {
			b.add("group %s: %d <= %d <= %d does not hold", g.ID, low, want, high)
		}
		if nodes := b.t.peek(tokenNodeGroup, str(g.State, "nodeGroup")); nodes == nil || groupOf(nodes.State) != g.ID {
			b.add("group %s: no node group has it", g.ID)
		}
	}
	for _, r := range b.t.list(tokenInstance) {
		if b.t.peek(tokenGroup, str(r.State, "group")) == nil {
			b.add("instance %s: its group is gone", r.ID)
		}
	}
}

// Unsettled tells in what the account and the machine differ once nobody does anything: what is half made, groups without the
// instances that they want, and clusters, nodes (by cluster and name) and add-ons that only one side knows.
func (c *Cloud) Unsettled(clusters map[string]machine.Cluster, nodes map[string]machine.Node, addons map[string]machine.Addon) []string {
	var found []string
	c.store.view(func(t *Tx) {
		b := &breaches{t: t, cloud: c}
		t.all(func(r *Record) {
			if phase := str(r.Private, "phase"); phase != "" {
				b.add("%s %s: still %s", r.Kind, r.ID, phase)
			}
		})
		b.manned(nodes)
		for _, r := range t.list(tokenCluster) {
			if _, there := clusters[r.ID]; !there || str(r.State, "status") != "ACTIVE" {
				b.add("cluster %s: %s, and on the machine: %v", r.ID, str(r.State, "status"), there)
			}
		}
		for name := range clusters {
			if t.peek(tokenCluster, name) == nil {
				b.add("cluster %s is on the machine only", name)
			}
		}
		for _, r := range t.list(tokenAddon) {
			if _, there := addons[r.ID]; !there {
				b.add("add-on %s is not on the machine", r.ID)
			}
		}
		found = b.found
	})
	slices.Sort(found)
	return found
}

// manned compares groups with instances, and instances with nodes.
func (b *breaches) manned(nodes map[string]machine.Node) {
	have, named := map[string]int{}, map[string]bool{}
	for _, r := range b.t.list(tokenInstance) {
		have[str(r.State, "group")]++
		place := str(r.State, "cluster") + ":" + r.Name
		named[place] = true
		if state := str(r.State, "lifecycleState"); state != stateInService {
			b.add("instance %s is %s", r.ID, state)
		}
		n, there := nodes[place]
		if astray := yes(r.Private, "astray", false); there == astray {
			b.add("instance %s: astray %v, node there %v", r.ID, astray, there)
		} else if there && (n.InstanceID != r.ID) {
			b.add("instance %s: node %s is that of %s", r.ID, r.Name, n.InstanceID)
		}
	}
	for name := range nodes {
		if !named[name] {
			b.add("node %s has no instance", name)
		}
	}
	for _, g := range b.t.list(tokenGroup) {
		if want := num(g.State, "desiredCapacity", -1); have[g.ID] != want {
			b.add("group %s wants %d instances and has %d", g.ID, want, have[g.ID])
		}
	}
}

// Records are all records as JSON, by kind and id, without instances: those come and go by themselves. Records that are known
// by their address are not asked again, since a record is never changed in place; nil = all are asked.
func (c *Cloud) Records(known map[*Record]string) map[string]string {
	out, now := map[string]string{}, map[*Record]string{}
	for _, r := range c.inventory() {
		if r.Kind == tokenInstance {
			continue
		}
		text, ok := known[r]
		if !ok {
			raw, err := json.Marshal(r)
			if err != nil {
				panic(err)
			}
			text = string(raw)
		}
		out[r.Kind+" "+r.ID], now[r] = text, text
	}
	if known != nil {
		clear(known)
		maps.Copy(known, now)
	}
	return out
}

// Groups names every Auto Scaling group, and Instances every instance.
func (c *Cloud) Groups() []string    { return c.idsOf(tokenGroup) }
func (c *Cloud) Instances() []string { return c.idsOf(tokenInstance) }

func (c *Cloud) idsOf(kind string) []string {
	var out []string
	c.store.view(func(t *Tx) {
		for _, r := range t.list(kind) {
			out = append(out, r.ID)
		}
	})
	return out
}

// Snapshot copies the store's file as a kill at this moment would leave it.
func (c *Cloud) Snapshot(to string) error {
	tx, err := c.store.db.Begin(true) // nobody writes meanwhile
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	raw, err := os.ReadFile(c.store.db.Path())
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o600)
}

// Desired is the number of instances that a group wants.
func (c *Cloud) Desired(group string) (n int) {
	c.store.view(func(t *Tx) {
		if g := t.peek(tokenGroup, group); g != nil {
			n = num(g.State, "desiredCapacity", 0)
		}
	})
	return n
}
