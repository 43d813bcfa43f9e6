package infra

import (
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/config"
)

// A preset alone lacks only what must be said: where, and who.
func TestPresets(t *testing.T) {
	for _, name := range Environments() {
		t.Run(name, func(t *testing.T) {
			c, ok := Preset(name)
			c.Region, c.Cluster.Administrators = "us-west-2", []string{"role/Ops"}
			if err := c.Validate(); !ok || err != nil {
				t.Errorf("%v: %v", ok, err)
			}
		})
	}
	if _, ok := Preset("qa"); ok {
		t.Error("qa has a preset")
	}
}

// As many pods as the quota counts, of one container each that states nothing, are within all of it.
func TestDefaultsOfATeamAgree(t *testing.T) {
	d := DefaultTeam()
	for quota, each := range map[string]string{
		"requests.cpu": d.Limits.RequestCPU, "requests.memory": d.Limits.RequestMemory,
		"limits.cpu": d.Limits.DefaultCPU, "limits.memory": d.Limits.DefaultMemory,
	} {
		one, pods := resource.MustParse(each), resource.MustParse(d.Quota["pods"])
		all := resource.MustParse(d.Quota[quota])
		if one.Mul(pods.Value()); one.Cmp(all) > 0 {
			t.Errorf("%s: %s pods of %s are %s, quota %s", quota, d.Quota["pods"], each, one.String(), d.Quota[quota])
		}
	}
	if d.Quota["requests.storage"] != "100Gi" {
		t.Errorf("storage without bounds: %v", d.Quota)
	}
}

func TestProdUpdatesThreeNodesAtOnce(t *testing.T) {
	for name, want := range map[string]int{Dev: 1, Staging: 1, Prod: 3} {
		c, _ := Preset(name)
		if got := c.NodeGroups["default"].MaxUnavailable; got != want {
			t.Errorf("%s: maxUnavailable %d, want %d", name, got, want)
		}
	}
	if got := DefaultNodeGroup().MaxUnavailable; got != 1 {
		t.Errorf("a further group: maxUnavailable %d, want 1", got)
	}
}

// Only prod pays for room. Its stack may have less of it, none, or a share instead.
func TestOnlyProdHasHeadroom(t *testing.T) {
	for name, want := range map[string]Headroom{Dev: {}, Staging: {}, Prod: {Nodes: 1}} {
		if c, _ := Preset(name); c.Headroom != want {
			t.Errorf("%s: %+v, want %+v", name, c.Headroom, want)
		}
	}
}

func TestPresetsShareNothing(t *testing.T) {
	a, _ := Preset(Dev)
	a.NodeGroups["default"].Labels["x"] = "y"
	a.Tags["x"], a.NodeGroups["more"] = "y", DefaultNodeGroup()
	b, _ := Preset(Dev)
	if len(b.Tags)+len(b.NodeGroups["default"].Labels) > 0 || len(b.NodeGroups) != 1 {
		t.Errorf("%+v", b)
	}
	DefaultTeam().Quota["pods"] = "1"
	if DefaultTeam().Quota["pods"] != "40" {
		t.Error("teams share a quota")
	}
}

func TestWithRegion(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"pulumi-eks": {
			`{"users":[{"name":"aws","user":{"exec":{"command":"aws","env":[{"name":"KUBERNETES_EXEC_INFO","value":"{}"}]}}}]}`,
			`{"users":[{"name":"aws","user":{"exec":{"command":"aws","env":[{"name":"KUBERNETES_EXEC_INFO","value":"{}"},{"name":"AWS_REGION","value":"eu-west-1"}]}}}]}`,
		},
		"no environment": {
			`{"users":[{"user":{"exec":{"command":"aws"}}}]}`,
			`{"users":[{"user":{"exec":{"command":"aws","env":[{"name":"AWS_REGION","value":"eu-west-1"}]}}}]}`,
		},
		"no exec":  {`{"users":[{"user":{}}]}`, `{"users":[{"user":{}}]}`},
		"no users": {`{"clusters":[]}`, `{"clusters":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := withRegion(tc.in, "eu-west-1"); err != nil || got != tc.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tc.want)
			}
		})
	}
	if _, err := withRegion("clusters: []", "eu-west-1"); err == nil || !strings.HasPrefix(err.Error(), "kubeconfig: ") {
		t.Errorf("err = %v", err)
	}
}

func TestSameRole(t *testing.T) {
	for name, tc := range map[string]struct {
		caller, principal string
		want              bool
	}{
		"a user":          {"arn:aws:iam::123456789012:user/a", "arn:aws:iam::123456789012:user/a", true},
		"a session":       {"arn:aws:sts::123456789012:assumed-role/Ops/me", "arn:aws:iam::123456789012:role/Ops", true},
		"with a path":     {"arn:aws:sts::123456789012:assumed-role/Ops/me", "arn:aws:iam::123456789012:role/x/y/Ops", true},
		"another role":    {"arn:aws:sts::123456789012:assumed-role/Ops/me", "arn:aws:iam::123456789012:role/DevOps", false},
		"another account": {"arn:aws:sts::123456789012:assumed-role/Ops/me", "arn:aws:iam::210987654321:role/Ops", false},
		"a user of it":    {"arn:aws:sts::123456789012:assumed-role/Ops/me", "arn:aws:iam::123456789012:user/Ops", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sameRole(tc.caller, tc.principal); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestZonesIn(t *testing.T) {
	for name, tc := range map[string]struct {
		zones Zones
		want  []string
	}{
		"count":  {Zones{Count: 3}, []string{"us-west-2a", "us-west-2b", "us-west-2c"}},
		"listed": {Zones{Count: 3, Names: []string{"us-west-2d", "us-west-2b"}}, []string{"us-west-2d", "us-west-2b"}},
		"absurd": {Zones{Count: -1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.zones.In("us-west-2"); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// AWS puts eight characters behind the names of roles, which end at 64. The
// longest is one that pulumi-eks makes.
func TestLongestNameFitsARole(t *testing.T) {
	name := strings.Repeat("a", 30)
	if !legalName(name) || legalName(name+"a") {
		t.Fatal("30 is not the longest")
	}
	if n := len(name+"-cluster-eks-eksRole-role") + len("-0123456"); n > 64 {
		t.Errorf("%d characters", n)
	}
}

func TestDefaultTags(t *testing.T) {
	c, _ := Preset(Prod)
	c.Tags = map[string]string{"Owner": "ops"}
	want := map[string]string{"Owner": "ops", "Project": "paddock", "Platform": "paddock-prod", "Environment": "prod", "ManagedBy": "pulumi"}
	if got := c.DefaultTags(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	for _, key := range ownTags() {
		if want[key] == "" {
			t.Errorf("%s: reserved, but not set", key)
		}
	}
}

func legalName(name string) bool {
	j := config.Judge{}
	j.Platform("name", name)
	return len(j.Faults) == 0
}
