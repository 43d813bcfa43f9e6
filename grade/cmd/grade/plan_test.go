package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/grade/run"
	"paddock/grade/trace"
	"paddock/grade/workload"
)

func planned(t *testing.T, o *options, names ...string) []run.Plan {
	t.Helper()
	var settings []workload.Setting
	for _, name := range names {
		s, err := workload.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		settings = append(settings, s)
	}
	plans, err := o.plans(&bench{rig: run.Rig{PerCore: 1}}, settings)
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

func TestPlans(t *testing.T) {
	o := &options{seed: 3, seeds: 2, repeat: 2, profiles: []string{"step", "spike"}, out: "o"}
	var files []string
	for _, p := range planned(t, o, "paddock", "kubernetes") {
		files = append(files, p.File)
	}
	want := "o/run-paddock-step-3.json o/run-kubernetes-step-3.json o/run-paddock-spike-3.json o/run-kubernetes-spike-3.json " +
		"o/run-paddock-step-3.2.json"
	if got := strings.Join(files, " "); len(files) != 16 || !strings.HasPrefix(got, want) {
		t.Errorf("%d: %s", len(files), got)
	}
}

// TestRunsThatNeverCame: what a run that broke off has not done is no reason for a letter, neither now nor when its folder is
// read later.
func TestRunsThatNeverCame(t *testing.T) {
	o := &options{seed: 1, seeds: 1, repeat: 1, profiles: []string{"step", "wave"}, out: t.TempDir()}
	plans := planned(t, o, "paddock")
	done := sample("paddock", "")
	if err := run.Write(plans[0].File, done); err != nil {
		t.Fatal(err)
	}
	runs, err := rest([]*trace.Run{done}, plans[1:], run.Sandbox, context.Canceled)
	if len(runs) != 2 || !errors.Is(err, errPartial) {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	code, out, errs := grade(t.Context(), "report", "--json", o.out)
	var report struct {
		Groups []struct{ Grade struct{ Letter, Why string } }
	}
	if err := json.Unmarshal([]byte(out), &report); code != exitDone || err != nil || len(report.Groups) != 1 {
		t.Fatalf("exit %d, %v, %s", code, err, errs)
	}
	if g := report.Groups[0].Grade; g.Letter != "" || !strings.Contains(g.Why, "wave: seed 1 was not run") {
		t.Errorf("%+v", g)
	}
	if runs, _ := rest([]*trace.Run{done}, plans, run.Sandbox, context.Canceled); len(runs) != 3 {
		t.Errorf("%d runs", len(runs))
	}
	if text, err := os.ReadFile(plans[0].File); err != nil || strings.Contains(string(text), "was not run") {
		t.Errorf("what an earlier run left is gone: %v", err)
	}
	if runs, err := rest(nil, plans, run.Sandbox, context.Canceled); len(runs) != 0 || errors.Is(err, errPartial) {
		t.Errorf("without any run: %d, %v", len(runs), err)
	}
	if _, err := rest([]*trace.Run{done}, nil, run.Sandbox, nil); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(o.out + "/run-*.json"); len(left) != 2 {
		t.Errorf("%v", left)
	}
}
