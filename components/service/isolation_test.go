package service_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/service"
	"paddock/components/team"
	"paddock/components/testkit"
	"paddock/servicefile"
)

// end is one end of a connection: a pod, or an address outside of the cluster.
type end struct {
	namespace string // "" = an address
	labels    map[string]string
	addr      netip.Addr
}

func pod(namespace, name string) end {
	return end{namespace: namespace, labels: map[string]string{"app.kubernetes.io/name": name}}
}

func at(addr string) end { return end{addr: netip.MustParseAddr(addr)} }

func (e end) String() string {
	if e.namespace == "" {
		return e.addr.String()
	}
	return e.namespace + "/" + e.labels["app.kubernetes.io/name"]
}

// policies are NetworkPolicies as they were registered, and judged as Kubernetes' documentation of them says: a pod that no policy
// of a direction selects is open in it; else it is open to what any of them allows.
type policies []map[string]any

func policiesOf(t *testing.T, record testkit.Record) policies {
	t.Helper()
	var all policies
	for _, r := range record.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy") {
		all = append(all, r.Plain())
	}
	if len(all) == 0 {
		t.Fatal("no policies")
	}
	return all
}

// connects says whether a TCP connection comes about: the caller must be let out, and the callee must let it in.
func (p policies) connects(from, to end, port int) bool {
	return p.open("Egress", "egress", "to", from, to, port) && p.open("Ingress", "ingress", "from", to, from, port)
}

func (p policies) open(direction, rules, peers string, of, other end, port int) bool {
	if of.namespace == "" {
		return true
	}
	closed := false
	for _, policy := range p {
		spec := policy["spec"].(map[string]any)
		types, _ := spec["policyTypes"].([]any)
		if policy["metadata"].(map[string]any)["namespace"] != of.namespace || !matches(spec["podSelector"], of.labels) || !slices.Contains(types, any(direction)) {
			continue
		}
		closed = true
		list, _ := spec[rules].([]any)
		for _, r := range list {
			rule := r.(map[string]any)
			if allowsPort(rule["ports"], port) && allowsPeer(rule[peers], of.namespace, other) {
				return true
			}
		}
	}
	return !closed
}

func allowsPort(ports any, port int) bool {
	list, _ := ports.([]any)
	return len(list) == 0 || slices.ContainsFunc(list, func(p any) bool {
		entry := p.(map[string]any)
		return entry["protocol"] == "TCP" && entry["port"] == float64(port)
	})
}

func allowsPeer(peers any, home string, other end) bool {
	list, _ := peers.([]any)
	return len(list) == 0 || slices.ContainsFunc(list, func(p any) bool {
		peer := p.(map[string]any)
		if block, ok := peer["ipBlock"].(map[string]any); ok {
			return other.namespace == "" && inBlock(block, other.addr)
		}
		if other.namespace == "" {
			return false
		}
		if ns, ok := peer["namespaceSelector"]; ok {
			if !matches(ns, map[string]string{"kubernetes.io/metadata.name": other.namespace}) {
				return false
			}
		} else if other.namespace != home {
			return false
		}
		selector, ok := peer["podSelector"]
		return !ok || matches(selector, other.labels)
	})
}

func inBlock(block map[string]any, addr netip.Addr) bool {
	if !netip.MustParsePrefix(block["cidr"].(string)).Contains(addr) {
		return false
	}
	except, _ := block["except"].([]any)
	return !slices.ContainsFunc(except, func(e any) bool { return netip.MustParsePrefix(e.(string)).Contains(addr) })
}

func matches(selector any, labels map[string]string) bool {
	s, _ := selector.(map[string]any)
	if unknown := slices.DeleteFunc(slices.Collect(maps.Keys(s)), func(k string) bool { return k == "matchLabels" }); len(unknown) > 0 {
		panic(fmt.Sprintf("selector %v: only matchLabels is judged here", s))
	}
	wanted, _ := s["matchLabels"].(map[string]any)
	for key, value := range wanted {
		if labels[key] != value {
			return false
		}
	}
	return true
}

