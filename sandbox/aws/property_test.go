package aws_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"paddock/sandbox/aws"
)

var (
	seedFlag  = flag.Uint64("seed", fromEnv("PADDOCK_SEED", 1), "of the first random sequence; PADDOCK_SEED")
	sequences = flag.Int("sequences", 1000, "random sequences to run; a tenth of them with -short")
)

func fromEnv(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// foundation is what most sequences begin with, so that clusters and nodes come about.
var foundation = []step{
	{token: tokVpc, hint: "vpc"}, {token: tokSubnet, hint: "a"}, {token: tokSubnet, hint: "b"}, {token: tokGateway, hint: "igw"},
	{token: "aws:ec2/route:Route", hint: "out"}, {token: tokRole, hint: "eks"}, {token: tokRole, hint: "ec2"},
	{token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", hint: "eks"},
	{token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", hint: "ec2"},
	{token: tokCluster, hint: "cluster"}, {token: tokNodes, hint: "nodes"}, {token: tokGroup, hint: "group"},
}

// needs are what is mostly made before a kind, since it would be refused otherwise.
var needs = map[string][]step{
	"aws:ec2/natGateway:NatGateway":                                             {{token: "aws:ec2/eip:Eip"}},
	"aws:ec2/routeTableAssociation:RouteTableAssociation":                       {{token: tokTable}},
	"aws:ec2/flowLog:FlowLog":                                                   {{token: tokRole, hint: "flows"}, {token: tokLogs}},
	"aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": {{token: tokEndpoint, hint: "gateway"}, {token: tokTable}},
	"aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation":         {{token: tokEndpoint, hint: "interface"}},
	"aws:ec2/securityGroupRule:SecurityGroupRule":                               {{token: tokGroup}},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":                 {{token: tokGroup}},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":                   {{token: tokGroup}},
	"aws:eks/podIdentityAssociation:PodIdentityAssociation":                     {{token: tokRole, hint: "pods"}},
	"aws:eks/accessPolicyAssociation:AccessPolicyAssociation":                   {{token: "aws:eks/accessEntry:AccessEntry"}},
	"aws:kms/alias:Alias":                                                       {{token: tokKey}},
	aLifecycle:                                                                  {{token: aRepository}}, aVersioning: {{token: aBucket}}, aCipher: {{token: aBucket}}, aBlock: {{token: aBucket}},
	aBucketRule: {{token: aBucket}}, anExpiry: {{token: aBucket}}, anOwnership: {{token: aBucket}},
}

// sequence draws about forty steps.
func sequence(seed uint64) []step {
	r := rand.New(rand.NewPCG(seed, 0))
	var steps []step
	if r.IntN(6) > 0 {
		steps = append(steps, foundation[:len(foundation)-r.IntN(4)]...)
	}
	tokens := aws.Tokens()
	for range 26 + r.IntN(8) {
		s := step{verb: drawVerb(r)}
		if s.verb == "create" {
			s.token = tokens[r.IntN(len(tokens))]
			if r.IntN(4) > 0 {
				steps = append(steps, needs[s.token]...)
			}
		}
		steps = append(steps, s)
	}
	for i := range steps {
		steps[i].n, steps[i].seed = i, r.Uint64()
		if steps[i].verb == "" {
			steps[i].verb = "create"
		}
	}
	return steps
}

func drawVerb(r *rand.Rand) string {
	k := r.IntN(100)
	for _, v := range verbs {
		if k -= v.share; k < 0 {
			return v.name
		}
	}
	return "settle"
}

// play does the steps in a cloud of its own, brings everything in order, restarts and takes everything down.
func play(steps []step, made *tally) (trace []string, err error) {
	dir, remove, err := memory()
	if err != nil {
		return nil, err
	}
	defer remove()
	w, err := newWorld(dir)
	if err != nil {
		return nil, err
	}
	w.made = made
	defer func() { _ = w.cloud.Close() }()
	for _, s := range steps {
		if err := w.do(s); err != nil {
			return w.trace, fmt.Errorf("step %d, %s: %w", s.n, s.verb, err)
		}
	}
	err = w.finish()
	return w.trace, err
}

func (w *world) finish() (err error) {
	defer caught(&err)
	for _, last := range []struct {
		what string
		do   func() error
	}{{"settle", w.settle}, {"kill", func() error { _, err := w.kill(); return err }}, {"autopsy", w.autopsy},
		{"restart", w.restart}, {"settle again", w.settle}, {"take down", w.takeDown}, {"restart empty", w.restart}} {
		if err := last.do(); err != nil {
			return fmt.Errorf("at the end, %s: %w", last.what, err)
		}
	}
	return nil
}

// takeDown deletes everything, the youngest first, for as long as that gets anywhere.
func (w *world) takeDown() error {
	for {
		left, gone, why := w.cloud.Leftovers(), 0, ""
		for _, l := range slices.Backward(left) {
			if drawer(l.Kind) == nil {
				continue // goes with what it belongs to
			}
			urn := "urn:pulumi:dev::paddock::" + l.Kind + "::last"
			if _, err := w.ours.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: l.ID, Urn: urn}); err != nil {
				why += "; " + err.Error()
			}
		}
		if gone = len(left) - len(w.cloud.Leftovers()); len(left) == gone {
			break
		}
		if gone == 0 && !w.untangle(left) {
			return fmt.Errorf("left: %v%s", left, why)
		}
	}
	if m := w.machine; len(m.clusters)+len(m.places) > 0 {
		return fmt.Errorf("left on the machine: %v %v", m.clusters, m.places)
	}
	return nil
}

// untangle takes the rules from security groups, which may hold one another.
func (w *world) untangle(left []aws.Leftover) (done bool) {
	for _, l := range left {
		if l.Kind != tokGroup {
			continue
		}
		urn := "urn:pulumi:dev::paddock::" + l.Kind + "::last"
		r, err := w.ours.Read(context.Background(), &pulumirpc.ReadRequest{Id: l.ID, Urn: urn})
		if err != nil {
			continue
		}
		in := r.GetInputs().AsMap()
		rules, _ := in["ingress"].([]any)
		in["ingress"] = []any{}
		_, err = w.ours.Update(context.Background(), &pulumirpc.UpdateRequest{
			Id: l.ID, Urn: urn, Olds: r.GetProperties(), OldInputs: r.GetInputs(), News: onWire(in),
		})
		done = done || err == nil && len(rules) > 0
	}
	return done
}

// shrunk drops steps for as long as what is left still fails, and no longer than half a minute.
func shrunk(steps []step, trace []string, failure error) ([]string, error) {
	began := time.Now()
	for size := len(steps) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(steps) && time.Since(began) < 30*time.Second; {
			fewer := slices.Concat(steps[:at], steps[at+size:])
			if t, err := play(fewer, nil); err != nil {
				steps, trace, failure = fewer, t, err
			} else {
				at += size
			}
		}
	}
	return trace, failure
}

