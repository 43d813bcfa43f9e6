package stacks_test

import (
	"encoding/json"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"paddock/infra"
	"paddock/stacks"
)

// load loads a dev stack in us-west-2 with the given keys on top; a key without
// a namespace is Paddock's own.
func load(t testing.TB, keys map[string]string) (infra.Config, error) {
	t.Helper()
	stack := map[string]string{
		"paddock:environment": "dev",
		"paddock:region":      "us-west-2",
		"paddock:cluster":     `{"administrators": ["role/Admin"]}`,
	}
	for key, value := range keys {
		if !strings.Contains(key, ":") {
			key = "paddock:" + key
		}
		stack[key] = value
	}
	maps.DeleteFunc(stack, func(_, value string) bool { return value == "absent" })
	raw, err := json.Marshal(stack)
	if err != nil {
		t.Fatal(err)
	}
	return stacks.Load(string(raw))
}

func TestLoadOverlaysThePreset(t *testing.T) {
	cfg, err := load(t, map[string]string{
		"name":        "ranch",
		"accountIds":  `["123456789012"]`,
		"network":     `{"zones": ["us-west-2c", "us-west-2a"], "nat": "none"}`,
		"cluster":     `{"administrators": ["user/ops"], "publicAccess": ["203.0.113.0/24"], "logTypes": ["audit"]}`,
		"nodeGroups":  `{"default": {"max": 9}, "batch": {"capacity": "spot", "min": 0, "labels": {"kind": "batch"}}}`,
		"autoscaler":  `{"image": "registry.example/cas:v1.34.2", "unneededTime": "90s", "utilizationThreshold": 1e-1}`,
		"teams":       `{"red": {"quota": {"pods": "5", "limits.cpu": null}, "podSecurity": "baseline"}, "blue": {"namespaces": ["b2", "b1"], "networkPolicy": false}}`,
		"pulumi:tags": `{}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := infra.Preset(infra.Dev)
	want.Name, want.Region, want.AccountIDs = "ranch", "us-west-2", []string{"123456789012"}
	want.Network.Zones, want.Network.NAT = infra.Zones{Names: []string{"us-west-2c", "us-west-2a"}}, "none"
	want.Cluster.Administrators = []string{"user/ops"}
	want.Cluster.PublicAccess = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	want.Cluster.LogTypes = []string{"audit"} // a list is replaced
	general, batch := want.NodeGroups["default"], infra.DefaultNodeGroup()
	general.Max = 9 // the rest is the preset's
	batch.Capacity, batch.Min, batch.Labels = "spot", 0, map[string]string{"kind": "batch"}
	want.NodeGroups = map[string]infra.NodeGroup{"default": general, "batch": batch}
	want.Autoscaler.Image = "registry.example/cas:v1.34.2"
	want.Autoscaler.UnneededTime, want.Autoscaler.UtilizationThreshold = infra.Duration(90*time.Second), 0.1
	red, blue := infra.DefaultTeam(), infra.DefaultTeam()
	red.PodSecurity, red.Quota["pods"] = "baseline", "5" // a map is laid over by entry
	delete(red.Quota, "limits.cpu")
	blue.Namespaces, blue.NetworkPolicy = []string{"b2", "b1"}, false
	want.Teams = map[string]infra.Team{"red": red, "blue": blue}
	if got, wanted := text(t, cfg), text(t, want); got != wanted {
		t.Errorf("got:\n%s\nwant:\n%s", got, wanted)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestLoadTakesDeclaredDefaultsForNothing(t *testing.T) {
	cfg, err := load(t, map[string]string{"name": "", "accountIds": "[]", "tags": "{}", "network": "{}", "nodeGroups": "{}", "teams": "{}"})
	if err != nil || cfg.Name != "paddock-dev" || cfg.NodeGroups["default"].Max != 6 {
		t.Errorf("cfg = %+v, err = %v", cfg, err)
	}
}

func TestLoadTakesAGroupAway(t *testing.T) {
	cfg, err := load(t, map[string]string{"nodeGroups": `{"default": null, "main": {}}`})
	if _, there := cfg.NodeGroups["default"]; err != nil || there || len(cfg.NodeGroups) != 1 {
		t.Errorf("groups = %v, err = %v", cfg.NodeGroups, err)
	}
}

// All faults come at once, sorted by path: decoding's, and those of the values
// that did decode; a value that did not is not judged as if it were the preset's.
func TestLoadReportsEveryFault(t *testing.T) {
	_, err := load(t, map[string]string{
		"aws:region":  "eu-west-1",
		"regoin":      "x",
		"region":      "mars",
		"network":     `{"block": 5, "nat": "two", "zone": 2}`,
		"nodeGroups":  `{"default": {"min": 9, "instanceTypes": "m5.large"}}`,
		"teams":       `{"Red": {"viewers": ["root"]}}`,
		"environment": "qa",
	})
	want := strings.TrimSpace(`
aws:region: eu-west-1: want paddock:region instead: the AWS provider is configured by the program
paddock:environment: qa: want one of dev, staging, prod
paddock:network.block: 5: want an IPv4 block such as 10.0.0.0/16
paddock:network.nat: two: want one of single, per-zone, none
paddock:network.zone: unknown key: want one of block, zones, nat, interfaceEndpoints, flowLogDays; did you mean zones?
paddock:nodeGroups.default.instanceTypes: "m5.large": want a list
paddock:nodeGroups.default.max: 6: want min <= desired <= max, got 9, 9, 6
paddock:region: mars: want an AWS region, such as us-west-2
paddock:regoin: unknown key: want one of environment, name, region, accountIds, tags, network, cluster, nodeGroups, addons, autoscaler, headroom, ingress, delivery, teams; did you mean region?
paddock:teams.Red: want a name of 1 to 40 lower-case letters, digits and inner hyphens
paddock:teams.Red.viewers[0]: root: want a role or user: EKS gives no access to an account's root`)
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestLoadWithoutAnEngine(t *testing.T) {
	for name, engine := range map[string]string{"unset": "", "not JSON": "{"} {
		t.Run(name, func(t *testing.T) {
			if _, err := stacks.Load(engine); err == nil || !strings.HasPrefix(err.Error(), "config: ") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{`{"paddock:teams": "{\"a\": {\"quota\": null}}"}`, `{"paddock:network": "[]"}`, `{"paddock:cluster": "{\"publicAccess\": [1]}"}`, `{"": ""}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, engine string) {
		if cfg, err := stacks.Load(engine); err == nil && cfg.Validate() != nil {
			t.Errorf("%s: loaded, but invalid", engine)
		}
	})
}
