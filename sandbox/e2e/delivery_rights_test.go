package e2e

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	deployRights  = flag.Bool("deploy-rights", false, "TestDeployRights: take every statement of a deploy's away, and write docs/delivery-rights.md")
	deployActions = flag.Bool("deploy-actions", false, "TestDeployRights: take every single action away, too")
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
		t.Skip("takes half an hour: go test -run TestDeployRights -timeout 2h ./e2e -args -deploy-rights")
	}
	d := newDelivery(t)
	policies := d.policies(t)
	lacks := d.asked(t, policies)
	if !*deployActions {
		lacks = slices.DeleteFunc(lacks, func(l lack) bool { return l.action != "" })
	}
	var found []felt
	for range 2 { // what one lack has let be made, another one cannot stop: it is tried anew
		var left []lack
		for i, p := range life {
			p.set(t, d)
			for _, l := range inOrder(lacks, i) {
				if slices.ContainsFunc(found, func(f felt) bool { return f.sid == l.sid && f.action == l.action }) {
					continue
				}
				f, ok := d.lacking(t, policies, l, p)
				t.Logf("%-10s %-28s %-36s %s: %s", p.name, l.sid, l.action, f.step, f.refused)
				if ok {
					found = append(found, f)
				} else if i == 0 { // it is all there now, and the next lacks could not be felt
					d.done(t, "destroy")
				}
			}
			d.done(t, p.verb)
		}
		for _, l := range lacks {
			if !slices.ContainsFunc(found, func(f felt) bool { return f.sid == l.sid && f.action == l.action }) {
				left = append(left, l)
			}
		}
		if lacks = left; len(lacks) == 0 {
			break
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

// asked goes through a life with all rights, and finds for each the calls that need it. One that nothing asks for is a fault.
func (d *delivery) asked(t *testing.T, policies map[string]document) (list []lack) {
	t.Helper()
	for arn, doc := range policies {
		for row, s := range doc.Statement {
			list = append(list, lack{arn, row, s.Sid, "", make([]int, len(life))})
			for _, action := range s.actions() {
				if len(s.actions()) > 1 {
					list = append(list, lack{arn, row, s.Sid, action, make([]int, len(life))})
				}
			}
		}
	}
	seen := 0
	for i, p := range life {
		p.set(t, d)
		d.done(t, p.verb, serial...)
		calls := d.calls(t, "--principal", deployJob.role)
		for n, c := range calls[seen:] {
			for _, l := range list {
				if l.asked[i] == 0 && policies[l.policy].Statement[l.row].covers(c, l.action) {
					l.asked[i] = n + 1
				}
			}
		}
		seen = len(calls)
	}
	excused := unasked(t)
	return slices.DeleteFunc(list, func(l lack) bool {
		idle := slices.Max(l.asked) == 0
		if idle && excused[l.action] == "" {
			t.Errorf("nothing asks for %s %s", l.sid, l.action)
		}
		return idle
	})
}

// unasked are the actions for which only AWS asks, with the reason.
func unasked(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout(t), "components", "delivery", "rights", "deploy.json"))
	must(t, err)
	var file struct {
		Statement []struct{ Unasked map[string]string }
	}
	must(t, json.Unmarshal(text, &file))
	out := map[string]string{}
	for _, s := range file.Statement {
		maps.Copy(out, s.Unasked)
	}
	return out
}

// covers tells whether the statement is what lets the call through; with an action, whether that one of its actions is.
func (s statement) covers(c call, action string) bool {
	if !slices.Contains(s.actions(), c.Action) || action != "" && action != c.Action {
		return false
	}
	text, _ := json.Marshal(s.Condition) // it came from JSON
	if c.PassedTo != "" && !strings.Contains(string(text), `"`+c.PassedTo+`"`) {
		return false
	}
	return slices.ContainsFunc(list(s.Resource), func(pattern string) bool {
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		ok, _ := regexp.MatchString(expression, c.Resource) // it is quoted
		return ok
	})
}

// list is one string, or several.
func list(v any) []string { return statement{Action: v}.actions() }

// inOrder are the lacks that a phase meets, in the order in which it does: each stops it further on than the one before.
func inOrder(lacks []lack, phase int) []lack {
	// What the state takes is asked for by every deploy: it is missed where nothing else is to be done.
	of := slices.DeleteFunc(slices.Clone(lacks), func(l lack) bool {
		return l.asked[phase] == 0 || strings.HasPrefix(l.sid, "State") && life[phase].name != "nothing new"
	})
	slices.SortStableFunc(of, func(a, b lack) int { return a.asked[phase] - b.asked[phase] })
	return of
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
	return felt{l, p.name, step, refused}, r.code != 0
}

// without is the document less a statement, or less one action of it.
func (doc document) without(row int, action string) document {
	doc.Statement = slices.Clone(doc.Statement)
	if action == "" {
		doc.Statement = slices.Delete(doc.Statement, row, row+1)
		return doc
	}
	doc.Statement[row].Action = slices.DeleteFunc(doc.Statement[row].actions(), func(a string) bool { return a == action })
	return doc
}

func (d *delivery) grant(t *testing.T, policy string, doc document) {
	t.Helper()
	text, err := json.Marshal(doc)
	must(t, err)
	if r := d.cmd(t, "drift", policy, "--set", "policy="+string(text)); r.code != 0 {
		t.Fatalf("sandbox drift: %s", r.all())
	}
}

var (
	failedStep  = regexp.MustCompile(`(?m)^.{0,12}((?:aws|kubernetes|eks|pulumi):[\w./:-]+) (\S+) \*\*(\w+) failed\*\*`)
	failedCall  = regexp.MustCompile(`(\w*(?:Denied|Unauthorized)\w*): [^\n]*?not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)`)
	failedState = regexp.MustCompile(`(?m)^error: (.{0,60}?): `)
)

// failure is where Pulumi stopped, and what AWS said.
func failure(text string) (step, refused string) {
	if m := failedStep.FindStringSubmatch(text); m != nil {
		step = m[3] + " " + m[1] + " " + m[2]
	} else if m := failedState.FindStringSubmatch(text); m != nil {
		step = m[1]
	}
	if m := failedCall.FindStringSubmatch(text); m != nil {
		refused = strings.TrimSpace(m[1] + " " + m[2])
	}
	return step, refused
}
