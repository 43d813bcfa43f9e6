package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

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
	failedStep  = regexp.MustCompile(`(?m)^.{0,12}?((?:aws|kubernetes|eks|pulumi):[\w./:-]+) (\S+) \*\*(\w+) failed\*\*`)
	failedCall  = regexp.MustCompile(`(\w*(?:Denied|Unauthorized)\w*): [^\n]*?not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)`)
	failedState = regexp.MustCompile(`(?m)^error: (?:2 errors occurred:\s+1\) )?(operation error S3: \w+|.{0,60}?)[:,] `)
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
