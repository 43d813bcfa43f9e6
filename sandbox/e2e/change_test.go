package e2e

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	nodeGroup = "aws:eks/nodeGroup:NodeGroup"
	cluster   = "aws:eks/cluster:Cluster"
	addon     = "aws:eks/addon:Addon"
)

// mebibytes brings a quantity of whole Ki or Mi to Mi.
func mebibytes(t *testing.T, quantity string) string {
	t.Helper()
	kibi, ok := strings.CutSuffix(quantity, "Ki")
	if !ok {
		return quantity
	}
	n, err := strconv.Atoi(kibi)
	must(t, err)
	return strconv.Itoa(n/1024) + "Mi"
}

func (p *platform) team(t *testing.T) {
	p.roles(t, "data-viewer", "data-deployer")
	teams := p.config["teams"].(object)
	teams["data"] = team("data")
	p.configured(t)
	// Its two principals' access entries are named by role, all else by team.
	ofData := func(c change) bool {
		return strings.Contains(c.urn, "::paddock:team:Team$") && strings.HasPrefix(c.name(), "data-data") ||
			c.token() == "paddock:team:Team" && c.name() == "data" ||
			c.token() == "aws:eks/accessEntry:AccessEntry" && strings.Contains(c.name(), "-data-")
	}
	stack := func(c change) bool { return c.token() == "pulumi:pulumi:Stack" } // its exports
	added := p.changes(t, "up")
	only(t, added, "create", func(c change) bool { return ofData(c) || stack(c) })
	if n := len(added); n < 10 {
		t.Errorf("the team came with only %d resources: %s", n, names(added))
	}
	delete(teams, "data")
	p.configured(t)
	removed := p.changes(t, "up")
	only(t, removed, "delete", func(c change) bool { return ofData(c) || stack(c) })
	if a, r := urns(added), urns(removed); !slices.Equal(a, r) {
		t.Errorf("came:\n%s\nwent:\n%s", strings.Join(a, "\n"), strings.Join(r, "\n"))
	}
}

func urns(list []change) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.urn)
	}
	slices.Sort(out)
	return out
}

func (p *platform) zones(t *testing.T) {
	p.config["network"] = object{"zones": 3}
	p.configured(t)
	list := p.changes(t, "up")
	only(t, list, "create", func(change) bool { return true })
	subnets := 0
	for _, c := range list {
		if c.token() == "aws:ec2/subnet:Subnet" {
			subnets++
		}
	}
	if subnets != 2 {
		t.Errorf("the third zone came with %d subnets, want 2: %s", subnets, names(list))
	}
	p.succeed(t, "up", "--expect-no-changes")
}

func (p *platform) limits(t *testing.T) {
	p.config["nodeGroups"] = object{"default": object{"min": 1, "max": 8}}
	p.configured(t)
	list := p.changes(t, "up")
	only(t, list, "update", func(c change) bool { return c.token() == nodeGroup })
	if len(list) > 1 {
		t.Errorf("want one update, got %s", names(list))
	}
	p.nodes(t, 2) // the smaller minimum takes no node away
}

func (p *platform) desired(t *testing.T) {
	p.desire(t, "default", 3)
	p.nodes(t, 3)
	p.succeed(t, "up")
	p.succeed(t, "up", "--expect-no-changes")
	p.nodes(t, 3)
	// New limits tell AWS the desired size as well: it must be the present one.
	p.config["nodeGroups"] = object{"default": object{"min": 1, "max": 9}}
	p.configured(t)
	p.succeed(t, "up")
	p.nodes(t, 3)
}

// group is the Auto Scaling group of the node group whose name begins so.
func (s *sandbox) group(t *testing.T, nodes string) string {
	t.Helper()
	for _, r := range s.dump(t) {
		if strings.HasPrefix(r.ID, "eks-"+nodes+"-") {
			return r.ID
		}
	}
	t.Fatal("no Auto Scaling group in `sandbox dump`")
	return ""
}

func (p *platform) upgrade(t *testing.T) {
	p.config["cluster"].(object)["version"] = "1.35"
	p.configured(t)
	list := p.changes(t, "up")
	for _, c := range list {
		if c.op != "update" {
			t.Errorf("unwanted: %s", c)
		}
	}
	control, group := one(t, list, cluster, ""), one(t, list, nodeGroup, "")
	if group.begun < control.end {
		t.Error("the node group began before the control plane was done")
	}
	for _, c := range []change{one(t, list, addon, "-kube-proxy"), one(t, list, addon, "-coredns")} {
		if c.begun < group.end {
			t.Errorf("%s began before the nodes were done", c)
		}
	}
	for _, n := range p.nodes(t, 3) {
		if v := n.Status.NodeInfo.KubeletVersion; !strings.HasPrefix(v, "v1.35.") {
			t.Errorf("%s: kubelet %s, want v1.35", n.Metadata.Name, v)
		}
	}
	p.runs135(t)
}

// runs135 checks the apiserver's version and the autoscaler's image.
func (p *platform) runs135(t *testing.T) {
	t.Helper()
	var version struct {
		ServerVersion struct{ EmulationMajor, EmulationMinor string } `json:"serverVersion"` // one binary plays all minors
	}
	must(t, json.Unmarshal([]byte(p.kubectl(t, "version", "-o", "json").out), &version))
	if v := version.ServerVersion; v.EmulationMajor != "1" || v.EmulationMinor != "35" {
		t.Errorf("server version %+v, want 1.35", v)
	}
	images := p.kubectl(t, "get", "deployments", "-A", "-o", "jsonpath='{..image}'").out
	if !strings.Contains(images, "/cluster-autoscaler:v1.35.") {
		t.Errorf("images %s, want the autoscaler of 1.35", images)
	}
}

func (p *platform) downgrade(t *testing.T) {
	p.config["cluster"].(object)["version"] = "1.34"
	p.configured(t)
	r := p.verb(t, "up")
	if want := "Unsupported Kubernetes minor version update from 1.35 to 1.34"; r.code == 0 || !strings.Contains(r.all(), want) {
		t.Errorf("exit %d, want refused with %q\n%s", r.code, want, r.all())
	}
	p.config["cluster"].(object)["version"] = "1.35"
	p.configured(t)
	p.untouched(t)
}

// untouched brings a stack up after a refusal that came before anything was changed. Only the record of what pulumi-eks's
// component was asked for is put right: Pulumi had noted the refused version there, where no resource is behind it.
func (s *sandbox) untouched(t *testing.T) {
	t.Helper()
	only(t, s.changes(t, "up"), "update", func(c change) bool { return c.token() == "eks:index:Cluster" })
}
