package cost_test

import (
	"math"
	"strings"
	"testing"

	"paddock/components/versions"
	"paddock/cost"
	"paddock/servicefile"
)

const gibi = 1 << 30

// dev is the preset of that name, with its two teams.
func dev() cost.Platform {
	return cost.Platform{
		Groups: []cost.Group{{InstanceTypes: []string{"m5.large"}, Min: 2, Max: 6, DiskGiB: 50}},
		NATs:   1, Keys: 1, LogTypes: 3, FlowLogs: true,
		Teams: []cost.Team{
			{Name: "backend", MilliCPU: 4000, Memory: 8 * gibi, StorageGiB: 100},
			{Name: "frontend", MilliCPU: 4000, Memory: 8 * gibi, StorageGiB: 100},
		},
	}
}

// By hand: nodes 2 and 6 times 0.096 times 730; control plane 0.10 times 730; NAT (0.045 + 0.005) times 730, and 0.45 for each node's
// 10 GB; volumes 50 times 0.08 for each node; claims 200 GiB; logs three times 0.5, and 0.25 for each node.
func TestDev(t *testing.T) {
	e, err := cost.Of(dev(), cost.List(nil))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "all", e.Range, 261.56, 576.68)
	want := map[string][2]float64{
		"nodes": {140.16, 420.48}, "control plane": {73, 73}, "NAT": {37.4, 39.2}, "nodes' volumes": {8, 24}, "claims": {0, 16},
		"logs": {2, 3}, "keys": {1, 1},
	}
	for _, p := range e.Parts {
		near(t, p.Name, p.Range, want[p.Name][0], want[p.Name][1])
	}
	if len(e.Parts) != len(want) {
		t.Errorf("parts %v", e.Parts)
	}
	for _, p := range e.Teams {
		near(t, p.Name, p.Range, 74.08, 230.24) // half of nodes and volumes, and the claims of its own
	}
	const line = "262 to 577 dollars a month (nodes 140-420, control plane 73, NAT 37-39, nodes' volumes 8-24, claims 0-16, logs 2-3, keys 1)" +
		"; teams: backend 74-230, frontend 74-230"
	if e.String() != line {
		t.Errorf("got  %s\nwant %s", e, line)
	}
}

func near(t *testing.T, what string, got cost.Range, floor, ceiling float64) {
	t.Helper()
	if math.Abs(got.Floor-floor) > 0.005 || math.Abs(got.Ceiling-ceiling) > 0.005 {
		t.Errorf("%s: %.3f to %.3f, want %.2f to %.2f", what, got.Floor, got.Ceiling, floor, ceiling)
	}
}

func part(e cost.Estimate, name string) cost.Range {
	for _, p := range append(e.Parts, e.Teams...) {
		if p.Name == name {
			return p.Range
		}
	}
	return cost.Range{}
}

func TestParts(t *testing.T) {
	for name, tc := range map[string]struct {
		change         func(*cost.Platform)
		part           string
		floor, ceiling float64
	}{
		"a gateway in each zone":  {func(p *cost.Platform) { p.NATs = 3 }, "NAT", 110.4, 112.2},
		"no gateway":              {func(p *cost.Platform) { p.NATs = 0 }, "NAT", 0, 0},
		"endpoints":               {func(p *cost.Platform) { p.Endpoints = 18 }, "endpoints", 131.4, 131.4}, // 9 services in 2 zones
		"a load balancer a team":  {func(p *cost.Platform) { p.EdgeZones = 2 }, "load balancers", 0, 59.13}, // twice 0.0225 + 0.008 + 2 * 0.005
		"is its own":              {func(p *cost.Platform) { p.EdgeZones = 2 }, "backend", 74.08, 259.805},
		"in three zones":          {func(p *cost.Platform) { p.EdgeZones = 3 }, "load balancers", 0, 66.43},
		"no team":                 {func(p *cost.Platform) { p.EdgeZones, p.Teams = 2, nil }, "load balancers", 0, 0},
		"no flow logs":            {func(p *cost.Platform) { p.FlowLogs = false }, "logs", 1.5, 1.5},
		"a group from zero":       {func(p *cost.Platform) { p.Groups[0].Min = 0 }, "nodes", 0, 420.48},
		"types of several prices": {func(p *cost.Platform) { p.Groups[0].InstanceTypes = []string{"m6i.large", "m6a.large"} }, "nodes", 126.144, 420.48},
		"spot":                    {func(p *cost.Platform) { p.Groups[0].Spot = true }, "nodes", 42.048, 420.48},
		"a second group": {func(p *cost.Platform) {
			p.Groups = append(p.Groups, cost.Group{InstanceTypes: []string{"t3.medium"}, Max: 1, DiskGiB: 20})
		}, "nodes", 140.16, 450.848},
		"a team with three quarters":    {func(p *cost.Platform) { p.Teams[0].MilliCPU, p.Teams[0].Memory = 12000, 24*gibi }, "backend", 111.12, 341.36},
		"of CPU only":                   {func(p *cost.Platform) { p.Teams[0].MilliCPU = 12000 }, "backend", 92.6, 285.8}, // (3/4 + 1/2) / 2
		"no quota counts as all nodes'": {func(p *cost.Platform) { p.Teams[0].MilliCPU = 0 }, "backend", 90.684, 280.052}, // 10500 of 14500, and a half
	} {
		t.Run(name, func(t *testing.T) {
			p := dev()
			tc.change(&p)
			e, err := cost.Of(p, cost.List(nil))
			if err != nil {
				t.Fatal(err)
			}
			near(t, tc.part, part(e, tc.part), tc.floor, tc.ceiling)
			sum := cost.Range{}
			for _, p := range e.Parts {
				sum.Floor, sum.Ceiling = sum.Floor+p.Floor, sum.Ceiling+p.Ceiling
			}
			near(t, "sum", e.Range, sum.Floor, sum.Ceiling)
		})
	}
}

