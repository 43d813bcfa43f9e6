package preview

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func recorded(t *testing.T, name string) *Preview {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecorded(t *testing.T) {
	for name, tc := range map[string]struct {
		counts    map[Kind]int
		unchanged int
		failed    string
		others    int // changed outside of Pulumi
		lost      []string
	}{
		"nothing.json": {counts: map[Kind]int{}, unchanged: 109},
		"create.json":  {counts: map[Kind]int{Create: 12}},
		"update.json":  {counts: map[Kind]int{Create: 3, Update: 1}, unchanged: 108},
		"replace.json": {counts: map[Kind]int{Replace: 5, Update: 1, Delete: 3}, unchanged: 59,
			lost: []string{"paddock-dev-cluster-eks-eksCluster", "paddock-dev-cluster-default"}},
		"delete.json":  {counts: map[Kind]int{Delete: 4}, unchanged: 98},
		"outside.json": {counts: map[Kind]int{Create: 2, Update: 1}, unchanged: 106, others: 3},
		"refresh.json": {counts: map[Kind]int{Gone: 2, Drift: 1}, unchanged: 106, others: 3},
		"failed.json":  {counts: map[Kind]int{}, unchanged: 1, failed: "the preview ended with errors"},
		"died.txt":     {counts: map[Kind]int{}, failed: "pulumi printed this instead of a preview"},
		"silent.txt":   {counts: map[Kind]int{}, failed: "pulumi printed nothing; the job's log tells why"},
	} {
		t.Run(name, func(t *testing.T) {
			p := recorded(t, name)
			if got := p.Count(); !reflect.DeepEqual(got, tc.counts) || p.Unchanged != tc.unchanged || p.Failed != tc.failed {
				t.Errorf("%v, %d unchanged, failed %q", got, p.Unchanged, p.Failed)
			}
			others := 0
			for _, c := range p.Changes {
				if c.ByOthers() {
					others++
				}
			}
			if others != tc.others {
				t.Errorf("%d changed by others, want %d", others, tc.others)
			}
			var lost []string
			for _, c := range p.Endangered(Protected) {
				lost = append(lost, c.Name)
			}
			if !slices.Equal(lost, tc.lost) {
				t.Errorf("endangered %q, want %q", lost, tc.lost)
			}
		})
	}
}

func TestComponents(t *testing.T) {
	got := map[string]Component{}
	for _, c := range recorded(t, "replace.json").Changes {
		got[c.Name] = c.Component
	}
	for name, want := range map[string]Component{
		"paddock-dev-cluster-eks-eksCluster": {"eks:index:Cluster", "paddock-dev-cluster-eks"}, // nested in paddock-dev-cluster
		"paddock-dev-cluster-eks":            {"eks:index:Cluster", "paddock-dev-cluster-eks"},
		"paddock-dev-cluster-default":        {"paddock:cluster:Cluster", "paddock-dev-cluster"},
		"paddock-dev-kubernetes":             {},
		"backend-backend-quota":              {"paddock:team:Team", "backend"},
	} {
		if got[name] != want {
			t.Errorf("%s belongs to %v, want %v", name, got[name], want)
		}
	}
}

func TestNoise(t *testing.T) {
	document := `{"steps": [{"op": "create", "urn": "urn:pulumi:s::p::t::n"}], "changeSummary": {"create": 1}}`
	for name, tc := range map[string]struct{ text, said, failed string }{
		"before and after": {"warning: x\n" + document + "\nerror: y\n", "warning: x\n\nerror: y", ""},
		"braces before":    {"{not json\n" + document, "{not json", ""},
		"other JSON":       {`{"vpcId": "vpc-1"}`, `{"vpcId": "vpc-1"}`, "pulumi printed this instead of a preview"},
		"cut off":          {document[:60], document[:60], "pulumi printed this instead of a preview"},
		"no summary":       {`{"steps": []}`, "", "the preview did not come to its end"},
		"a list":           {`[1]`, "[1]", "pulumi printed this instead of a preview"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Read(strings.NewReader(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			if p.Said != tc.said || p.Failed != tc.failed || tc.failed == "" && (p.Project != "p" || p.Stack != "s") {
				t.Errorf("said %q, failed %q, %s/%s", p.Said, p.Failed, p.Project, p.Stack)
			}
		})
	}
}

// Steps of a replacement that are shown one by one are one replacement.
func TestReplacementSteps(t *testing.T) {
	p, err := Read(strings.NewReader(`{"changeSummary": {}, "steps": [
		{"op": "create-replacement", "urn": "urn:pulumi:s::p::t::n"}, {"op": "replace", "urn": "urn:pulumi:s::p::t::n"},
		{"op": "delete-replaced", "urn": "urn:pulumi:s::p::t::n"}, {"op": "read", "urn": "urn:pulumi:s::p::t::m"}]}`))
	if err != nil || !reflect.DeepEqual(p.Count(), map[Kind]int{Replace: 1}) {
		t.Errorf("%v, %v", p.Count(), err)
	}
}

func TestPaths(t *testing.T) {
	for text, want := range map[string]path{
		`a.b[0].c`:            {"a", "b", 0, "c"},
		`a["b.c/d"][1]`:       {"a", "b.c/d", 1},
		`["x"].y`:             {"x", "y"},
		`a[`:                  {"a["},
		`a["b`:                {`a["b`},
		`a..b`:                {"a..b"},
		`a["\u0062"]`:         {"a", "b"},
		`resources/memory[*]`: {"resources/memory[*]"},
	} {
		if got := parsePath(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", text, got, want)
		}
	}
	for _, p := range []path{{"a", "b", 0, "c"}, {"a.b", 1}, {`a"b`, "c"}, {"", "x"}} {
		if got := parsePath(p.String()); !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %#v, want %#v", p, got, p)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"steps": [{"op": "update", "urn": "u", "oldState": {"inputs": {"a": [1]}}, "newState": {}, "detailedDiff": {"a[0]": {"kind": "update"}}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Read(strings.NewReader(text)); err != nil {
			t.Error(err)
		}
	})
}
