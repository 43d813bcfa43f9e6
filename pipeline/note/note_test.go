package note_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/pipeline/note"
	"paddock/pipeline/preview"
)

var update = flag.Bool("update", false, "write the golden notes anew")

func args() *note.Args {
	return &note.Args{Project: "paddock", Stack: "dev", JobURL: "https://gitlab.example/platform/-/jobs/42", Commit: "1a2b3c4d",
		Protected: preview.Protected,
		Label:     "allow-destroy"}
}

func read(t testing.TB, text string) *preview.Preview {
	t.Helper()
	p, err := preview.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rendered(p *preview.Preview, a *note.Args) string {
	body, _ := note.Render(p, a)
	return body
}

// TestGolden renders every recorded preview.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("../preview/testdata/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no previews: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, rendered(read(t, string(text)), args()))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".md")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is rendered now (go test -update writes it anew):\n%s", file, got)
	}
}

// What the program says of the cost is in the note, whole or failed; what else is told is not.
func TestCost(t *testing.T) {
	const line = "cost: dev: 262 to 577 dollars a month (nodes 140-420); teams: a 1-2"
	const html = "\n<code>cost&#58; dev&#58; 262 to 577 dollars a month &#40;nodes 140-420&#41;&#59; teams&#58; a 1-2</code>\n"
	said := func(severity, message string) string {
		return fmt.Sprintf(`{"severity": %q, "message": %q, "urn": "urn:pulumi:dev::paddock::pulumi:pulumi:Stack::paddock-dev"}`, severity, message)
	}
	for name, tc := range map[string]struct {
		diagnostics string
		want        bool
	}{
		"told":           {said("info", line+"\n"), true},
		"with a failure": {said("info", line) + "," + said("error", "no"), true},
		"another's":      {said("info", "it will "+line), false},
	} {
		text := `{"steps": [], "diagnostics": [` + tc.diagnostics + `], "changeSummary": {"same": 3}}`
		if got := rendered(read(t, text), args()); strings.Contains(got, html) != tc.want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	long := rendered(read(t, `{"steps": [], "diagnostics": [`+said("info", "cost: "+strings.Repeat("x", 5000))+`], "changeSummary": {"same": 3}}`), args())
	if len(long) > 2000 {
		t.Errorf("%d bytes", len(long))
	}
}

func TestTheLabelAllows(t *testing.T) {
	text, err := os.ReadFile("../preview/testdata/replace.json")
	if err != nil {
		t.Fatal(err)
	}
	a := args()
	for _, tc := range []struct {
		allowed, asks bool
		want          string
	}{
		{true, false, "the label `allow-destroy` allows it"},
		{false, false, "run a new pipeline"},
		{false, true, "retry this job"},
	} {
		a.Allowed, a.AsksLabels = tc.allowed, tc.asks
		if got := rendered(read(t, string(text)), a); !strings.Contains(got, tc.want) ||
			strings.Contains(got, ":no_entry:") == tc.allowed {
			t.Errorf("allowed %v, asks %v: want %q in\n%s", tc.allowed, tc.asks, tc.want, got)
		}
	}
}

// many is a preview of n resources with a value of so many bytes each.
func many(n, bytes int, op string) string {
	var steps []string
	for i := range n {
		state := `"newState": {"custom": true, "inputs": {"text": "` + strings.Repeat("x", bytes) + `"}}`
		if op == "delete" {
			state = strings.Replace(state, "new", "old", 1)
		}
		steps = append(steps, fmt.Sprintf(`{"op": %q, "urn": "urn:pulumi:dev::shop::a:b:C%d$aws:kms/key:Key::%s%d", %s}`, op, i,
			strings.Repeat("n|", 50), i, state))
	}
	return `{"steps": [` + strings.Join(steps, ",") + `], "changeSummary": {"` + op + `": 1}}`
}

// A preview of any size makes a note that GitLab takes, whole resource by whole resource.
func TestLong(t *testing.T) {
	for name, text := range map[string]string{
		"2 MB in many resources":   many(700, 3000, "create"),
		"2 MB in one value":        many(1, 2<<20, "create"),
		"many deletes":             many(5000, 10, "delete"),
		"a hundred thousand lines": `{"diagnostics": [{"severity": "error", "message": "` + strings.Repeat(`line\n`, 100000) + `"}]}`,
		"text that is no preview":  strings.Repeat("panic: \x00 <`\n", 100000),
	} {
		t.Run(name, func(t *testing.T) {
			got := rendered(read(t, text), args())
			if len(got) > note.Limit {
				t.Errorf("%d bytes, want at most %d", len(got), note.Limit)
			}
			skeleton(t, got)
			if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
				t.Error("a fold is not closed")
			}
			if strings.Contains(name, "many") && !strings.Contains(got, "too long for this note: see [the job's log](<https://gitlab.example/") {
				t.Errorf("no link to the job in %.2000s", got)
			}
		})
	}
}