// TestIsolation stands two fenced teams side by side, with services that list each other, or do not.
func TestIsolation(t *testing.T) {
	p := policiesOf(t, testkit.Run(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"red", "blue"} {
			fence := &team.Args{Name: name, Namespaces: []team.Namespace{{Name: name, NetworkPolicy: true}}}
			if _, err := team.New(ctx, name, fence); err != nil {
				return err
			}
		}
		for _, lines := range []string{
			"expose: {host: shop}\ncalls: [blue/api, blue/shy, \"internet:443\", \"10.9.0.0/16:5432\"]\n",
			"name: mute\n",
			"name: api\nteam: blue\nport: 9000\ncallers: [red/shop]\n",
			"name: shy\nteam: blue\n",
			"name: eager\nteam: blue\ncalls: [red/shop]\n",
			"name: worker\nrole: arn:aws:iam::123456789012:role/shop\ncalls: [\"internet:443\"]\n",
		} {
			a := changed(t, lines)
			if _, err := service.New(ctx, a.File.Name, a); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, tc := range []struct {
		from, to end
		port     int
		want     bool
		why      string
	}{
		{pod("red", "shop"), pod("blue", "api"), 9000, true, "both list each other"},
		{pod("red", "shop"), pod("blue", "api"), 9001, true, "a release may change the port, and the version before still answers at its own"},
		{pod("blue", "api"), pod("red", "shop"), 8080, false, "an answer is no call"},
		{pod("red", "mute"), pod("blue", "api"), 9000, false, "it is not the caller that is listed"},
		{pod("red", "shop"), pod("blue", "shy"), 8080, false, "the callee lists nobody"},
		{pod("blue", "eager"), pod("red", "shop"), 8080, false, "to list a callee does not open it"},
		{pod("blue", "shop"), pod("blue", "api"), 9000, true, "a namespace is open to itself"},
		{pod("green", "shop"), pod("blue", "api"), 9000, false, "the name is right, the namespace is not"},
		{pod("red", "mute"), pod("red", "shop"), 8080, true, "a namespace is open to itself"},
		{at("10.0.0.17"), pod("red", "shop"), 8080, true, "the load balancer's subnet"},
		{at("10.0.0.17"), pod("red", "shop"), 9090, true, "the load balancer likewise"},
		{at("10.0.7.17"), pod("red", "shop"), 8080, false, "another subnet"},
		{at("10.0.0.17"), pod("red", "mute"), 8080, false, "it is not exposed"},
		{at("203.0.113.7"), pod("red", "shop"), 8080, false, "not by way of the load balancer"},
		{pod("red", "shop"), at("203.0.113.7"), 443, true, "the internet is listed"},
		{pod("red", "shop"), at("203.0.113.7"), 80, false, "at another port"},
		{pod("red", "shop"), at("169.254.169.254"), 443, false, "the nodes' metadata is no internet"},
		{pod("red", "shop"), at("10.1.2.3"), 443, false, "nor is a private network"},
		{pod("red", "shop"), at("10.9.2.3"), 5432, true, "a block is listed"},
		{pod("red", "mute"), at("203.0.113.7"), 443, false, "nothing is listed"},
		{pod("red", "worker"), at("169.254.170.23"), 80, true, "a role's credentials"},
		{pod("red", "worker"), at("169.254.169.254"), 80, false, "but not the node's"},
		{pod("red", "shop"), at("169.254.170.23"), 80, false, "no role, no credentials"},
	} {
		if got := p.connects(tc.from, tc.to, tc.port); got != tc.want {
			t.Errorf("%s -> %s:%d: %v, want %v: %s", tc.from, tc.to, tc.port, got, tc.want, tc.why)
		}
	}
	dns := end{namespace: "kube-system", labels: map[string]string{"k8s-app": "kube-dns"}}
	if !p.connects(pod("red", "mute"), dns, 53) {
		t.Error("no DNS: the fence's own door is shut")
	}
}

// changed is least with lines that replace its own of the same key.
func changed(t *testing.T, lines string) *service.Args {
	t.Helper()
	text := lines
	for line := range strings.Lines(least) {
		if key, _, _ := strings.Cut(line, ":"); !strings.Contains("\n"+lines, "\n"+key+":") {
			text += line
		}
	}
	f, err := servicefile.Load("service.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	a := args(t)
	a.File = f
	return a
}

// A rule without a peer would let in everybody.
func TestNobodyIsLetInUnnamed(t *testing.T) {
	for name, lines := range map[string][]string{"closed": nil, "exposed": {exposed}, "called": {"callers: [blue/web]\n"}, "all": {exposed, acting, scaled}} {
		rules, _ := record(t, args(t, lines...)).Get(t, network).Input("spec.ingress").([]any)
		for _, r := range rules {
			if from, _ := r.(map[string]any)["from"].([]any); len(from) == 0 {
				t.Errorf("%s: rule %v", name, r)
			}
		}
		if (len(rules) == 0) != (name == "closed") {
			t.Errorf("%s: %d rules", name, len(rules))
		}
	}
	a := args(t, exposed)
	a.Ingress.SourceBlocks = nil
	_, err := testkit.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "shop", a)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "ingress.sourceBlocks: empty") {
		t.Errorf("exposed to nowhere: %v", err)
	}
}
