package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var everyRight = flag.Bool("rights", false, "TestRightsMatrix: take every single right away, and write docs/autoscaler-rights.md")

// each takes one statement or rule after another from the autoscaler, and sees what breaks. What broke nothing would not be
// needed. It leaves no autoscaler.
func (a *scaled) each(t *testing.T) {
	r := a.rights(t)
	a.alone(t)
	for _, c := range append([]cut{{}}, r.rows()...) {
		f := a.drill(t, r, c)
		a.judge(t, c, f)
	}
	a.grant(t, r, cut{})
}

// alone leaves no pod of the autoscaler, and flags under which one shows within seconds what it can do.
func (a *scaled) alone(t *testing.T) {
	t.Helper()
	a.do(t, "-n kube-system scale --replicas=0", scaler)
	a.patch(t, append(slices.Clone(drilled), hasty...)...)
	eventually(t, within, "the autoscaler's end", func() bool { return a.kubectl(t, "-n kube-system get pods", scalerPods).out == "" })
}

// judge fails for all rights that do not work, and for a cut that is not felt: a whole statement or rule by what breaks, any by the
// log that says why.
func (a *scaled) judge(t *testing.T, c cut, f finding) {
	t.Helper()
	t.Logf("%-60s %-40s %s (%.0fs)", c.what, strings.Join(f.breaks, ", "), strings.Join(f.denied, ", "), f.took.Seconds())
	if c.kind == "" {
		if len(f.breaks)+len(f.denied) > 0 {
			t.Fatalf("with all rights: %v, refused %v\n%s", f.breaks, f.denied, f.log)
		}
		return
	}
	named := slices.ContainsFunc(c.words, func(w string) bool { return slices.Contains(f.denied, w) })
	fault := ""
	switch {
	case c.whole && len(f.breaks) == 0:
		fault = "nothing breaks"
	case c.whole && !named && !f.ended():
		fault = "the log does not say why"
	case !named && len(f.breaks) == 0:
		fault = "nothing says that it is needed"
	}
	if fault != "" {
		t.Errorf("without %s: %v, refused %v: %s\n%s", c.what, f.breaks, f.denied, fault, f.log)
	}
	for _, d := range f.denied {
		if !slices.Contains(c.words, d) {
			t.Errorf("without %s, another is refused: %s", c.what, d)
		}
	}
}

func (f *finding) ended() bool { return slices.Contains(f.breaks, "its status outlives it") }

// TestRightsMatrix takes every right away, alone, and writes what it sees into docs/autoscaler-rights.md.
func TestRightsMatrix(t *testing.T) {
	if !*everyRight {
		t.Skip("takes twenty minutes: go test -run TestRightsMatrix -timeout 1h ./e2e -args -rights")
	}
	a := &scaled{newSandbox(t, "dev")}
	t.Cleanup(func() { a.explain(t) })
	a.up(t)
	r := a.rights(t)
	a.alone(t)
	var rows []row
	version := ""
	for _, c := range slices.Concat([]cut{{short: true}, {stir: true}}, r.rows(), r.single()) {
		f := a.drill(t, r, c)
		_, version, _ = strings.Cut(f.log, "Cluster Autoscaler ")
		version, _, _ = strings.Cut(version, "\n")
		a.judge(t, c, f)
		if c.kind != "" {
			rows = append(rows, row{c, f})
		}
	}
	file := filepath.Join(checkout(t), "docs", "autoscaler-rights.md")
	must(t, os.WriteFile(file, []byte(page(version, rows)), 0o644))
}

var (
	refusedByAWS  = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)`)
	refusedByKube = regexp.MustCompile(`cannot (\w+) resource \\?"([a-z/]+)\\?"`)
)

// denials are what a log says was refused, each once, in order.
func denials(log string) []string {
	var out []string
	add := func(what string) {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	for line := range strings.Lines(log) {
		for _, m := range refusedByAWS.FindAllStringSubmatch(line, -1) {
			add(m[1])
		}
		for _, m := range refusedByKube.FindAllStringSubmatch(line, -1) {
			add(fmt.Sprintf("%s %s", m[1], m[2]))
		}
	}
	return out
}
