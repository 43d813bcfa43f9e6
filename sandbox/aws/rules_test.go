package aws_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

// rule is one thing that AWS refuses: do asks for it, and want is what must be in the answer, its code first. Rules that the
// provider itself applies before it asks AWS have no code; their answers begin with the input.
type rule struct {
	do   func(p *ground) error
	want []string
}

// ground is what the rules are tried on. What is refused leaves nothing, so that one ground does for many.
type ground struct {
	*platform
	group                                thing // a security group of the platform's VPC
	vpc2, subnet2, table2, group2, outer thing // another network, with a gateway
}

func newGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{platform: newPlatform(t)}
	g.group = g.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": g.vpc.id, "name": "mine"})
	g.vpc2 = g.add("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.9.0.0/16"})
	g.subnet2 = g.add("aws:ec2/subnet:Subnet", props{"vpcId": g.vpc2.id, "cidrBlock": "10.9.0.0/24"})
	g.table2 = g.add("aws:ec2/routeTable:RouteTable", props{"vpcId": g.vpc2.id})
	g.group2 = g.add("aws:ec2/securityGroup:SecurityGroup", props{"vpcId": g.vpc2.id})
	g.outer = g.add("aws:ec2/internetGateway:InternetGateway", props{"vpcId": g.vpc2.id})
	return g
}

// limited is a network in a small account: with one of everything that limits names.
func limited(t *testing.T, limits ...string) *platform {
	t.Helper()
	r := newRig(t)
	if err := r.cloud.Close(); err != nil {
		t.Fatal(err)
	}
	set := map[string]int{}
	for _, name := range limits {
		set[name] = 1
	}
	r.open(aws.Options{})
	if err := r.cloud.SetConditions(aws.Conditions{Limits: set}); err != nil {
		r.t.Fatal(err)
	}
	p := &platform{rig: r}
	p.vpc = p.add("aws:ec2/vpc:Vpc", props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	return p
}

// ask creates, and answers what the provider or AWS says against it.
func (r *rig) ask(token string, in props) error {
	r.t.Helper()
	urn := r.urn(token)
	checked, err := r.inspect(token, urn, nil, in)
	if err != nil {
		return err
	}
	_, err = r.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: wire(r.t, checked)})
	return err
}

// raw creates without the provider's own rules, so that AWS's are met.
func (r *rig) raw(token string, in props) error {
	r.t.Helper()
	_, err := r.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: r.urn(token), Properties: wire(r.t, in)})
	return err
}

// change lays in over what old was made with.
func (r *rig) change(old thing, in props) error {
	r.t.Helper()
	in = over(old.in, in)
	if _, err := r.inspect(old.token, old.urn, old.in, in); err != nil {
		return err
	}
	_, err := r.tryUpdate(old, in)
	return err
}

func (r *rig) inspect(token, urn string, old, in props) (props, error) {
	r.t.Helper()
	r.checks++
	resp, err := r.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn, Olds: wire(r.t, old), News: wire(r.t, in), RandomSeed: fmt.Appendf(nil, "%d", r.checks)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", token, err)
	}
	var errs []error
	for _, f := range resp.GetFailures() {
		errs = append(errs, fmt.Errorf("%s: %s", f.GetProperty(), f.GetReason()))
	}
	return resp.GetInputs().AsMap(), errors.Join(errs...)
}

// asks is a create whose inputs need the ground.
func asks(token string, in func(g *ground) props) func(*ground) error {
	return func(g *ground) error { return g.ask(token, in(g)) }
}

// plainly is one whose inputs do not.
func plainly(token string, in props) func(*ground) error {
	return func(g *ground) error { return g.ask(token, in) }
}

func says(want ...string) []string { return want }

// many makes n entries of what f says.
func many(n int, f func(i int) any) []any {
	var out []any
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

func tags(n int) props {
	out := props{}
	for i := range n {
		out[fmt.Sprint("tag", i)] = "x"
	}
	return out
}

func TestRules(t *testing.T) {
	for area, rules := range map[string]map[string]rule{
		"network": networkRules, "permissions": permissionRules, "endpoints": endpointRules, "iam": iamRules, "keys and logs": keyRules, "stores": storeRules, "edge": edgeRules,
		"cluster": clusterRules, "nodes": nodeRules, "inside": insideRules,
	} {
		t.Run(area, func(t *testing.T) {
			g := newGround(t)
			for _, name := range slices.Sorted(maps.Keys(rules)) {
				t.Run(name, func(t *testing.T) {
					g.t = t
					refusedAs(t, rules[name].do(g), rules[name].want)
				})
			}
		})
	}
	t.Run("quotas", func(t *testing.T) {
		for name, q := range quotaRules {
			t.Run(name, func(t *testing.T) {
				p := limited(t, q.limit)
				refusedAs(t, q.do(p), []string{q.code})
			})
		}
	})
}

func refusedAs(t *testing.T, err error, want []string) {
	t.Helper()
	if err == nil {
		t.Fatalf("was taken, want %v", want)
	}
	for _, words := range want {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("got %v, want %q", err, words)
		}
	}
}

// A limit that AWS does not have is a slip of whoever sets it.
func TestLimitsAreKnown(t *testing.T) {
	for name, limits := range map[string]map[string]int{"unknown": {"clouds": 3}, "negative": {"vpcs": -1}} {
		if err := newRig(t).cloud.SetConditions(aws.Conditions{Limits: limits}); err == nil || !strings.Contains(err.Error(), "limit") {
			t.Errorf("%s: got %v, want an error about the limit", name, err)
		}
	}
}
