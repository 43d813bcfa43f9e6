package aws

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"paddock/sandbox/machine"
)

// Application load balancers are made by the controller in a cluster, never by a program. Each stands for all that the controller
// makes along with it: security groups, target groups, listeners and rules. It holds its subnets, its VPC and its certificates.
var _ = register(&Kind{
	Token: tokenBalancer, Internal: true, Tagged: true,
	ID:     func(o *Op) string { return o.Env.arn(elb, "loadbalancer/app/"+str(o.In, "name")+"/"+hexID("", 16)) },
	ARN:    func(o *Op) string { return o.ID },
	NameOf: func(o *Op) string { return str(o.Out, "name") },
	Missing: func(arn string) *Error {
		return fail("LoadBalancerNotFound", "Load balancer '%s' not found", arn)
	},
	Refs: []Ref{
		{Field: "subnets", Kind: tokenSubnet, Delete: Hold},
		{Field: "vpcId", Kind: tokenVpc, Delete: Hold},
		{Field: "certificates", Kind: tokenCertificate, Delete: Hold, Err: func(arn string) *Error {
			return fail("CertificateNotFound", "Certificate '%s' not found", arn)
		}},
	},
	Fill: fillBalancer,
})

const (
	elb = "elasticloadbalancing"
	// BalancerCluster and BalancerStack are the tags by which the controller knows its own.
	BalancerCluster = "elbv2.k8s.aws/cluster"
	BalancerStack   = "ingress.k8s.aws/stack"
)

func fillBalancer(o *Op) error {
	for _, arn := range strs(o.Out, "certificates") {
		r := o.Tx.get(tokenCertificate, arn)
		if o.Tx.validate(r); str(r.State, "status") != certificateIssued {
			return fail("UnsupportedCertificate",
				"The certificate '%s' must have a fully-qualified domain name, a supported signature, and a supported key size.", arn)
		}
	}
	if o.Old != nil {
		return nil
	}
	o.Out["dnsName"] = fmt.Sprintf("%s-%s.%s.elb.amazonaws.com", str(o.Out, "name"), digits("", 9), o.Env.Region)
	for _, id := range strs(o.Out, "subnets") {
		if _, _, err := o.plug(key(tokenBalancer, o.ID), o.Tx.peek(tokenSubnet, id), nil, "ELB app/"+str(o.Out, "name")); err != nil {
			return err
		}
	}
	return nil
}

// Balancer is a load balancer as the controller wants it.
type Balancer struct {
	Cluster, Stack string            // whose it is, and of which Ingresses: namespace/name, or the group's name
	Name           string            // as the controller makes it up; it is never changed
	Internal       bool              // not reached from the internet
	Certificates   []string          // ARNs; empty = it serves no HTTPS
	Tags           map[string]string // besides the controller's own; nil = none
}

// Balance makes or changes a load balancer, by the rights that the service account's role has, and answers its name in the DNS.
func (c *Cloud) Balance(as machine.ServiceAccount, want Balancer) (dns string, err error) {
	err = c.asPod(want.Cluster, as, func(o *Op) error {
		old := o.Tx.balancer(want.Cluster, want.Stack)
		o.In = want.inputs(o)
		if old != nil && balanced(old, o.In) {
			dns = str(old.State, "dnsName")
			return nil
		}
		if old == nil {
			o.ID = o.Kind.ID(o)
			if err := o.Tx.subnetsEnough(o.In); err != nil {
				return err
			}
			err = c.insert(o, "")
		} else {
			o.ID, o.Old, o.Was, o.Private = old.ID, old, old.Inputs, old.Private
			err = o.rebalance()
		}
		if err == nil {
			dns = str(o.Tx.peek(tokenBalancer, o.ID).State, "dnsName")
		}
		return err
	})
	return dns, err
}

// rebalance changes what listens.
func (o *Op) rebalance() error {
	if err := o.permit(o.wants("update", o.Was, mapAt(o.Old.State, "tags"))); err != nil {
		return err
	}
	if err := o.pointsRight(); err != nil {
		return err
	}
	o.Out = merge(o.Old.State, o.In)
	if err := o.fill(); err != nil {
		return err
	}
	now := o.Old.clone()
	now.Inputs, now.State = o.In, o.Out
	o.Tx.put(now)
	return nil
}