// A cut value still shows where it differs.
func TestLongValueShowsTheDifference(t *testing.T) {
	same := strings.Repeat("a", 100000)
	text := fmt.Sprintf(`{"changeSummary": {}, "steps": [{"op": "update", "urn": "urn:pulumi:dev::shop::t::n", "detailedDiff": {"policy": {"kind": "update"}},
		"oldState": {"custom": true, "outputs": {"policy": "%sOLD%s"}}, "newState": {"custom": true, "inputs": {"policy": "%sNEW%s"}}}]}`, same, same, same, same)
	got := rendered(read(t, text), args())
	if !strings.Contains(got, "aaaOLDaaa") || !strings.Contains(got, "aaaNEWaaa") || len(got) > 20000 {
		t.Errorf("%d bytes: %.3000s", len(got), got)
	}
}

func TestMarkersDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, names := range [][2]string{{"a", "b"}, {"a", "b-c"}, {"a", "b--c"}, {"a-b", "c"}, {"a/b", "c"}, {"a", "b/c"}, {"a", ""}, {"", "a"}, {"a", "%2D"}, {"a", "-"}, {"a", "-->"}} {
		m := note.Marker(names[0], names[1])
		if other, twice := seen[m]; twice {
			t.Errorf("%q and %q have one marker", names, other)
		}
		seen[m] = names[0] + " " + names[1]
		if inside := m[len("<!--") : len(m)-len("-->")]; strings.Contains(inside, "--") || strings.ContainsAny(inside, "<>\n") {
			t.Errorf("%q: %s", names, m)
		}
	}
}

// Nothing of what testdata/secrets.json hides may show.
func TestSecrets(t *testing.T) {
	text, err := os.ReadFile("../preview/testdata/secrets.json")
	if err != nil {
		t.Fatal(err)
	}
	got := rendered(read(t, string(text)), args())
	for _, leak := range []string{"LEAKED", "TEVBS0VE", "AKIAIOSFODNN7", "glpat-abc", "wJalrXUtnFEMI", "BEGIN RSA"} {
		if strings.Contains(got, leak) {
			t.Errorf("%s shows in\n%s", leak, got)
		}
	}
}

// Of 2 MB, in resources that are too long for the note and some that are not, the note has the latter whole.
func TestGoldenOf2MB(t *testing.T) {
	var steps []string
	for i := range 8 {
		var values []string
		for j := range 5800 {
			values = append(values, fmt.Sprintf(`"key-%04d": %q`, j, strings.Repeat("value ", 8)))
		}
		if i%4 == 0 {
			values = values[:3]
		}
		steps = append(steps, fmt.Sprintf(`{"op": "create", "urn": "urn:pulumi:dev::paddock::kubernetes:core/v1:ConfigMap::config-%d", "newState": {"custom": true, "inputs": {"data": {%s}}}}`,
			i, strings.Join(values, ",")))
	}
	text := `{"changeSummary": {"create": 8, "same": 1}, "steps": [` + strings.Join(steps, ",\n") + `]}`
	if len(text) < 2<<20 {
		t.Fatalf("only %d bytes", len(text))
	}
	body, cut := note.Render(read(t, text), args())
	if !cut {
		t.Error("not cut")
	}
	golden(t, "2mb", body)
	if whole := note.Whole(read(t, text), args()); len(whole) < 2<<20 || strings.Contains(whole, "too long") {
		t.Errorf("the whole note has %d bytes", len(whole))
	}
}
