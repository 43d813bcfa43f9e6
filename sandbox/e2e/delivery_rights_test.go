package e2e

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	deployRights  = flag.Bool("deploy-rights", false, "take every statement of a deploy away, and write docs/delivery-rights.md")
	deployActions = flag.Bool("deploy-actions", false, "with -deploy-rights: take every single action away, too")
)

// phase is one thing that a deploy does.
type phase struct {
	name string
	set  func(*testing.T, *delivery) // what the operator, or somebody else, does before
	verb string
}

// life is what a platform goes through. Together it asks for every right.
var life = []phase{
	{"up", func(t *testing.T, d *delivery) { d.configure(t, delivered()) }, "up"},
	{"change", func(t *testing.T, d *delivery) { d.configure(t, grown()) }, "up"},
	{"less", func(t *testing.T, d *delivery) { d.configure(t, shrunk()) }, "up"},
	{"repair", func(t *testing.T, d *delivery) { d.meddle(t) }, "up"},
	{"nothing new", func(*testing.T, *delivery) {}, "up"},
	{"destroy", func(*testing.T, *delivery) {}, "destroy"},
}

// serial has Pulumi do one thing after another, always in the same order.
var serial = []string{"--parallel", "1"}

// lack is a right that a deploy does without: a statement, or one action of it.
type lack struct {
	policy string // ARN of the policy that has it
	row    int    // among its statements
	sid    string
	action string // empty: the whole statement
	asked  []int  // by phase: which call of the deploy's is the first to need it; 0 = none
}

// felt is how a lack showed.
type felt struct {
	lack
	phase, step, refused string
}

// TestDeployRights takes every right of a deploy away, alone, until a named step fails, and writes docs/delivery-rights.md.
func TestDeployRights(t *testing.T) {
	if !*deployRights {
		t.Skip("takes ten minutes, with -deploy-actions an hour or so: go test -run TestDeployRights -timeout 2h ./e2e -args -deploy-rights")
	}
	d := newDelivery(t)
	policies := d.policies(t)
	// AWS makes an account's linked roles once: only the first deploy of all asks for them.
	life[0].set(t, d)
	first, ok := d.lacking(t, policies, find(t, policies, "IamRoleLinked"), life[0])
	if !ok {
		t.Errorf("without IamRoleLinked: nothing fails")
	}
	lacks := slices.DeleteFunc(d.asked(t, policies), func(l lack) bool { return l.sid == first.sid })
	if !*deployActions {
		lacks = slices.DeleteFunc(lacks, func(l lack) bool { return l.action != "" })
	}
	found := []felt{first}
	// What one lack has let be made, another one cannot stop: that is tried anew.
	for pass := 0; pass < 3 && len(lacks) > 0; pass++ {
		for i, p := range life {
			p.set(t, d)
			for _, l := range inOrder(lacks, i) {
				if f, ok := d.misses(t, policies, l, p); ok {
					found = append(found, f)
					lacks = slices.DeleteFunc(lacks, func(o lack) bool { return o.sid == l.sid && o.action == l.action })
				}
			}
			d.done(t, p.verb)
		}
	}
	for _, l := range lacks {
		t.Errorf("%s %s: its lack is not felt", l.sid, l.action)
	}
	file := filepath.Join(checkout(t), "docs", "delivery-rights.md")
	text, err := os.ReadFile(file)
	must(t, err)
	before, _, _ := strings.Cut(string(text), deployHeading)
	must(t, os.WriteFile(file, []byte(before+deployPage(found, unasked(t))), 0o644))
}

// policies are the documents of the deploy's role, by ARN.
func (d *delivery) policies(t *testing.T) map[string]document {
	t.Helper()
	out := map[string]document{}
	for _, r := range d.dump(t) {
		if r.Kind == "aws:iam/policy:Policy" && strings.Contains(r.ID, "/"+deployJob.role+"-") {
			var doc document
			must(t, json.Unmarshal([]byte(r.State["policy"].(string)), &doc))
			out[r.ID] = doc
		}
	}
	return out
}

// misses is lacking, but if what the right is for was there, all that is made anew.
func (d *delivery) misses(t *testing.T, policies map[string]document, l lack, p phase) (felt, bool) {
	t.Helper()
	f, ok := d.lacking(t, policies, l, p)
	if !ok && p.name == life[0].name {
		d.done(t, "destroy")
		f, ok = d.lacking(t, policies, l, p)
	}
	t.Logf("%-10s %-28s %-36s %s: %s", p.name, l.sid, l.action, f.step, f.refused)
	return f, ok
}

// lacking runs a phase without the right, and gives it back. What the phase has made stays, and is what the next one goes on from.
func (d *delivery) lacking(t *testing.T, policies map[string]document, l lack, p phase) (felt, bool) {
	t.Helper()
	doc := policies[l.policy]
	d.grant(t, l.policy, doc.without(l.row, l.action))
	r := d.deploy(t, p.verb, serial...)
	d.grant(t, l.policy, doc)
	if strings.HasPrefix(l.sid, "State") { // its lock may be left
		d.job(t, deployJob, "pulumi cancel --yes")
	}
	d.denied = len(d.calls(t, "--denied", "--principal", deployJob.role))
	step, refused := failure(r.all())
	_, action, _ := strings.Cut(refused, " ")
	named := slices.Contains(doc.Statement[l.row].actions(), action) && (l.action == "" || l.action == action)
	if r.code != 0 && !named {
		t.Errorf("without %s %s: another cause\n%s", l.sid, l.action, r.all())
	}
	return felt{l, p.name, step, refused}, r.code != 0 && named
}
