package main

import (
	"math"
	"testing"
	"time"

	"paddock/grade/run"
	"paddock/grade/trace"
)

// The rise asks for more than the pods need, and comes half-way between two scrapes.
func TestScalePlan(t *testing.T) {
	o := scaleOptions{options: options{target: run.Sandbox, requestMilli: 10, limitPercent: 10000, out: "out", headroom: -1}, pods: 1000, within: 2 * time.Minute}
	if err := o.check(); err != nil || o.rest != 100 {
		t.Fatalf("rest %d, %v", o.rest, err)
	}
	setting, plan, err := o.plan(1000, 100)
	if err != nil {
		t.Fatal(err)
	}
	edges := plan.Curve.Edges()
	if len(edges) != 1 || edges[0].At != 7.5 || math.Abs(edges[0].From-0.6) > 1e-9 || edges[0].To < 6.9 || edges[0].To > 7.5 {
		t.Errorf("%+v", edges)
	}
	if plan.Curve.Length != 247.5 || setting.MaxPods != 1000 || setting.LimitMilli() != 1000 || plan.File != "out/run-scale-1000-step-1.json" {
		t.Errorf("%g, %+v, %s", plan.Curve.Length, setting, plan.File)
	}
	if plan.Until(trace.Sample{Ready: 999}) || !plan.Until(trace.Sample{Ready: 1000}) {
		t.Error("it ends with the thousandth pod")
	}
}