// A thousand random sequences of valid and invalid operations, on a cloud in which things go wrong. A failure tells its seed:
// run it again with -seed of that and -sequences 1.
func TestProperty(t *testing.T) {
	n := *sequences
	if testing.Short() {
		n /= 10
	}
	made := &tally{of: map[string][2]int{}}
	var next, steps atomic.Int64
	var wait sync.WaitGroup
	for range 8 { // more than there are processors: some wait for the clock
		wait.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && !t.Failed(); i = next.Add(1) - 1 {
				seed := *seedFlag + uint64(i)
				drawn := sequence(seed)
				steps.Add(int64(len(drawn)))
				if trace, err := play(drawn, made); err != nil && !t.Failed() {
					trace, err = shrunk(drawn, trace, err)
					t.Errorf("%v\nreplay: go test ./aws -run TestProperty -seed %d -sequences 1\n%s", err, seed, strings.Join(trace, "\n"))
				}
			}
		})
	}
	wait.Wait()
	made.check(t, n)
	t.Logf("%d sequences from seed %d, %d operations", n, *seedFlag, steps.Load())
}

// tally counts what was done, and what was refused, of each kind.
type tally struct {
	mu sync.Mutex
	of map[string][2]int
}

func (y *tally) count(what string, failure error) {
	if y == nil {
		return
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	n := y.of[what]
	if failure == nil {
		n[0]++
	} else {
		n[1]++
	}
	y.of[what] = n
}

// check wants of every kind that some were made, some refused and some deleted, and of updates and refused deletes that there
// were any, since not every kind has them: else the test would ask about nothing.
func (y *tally) check(t *testing.T, n int) {
	sum := map[string][2]int{}
	for _, token := range aws.Tokens() {
		for _, verb := range []string{"create", "update", "delete"} {
			got := y.of[verb+" "+token]
			t.Logf("%-7s %-75s %5d done, %5d refused", verb, token, got[0], got[1])
			sum[verb] = [2]int{sum[verb][0] + got[0], sum[verb][1] + got[1]}
			if n >= 1000 && verb != "update" && got[0] == 0 {
				t.Errorf("%s %s: none succeeded in %d sequences", verb, token, n)
			}
			if n >= 1000 && verb == "create" && got[1] == 0 {
				t.Errorf("%s %s: none was refused in %d sequences", verb, token, n)
			}
		}
	}
	for verb, got := range sum {
		if n >= 1000 && min(got[0], got[1]) == 0 {
			t.Errorf("%s: %d done and %d refused in %d sequences", verb, got[0], got[1], n)
		}
	}
}
