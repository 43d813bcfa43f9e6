package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"paddock/grade/internal/fixture"
	"paddock/grade/profile"
	"paddock/grade/report"
	"paddock/grade/trace"
)

// invented is a report of the fixture's runs.
func invented(t *testing.T, seeds int64, settings ...string) *report.Report {
	t.Helper()
	var runs []*trace.Run
	for _, setting := range settings {
		for _, name := range profile.Names() {
			for seed := range seeds {
				runs = append(runs, fixture.Run(setting, name, seed+1))
			}
		}
	}
	return of(t, runs...)
}

func of(t *testing.T, runs ...*trace.Run) *report.Report {
	t.Helper()
	r, err := report.New("Paddock's grade", runs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func page(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// odd are runs of which little or nothing is known.
func odd() map[string]*trace.Run {
	of := func(r trace.Run) *trace.Run { r.Schema = trace.Schema; return &r }
	return map[string]*trace.Run{
		"empty":       of(trace.Run{}),
		"one sample":  of(trace.Run{Length: 10, Samples: []trace.Sample{{Demand: 3}}}),
		"not numbers": of(trace.Run{Length: math.NaN(), Samples: []trace.Sample{{At: math.NaN()}, {Demand: math.Inf(1)}, {At: 1, Demand: 2}}}),
		"markup":      of(trace.Run{Setting: "<script>", Profile: "\"><b>&", Partial: "<i>", Gaps: []trace.Gap{{From: 1, To: 2, Why: "<u>"}}, Samples: []trace.Sample{{Demand: 1}}}),
		"odd ledger": of(trace.Run{Length: 10, Samples: []trace.Sample{{Demand: 1}}, ScaleUps: []trace.ScaleUp{{}, {At: 5, To: 9},
			{Stages: []trace.Stage{{Name: "<tea>", End: math.Inf(1)}, {Name: trace.Call, End: -3}}}}}),
	}
}

func TestPageFetchesAndRunsNothing(t *testing.T) {
	text := page(t, invented(t, 2, fixture.Paddock, fixture.Defaults))
	for _, bad := range []string{"<script", "<link", "<img", "@import", "url(http", "src=", "ZgotmplZ", "NaN", "Inf", "%!"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if found := regexp.MustCompile(`https?://[^"<]*`).FindAllString(strings.ReplaceAll(text, `xmlns="http://www.w3.org/2000/svg"`, ""), -1); len(found) > 0 {
		t.Errorf("the page names %v", found)
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if ids[id[1]] {
			t.Errorf("id %s is not unique", id[1])
		}
		ids[id[1]] = true
	}
	for _, want := range []string{"Grade B", "What cost it", "paddock against kubernetes", "prefers-color-scheme: dark", "<title", "<desc"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestSettingsThatChanged: runs of one name under other settings are shown as what they are.
func TestSettingsThatChanged(t *testing.T) {
	a, b := fixture.Run(fixture.Paddock, "step", 1), fixture.Run(fixture.Paddock, "step", 2)
	b.Settings = map[string]string{"node.boot": "99s"}
	if text := page(t, of(t, a, b)); !strings.Contains(text, "45s / 99s") {
		t.Error("the page shows the settings of one run only")
	}
}

func TestPicturesAreWholeXML(t *testing.T) {
	pictures := report.Pictures(invented(t, 1, fixture.Paddock))
	if len(pictures) != 9 {
		t.Errorf("%d pictures, want pods and nodes of 4 profiles and the scale-ups", len(pictures))
	}
	for what, run := range odd() {
		run.Setting += what
		pictures = append(pictures, report.Pictures(of(t, run))...)
	}
	for _, p := range pictures {
		var b bytes.Buffer
		if err := p.Draw(&b); err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(&b); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
		}
	}
}

func TestOddRunsAreShown(t *testing.T) {
	for what, run := range odd() {
		r := of(t, run)
		text := page(t, r)
		for _, bad := range []string{"NaN", "Inf", "<script>", "<b>&", "<u>", "<tea>", "%!"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page contains %q", what, bad)
			}
		}
		if err := report.Text(io.Discard, r, true); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := report.New("nothing", nil); err == nil {
		t.Error("a report of no runs was made")
	}
}

func TestTextFitsTerminal(t *testing.T) {
	var plain, coloured bytes.Buffer
	r := invented(t, 2, fixture.Paddock, fixture.Defaults)
	if err := errors.Join(report.Text(&plain, r, false), report.Text(&coloured, r, true)); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(plain.String(), "\n") {
		if n := len([]rune(line)); n > 96 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[1m") {
		t.Error("colours are not as asked for")
	}
	if os.Getenv("LOOK") != "" {
		t.Log("\n" + plain.String())
	}
}

func TestJSONIsReadAgain(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, invented(t, 1, fixture.Paddock)); err != nil {
		t.Fatal(err)
	}
	var again report.Report
	if err := json.Unmarshal(b.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	if got := of(t, again.Groups[0].Runs...); got.Groups[0].Grade.Points != again.Groups[0].Grade.Points {
		t.Errorf("%g points, then %g", again.Groups[0].Grade.Points, got.Groups[0].Grade.Points)
	}
}

// TestLook writes pages and pictures to a folder that LOOK names, for looking at.
func TestLook(t *testing.T) {
	folder := os.Getenv("LOOK")
	if folder == "" {
		t.Skip("LOOK names no folder")
	}
	for name, settings := range map[string][]string{"one": {fixture.Paddock}, "two": {fixture.Paddock, fixture.Defaults}} {
		r := invented(t, 3, settings...)
		if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(page(t, r)), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, p := range report.Pictures(r) {
			var b bytes.Buffer
			if err := errors.Join(p.Draw(&b), os.WriteFile(filepath.Join(folder, p.Name+".svg"), b.Bytes(), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