// A pod of 175m is a tenth of an m5.large's 1750m; the node is 70.08 and its volume 4.
func TestServices(t *testing.T) {
	groups := []cost.Group{{InstanceTypes: []string{"m5.large"}, DiskGiB: 50}}
	services := []cost.Service{
		{Name: "api", MilliCPU: 175, Memory: 64 << 20, Min: 2, Max: 10},
		{Name: "cache", MilliCPU: 1, Memory: 6783 << 19, Min: 1, Max: 1, VolumeGiB: 10}, // half of the memory
		{Name: "tiny", MilliCPU: 1, Memory: 1, Min: 0, Max: 25},                         // as many as a node takes
	}
	e, err := cost.Services(groups, services, cost.List(nil))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "api", part(e, "api"), 14.816, 74.08)
	near(t, "cache", part(e, "cache"), 37.84, 37.84)
	near(t, "tiny", part(e, "tiny"), 0, 74.08)
	near(t, "all", e.Range, 52.656, 186)
	more := append(groups, cost.Group{InstanceTypes: []string{"m5.large"}, DiskGiB: 50, Spot: true})
	if e, err = cost.Services(more, services[:1], cost.List(nil)); err != nil {
		t.Fatal(err)
	}
	near(t, "on spot at least", e.Range, 5.005, 74.08) // 0.2 times (21.024 + 4)
	if _, err := cost.Services(nil, services, cost.List(nil)); err == nil {
		t.Error("no group: no error")
	}
}

func TestServiceOf(t *testing.T) {
	f, err := servicefile.Load("service.yaml", []byte("name: api\nteam: backend\nimage: registry.example/api:1\nport: 8080\n"+
		"health: {ready: /healthz}\ncpu: {request: 250m, limit: 500m}\nmemory: {request: 64Mi, limit: 64Mi}\nvolume: {path: /data, size: 1500Mi}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := cost.Service{Name: "api", MilliCPU: 250, Memory: 64 << 20, Min: 1, Max: 1, VolumeGiB: 2}
	if got := cost.ServiceOf(f); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOverrides(t *testing.T) {
	e, err := cost.Of(dev(), cost.List(map[string]float64{"m5.large": 0.2, cost.ControlPlane: 0.6, cost.NATOfNode: 0}))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "nodes", part(e, "nodes"), 292, 876)
	near(t, "control plane", part(e, "control plane"), 438, 438)
	near(t, "NAT", part(e, "NAT"), 36.5, 36.5)
}

func TestSource(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "list prices of " + cost.Dated, "eu-west-1": "list prices of us-west-2, not of eu-west-1, of " + cost.Dated,
	} {
		if got := cost.Source(region); got != want {
			t.Errorf("%s: %s", region, got)
		}
	}
}

func TestBudget(t *testing.T) {
	e, err := cost.Of(dev(), cost.List(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, enough := range []float64{0, 576.69, 1000} {
		if over := e.Over(enough); over != "" {
			t.Errorf("%g: %s", enough, over)
		}
	}
	const want = "want 577 dollars a month or more, which all this may come to (nodes 420, control plane 73, NAT 39, nodes' volumes 24, claims 16, logs 3, keys 1), or less of it"
	if over := e.Over(500); over != want {
		t.Errorf("got %s", over)
	}
}

// Whatever the version table has, the table of prices has too.
func TestEveryInstanceTypeHasAPrice(t *testing.T) {
	prices := cost.List(nil)
	for _, name := range versions.InstanceTypes() {
		if prices[name] <= 0 {
			t.Errorf("%s has no price", name)
		}
	}
	for name, want := range map[string]float64{"m5.large": 0.096, "m5.4xlarge": 0.768, "c7i.large": 0.08925, "m7a.xlarge": 0.23184, "r6i.2xlarge": 0.504, "t3.xlarge": 0.1664} {
		if math.Abs(prices[name]-want) > 1e-9 {
			t.Errorf("%s: %g, want %g", name, prices[name], want)
		}
	}
	p := dev()
	p.Groups[0].InstanceTypes = []string{"m5.large", "m9.large"}
	if _, err := cost.Of(p, prices); err == nil || !strings.Contains(err.Error(), "m9.large: price unknown: give it in cost.prices") {
		t.Errorf("%v", err)
	}
}
