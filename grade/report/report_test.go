package report_test

import (
	"bytes"
	"os"
	"path/filepath"
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
	r, err := report.New("Paddock's grade", runs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestLook writes pages and pictures to a folder that LOOK names, for looking at.
func TestLook(t *testing.T) {
	folder := os.Getenv("LOOK")
	if folder == "" {
		t.Skip("LOOK names no folder")
	}
	for name, settings := range map[string][]string{"one": {fixture.Paddock}, "two": {fixture.Paddock, fixture.Defaults}} {
		r := invented(t, 3, settings...)
		var b bytes.Buffer
		if err := report.HTML(&b, r); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(folder, name+".html"), b.Bytes(), 0o644)
		for _, p := range report.Pictures(r) {
			b.Reset()
			if err := p.Draw(&b); err != nil {
				t.Fatal(err)
			}
			os.WriteFile(filepath.Join(folder, p.Name+".svg"), b.Bytes(), 0o644)
		}
	}
}
