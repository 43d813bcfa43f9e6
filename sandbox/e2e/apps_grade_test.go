package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// graded puts load on frontend by its name alone: the HPA goes by what its processes really use, and none of it is changed.
func (a *apps) graded(t *testing.T) {
	program, out := filepath.Join(t.TempDir(), "grade"), filepath.Join(t.TempDir(), "out")
	if r := a.shell(t, "cd "+filepath.Join(checkout(t), "grade")+" && go build -o "+program+" ./cmd/grade"); r.code != 0 {
		t.Fatal(r.all())
	}
	spec := func() string {
		return a.do(t, "-n frontend get hpa,deployment frontend -o jsonpath='{.items[0].spec} {.items[1].spec.template}'")
	}
	before := spec()
	// The capacity is said, so that the machine need not be driven to its limits; what a request costs is measured.
	r := a.shell(t, program+" run --service frontend/frontend --path '/work?ms=20' --capacity 10 --profile step --length 90s --out "+out)
	if r.code != 0 || !strings.Contains(r.all(), "through the front door to its Ingress frontend") {
		t.Fatalf("exit %d\n%s", r.code, r.all())
	}
	text, err := os.ReadFile(filepath.Join(out, "run-frontend-step-1.json"))
	must(t, err)
	var run struct {
		Settings map[string]string
		Workload struct{ TargetPercent, MinPods, MaxPods, RequestMilli, LimitMilli int }
		Samples  []struct {
			Ready int
			Sent  float64
		}
	}
	must(t, json.Unmarshal(text, &run))
	w := run.Workload
	if w.TargetPercent != 60 || w.MinPods != 2 || w.MaxPods != 8 || w.RequestMilli != 100 || w.LimitMilli != 400 || run.Settings["request.cpu"] == "" {
		t.Errorf("%+v, %v", w, run.Settings)
	}
	first, last, sent := run.Samples[0], run.Samples[len(run.Samples)-1], 0.0
	for _, s := range run.Samples {
		sent += s.Sent
	}
	if first.Ready != 2 || last.Ready < 4 || sent < 200 {
		t.Errorf("%g requests, pods from %d to %d, want the HPA to follow", sent, first.Ready, last.Ready)
	}
	if after := spec(); after != before {
		t.Errorf("what scales was %s, and is %s", before, after)
	}
}
