package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDeployer derives from what an administrator's stack asked for the least that a deployer needs, deploys with it, and
// takes one statement after another away.
func TestDeployer(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "dev")
	config := dev()
	s.configure(t, config)
	s.roles(t, "frontend-viewer", "frontend-deployer", "backend-viewer", "backend-deployer")
	s.succeed(t, "up")
	config["nodeGroups"] = object{"default": object{"min": 2, "max": 7}}
	s.configure(t, config)
	s.succeed(t, "up")
	s.succeed(t, "destroy")
	needed := s.cmd(t, "calls", "--policy").out

	s.deployer(t, "deployer", needed)
	as := func(verb string, flags ...string) result {
		t.Helper()
		return s.cmd(t, slices.Insert(s.words(verb, flags), 1, "--as", "deployer")...)
	}
	for _, step := range [][]string{{"up"}, {"up", "--expect-no-changes"}} {
		if r := as(step[0], step[1:]...); r.code != 0 {
			t.Fatalf("%s as deployer: exit %d\n%s", step[0], r.code, r.all())
		}
	}
	if got := s.calls(t, "--denied"); len(got) != 0 {
		t.Errorf("denied: %v", got)
	}
	t.Run("its cluster is the deployer's", func(t *testing.T) {
		var owner string
		for _, r := range s.dump(t) {
			if r.Kind == "aws:eks/accessEntry:AccessEntry" && strings.HasSuffix(r.ID, ":role/deployer") {
				owner = r.ID
			}
		}
		if owner == "" {
			t.Error("the deployer, who made the cluster, has no access entry")
		}
	})
	if r := as("destroy"); r.code != 0 {
		t.Fatalf("destroy as deployer: exit %d\n%s", r.code, r.all())
	}
	s.empty(t)
	// In the order in which an `up` comes to them: each stops it further on than the one before.
	for _, missing := range [][2]string{
		{"Ec2Vpc", "UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::"},
		{"IamRoleEks", "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::"},
		{"IamRolePodsEks", "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::"},
	} {
		sid, want := missing[0], missing[1]
		t.Run("without "+sid, func(t *testing.T) {
			s.deployer(t, "deployer", without(t, needed, sid))
			refused(t, "up", as("up"), want, "assumed-role/deployer/paddock-deploy", "because no identity-based policy allows the")
			if got := s.calls(t, "--denied", "--principal", "role/deployer/"); len(got) == 0 {
				t.Error("the audit knows of no denial")
			}
		})
	}
	s.deployer(t, "deployer", needed) // the cluster is its maker's
	if r := as("destroy"); r.code != 0 {
		t.Fatalf("destroy as deployer: exit %d\n%s", r.code, r.all())
	}
	s.empty(t)
}

// deployer makes a role with the policy, or gives it another.
func (s *sandbox) deployer(t *testing.T, name, policy string) {
	t.Helper()
	file := filepath.Join(s.root, "policy.json")
	must(t, os.WriteFile(file, []byte(policy), 0o644))
	if r := s.cmd(t, "role", name, "--policy", file); r.code != 0 {
		t.Fatalf("sandbox role %s: %s", name, r.all())
	}
}

// without is the policy less the statement of that id, which must be there.
func without(t *testing.T, policy, sid string) string {
	t.Helper()
	var document struct {
		Version   string
		Statement []map[string]any
	}
	must(t, json.Unmarshal([]byte(policy), &document))
	before := len(document.Statement)
	document.Statement = slices.DeleteFunc(document.Statement, func(s map[string]any) bool { return s["Sid"] == sid })
	if len(document.Statement) != before-1 {
		t.Fatalf("the policy has no statement %s:\n%s", sid, policy)
	}
	text, err := json.Marshal(document)
	must(t, err)
	return string(text)
}
