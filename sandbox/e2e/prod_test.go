package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestProd brings up the checkout's own prod stack, which must not need anything but its file.
func TestProd(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "prod")
	s.copyConfig(t)
	s.succeed(t, "preview")
	gateways := 0
	for _, c := range s.changes(t, "up") {
		if c.token() == "aws:ec2/natGateway:NatGateway" {
			gateways++
		}
	}
	if gateways != 3 {
		t.Errorf("%d NAT gateways, want one per zone", gateways)
	}
	zones := map[string]bool{}
	for _, n := range s.nodes(t, 3) {
		zones[n.Metadata.Labels["topology.kubernetes.io/zone"]] = true
	}
	if len(zones) != 3 {
		t.Errorf("nodes in %v, want three zones", zones)
	}
	s.succeed(t, "up", "--expect-no-changes")
	s.protected(t)
}

// protected shows that prod is not destroyed by a slip, and how it is destroyed on purpose.
func (s *sandbox) protected(t *testing.T) {
	t.Helper()
	refused(t, "destroy", s.verb(t, "destroy"), "protected")
	s.nodes(t, 3)
	if r := s.shell(t, "pulumi state unprotect --all --yes --stack prod"); r.code != 0 {
		t.Fatalf("unprotect: %s", r.all())
	}
	s.succeed(t, "destroy")
	s.empty(t)
}

// TestFaults shows what a bad stack file gets.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "dev")
	config := dev()
	config["network"] = object{"zones": 9}
	config["nodeGroups"] = object{"default": object{"min": 5, "max": 2}}
	config["teams"].(object)["frontend"].(object)["quota"] = object{"requests.cpu": "four"}
	s.configure(t, config)
	r, list := s.events(t, "preview")
	refused(t, "preview", r, "network.zones", "nodeGroups.default", "teams.frontend.quota", "four")
	for _, c := range list {
		if c.token() != "pulumi:pulumi:Stack" { // the stack itself is the engine's
			t.Errorf("registered: %s", c)
		}
	}
	s.empty(t)
	var status struct{ Clusters map[string]any }
	must(t, json.Unmarshal([]byte(s.cmd(t, "status", "--json").out), &status))
	if len(status.Clusters) > 0 || !strings.Contains(r.all(), "config of stack dev") && !strings.Contains(r.all(), "faults") {
		t.Errorf("clusters %v after a refused preview:\n%s", status.Clusters, r.all())
	}
}