// Unbalance deletes the load balancer; one that is not there is no error.
func (c *Cloud) Unbalance(as machine.ServiceAccount, cluster, stack string) error {
	return c.asPod(cluster, as, func(o *Op) error {
		r := o.Tx.balancer(cluster, stack)
		if r == nil {
			return nil
		}
		o.ID = r.ID
		_, err := o.part()
		return err
	})
}

// Balancers are the load balancers of a cluster, by whose Ingresses they serve, with their names in the DNS.
func (c *Cloud) Balancers(cluster string) map[string]string {
	out := map[string]string{}
	c.store.view(func(t *Tx) {
		for _, r := range t.list(tokenBalancer) {
			if tags := tagsOf(r); tags[BalancerCluster] == cluster {
				out[tags[BalancerStack]] = str(r.State, "dnsName")
			}
		}
	})
	return out
}

// BalancerAddress is from where a load balancer asks pods, by its name in the DNS: one of its addresses in the VPC. It is not valid
// where there is no such load balancer.
func (c *Cloud) BalancerAddress(dns string) (address netip.Addr) {
	c.store.view(func(t *Tx) {
		of := t.find(tokenBalancer, func(r *Record) bool { return str(r.State, "dnsName") == dns })
		if of == nil {
			return
		}
		plugged := t.find(tokenNetworkInterface, func(r *Record) bool { return r.Owner == of.Key() })
		address, _ = netip.ParseAddr(str(recordState(plugged), "privateIp"))
	})
	return address
}

func (t *Tx) balancer(cluster, stack string) *Record {
	return t.find(tokenBalancer, func(r *Record) bool {
		tags := tagsOf(r)
		return tags[BalancerCluster] == cluster && tags[BalancerStack] == stack
	})
}

// inputs are those of a load balancer in the VPC of the cluster, in its subnets for such.
func (b Balancer) inputs(o *Op) Props {
	tags := Props{BalancerCluster: b.Cluster, BalancerStack: b.Stack, "ingress.k8s.aws/resource": "LoadBalancer"}
	for k, v := range b.Tags {
		tags[k] = v
	}
	vpc, subnets := o.Tx.balancerSubnets(b.Cluster, b.Internal)
	in := Props{"name": b.Name, "internal": b.Internal, "vpcId": vpc, "subnets": subnets, "tags": tags}
	if len(b.Certificates) > 0 {
		in["certificates"] = b.Certificates
	}
	return normal(in)
}

// balanced says that a load balancer is as it is wanted: its subnets it keeps.
func balanced(r *Record, in Props) bool {
	return slices.Equal(strs(r.State, "certificates"), strs(in, "certificates")) && sameTags(tagsOf(r), pairs(in, "tags"))
}

func sameTags(a, b map[string]string) bool {
	for k, v := range b {
		if a[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// balancerSubnets finds a cluster's VPC and in each zone of it the first subnet for load balancers, as the controller does.
func (t *Tx) balancerSubnets(cluster string, internal bool) (vpc string, ids []string) {
	role := "kubernetes.io/role/elb"
	if internal {
		role = "kubernetes.io/role/internal-elb"
	}
	vpc = str(recordState(t.peek(tokenCluster, cluster)), "vpcConfig.vpcId")
	byZone := map[string]string{}
	for _, r := range t.list(tokenSubnet) {
		tags := tagsOf(r)
		zone := str(r.State, "availabilityZone")
		if str(r.State, "vpcId") == vpc && tags[role] == "1" && (byZone[zone] == "" || r.ID < byZone[zone]) {
			byZone[zone] = r.ID
		}
	}
	for _, id := range byZone {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return vpc, ids
}

// subnetsEnough wants two zones, as an application load balancer does.
func (t *Tx) subnetsEnough(in Props) error {
	switch ids := strs(in, "subnets"); len(ids) {
	case 0:
		return fail("InvalidSubnet", "unable to resolve at least one subnet (0 match VPC and tags: [kubernetes.io/role/elb])")
	case 1:
		return fail("InvalidSubnet", "subnets count less than minimal required count: 1 < 2")
	}
	return nil
}

// elbARN is one of the things that the controller makes with a load balancer, told apart by a star.
func elbARN(kind, suffix string) func(*Op) []Target {
	return func(o *Op) []Target {
		in := o.In
		if o.Old != nil && len(in) == 0 {
			in = o.Old.State
		}
		target := Target{ARN: o.Env.arn(elb, strings.ReplaceAll(kind, "{name}", str(in, "name"))+suffix)}
		if o.Old != nil {
			target.Tags = tagsOf(o.Old)
		}
		return []Target{target}
	}
}
