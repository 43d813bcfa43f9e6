package stacks_test

import (
	"strings"
	"testing"

	"paddock/components/testkit"
)

// Each run says what the platform costs, a preview too.
func TestCostIsTold(t *testing.T) {
	const want = "cost: dev: 262 to 636 dollars a month (nodes 140-420, control plane 73, load balancers 0-59, NAT 37-39, nodes' volumes 8-24, claims 0-16, " +
		"logs 2-3, keys 1); teams: backend 74-260, frontend 74-260; list prices of "
	for name, opts := range map[string][]testkit.Option{"up": nil, "preview": {testkit.WithPreview()}} {
		var said []string
		with(t, nil, append(opts, testkit.WithInfos(func(message string) { said = append(said, message) }))...)
		if len(said) != 1 || !strings.HasPrefix(said[0], want) {
			t.Errorf("%s: said %q", name, said)
		}
	}
}

func TestBadCost(t *testing.T) {
	for name, tc := range map[string]struct{ cost, want string }{
		"enough": {`{"budget": 561}`, ""},
		"too little": {`{"budget": 500}`, "cost.budget: 500: want 561 dollars a month or more, which all this may come to " +
			"(nodes 420, control plane 73, NAT 39, nodes' volumes 24, logs 3, keys 1), or less of it"},
		"prices of one's own": {`{"budget": 351, "prices": {"m5.large": 0.048}}`, ""},
		"negative":            {`{"budget": -1}`, "cost.budget: -1: want dollars a month, or 0 for none"},
		"text":                {`{"budget": "500"}`, `cost.budget: "500": want a number`},
		"a negative price":    {`{"prices": {"nat.hour": -1}}`, "cost.prices.nat.hour: -1: want dollars, 0 or more"},
		"a price of what the table has not": {`{"prices": {"nat": 1}}`, "cost.prices.nat: 1: want a name of the table: an instance type, or one of " +
			"address.hour, assume.balancerUnits, assume.flowGBOfNode, assume.logGBOfType, assume.natGBOfNode, balancer.hour, balancer.unitHour, " +
			"eks.hour, endpoint.hour, key.month, logs.GB, nat.GB, nat.hour, spot.share, volume.GiBMonth"},
		"unknown key": {`{"limit": 1}`, "cost.limit: unknown key: want one of prices, budget"},
	} {
		t.Run(name, func(t *testing.T) { faulty(t, map[string]string{"cost": tc.cost}, tc.want) })
	}
}

// A limit may be more than a node has left for requests, but not more than a machine has.
func TestLimitsOfNoMachine(t *testing.T) {
	const red = "teams.red.limits."
	for name, tc := range map[string]struct{ limits, groups, want string }{
		"all of it":      {`{"maxCpu": "2", "maxMemory": "8Gi"}`, "{}", ""},
		"CPU":            {`{"maxCpu": "2500m"}`, "{}", red + "maxCpu: 2500m: want at most the CPUs of the largest machine of nodeGroups, 2"},
		"memory":         {`{"maxMemory": "9Gi"}`, "{}", red + "maxMemory: 9Gi: want at most the memory of the largest machine of nodeGroups, 8192Mi"},
		"a larger group": {`{"maxCpu": "4", "maxMemory": "16Gi"}`, `{"big": {"instanceTypes": ["m5.xlarge"], "taints": [{"key": "big", "effect": "NoSchedule"}]}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			faulty(t, map[string]string{"teams": `{"red": {"limits": ` + tc.limits + `}}`, "nodeGroups": tc.groups}, tc.want)
		})
	}
}

func TestQuotasThatTheNodesCannotHold(t *testing.T) {
	for teams, want := range map[string]string{
		`{"a": {}, "b": {}}`:                                            "",
		`{"a": {}, "b": {"namespaces": ["b", "c"]}}`:                    "capacity: quotas: requests.cpu of all teams together is 12, the nodes hold 9580m at their most: not all can be used up at once",
		`{"a": {"quota": {"requests.cpu": "100", "limits.cpu": null}}}`: "capacity: team a: quota requests.cpu 100 of a namespace can never be used up: the nodes hold 9580m at their most",
	} {
		var said []string
		with(t, map[string]string{"paddock:teams": teams}, testkit.WithWarnings(func(message string) { said = append(said, message) }))
		if got := strings.Join(said, "\n"); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", teams, got, want)
		}
	}
}
