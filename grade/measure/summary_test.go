package measure_test

import (
	"fmt"
	"math"
	"testing"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

func TestTimes(t *testing.T) {
	var many []float64
	for i := range 200 {
		many = append(many, float64(200-i))
	}
	got := measure.TimesOf("x", append(many, math.NaN()))
	near(t, "mean", got.Mean, 100.5)
	if got.N != 200 || got.P50 != 100 || got.P99 != 198 || got.Max != 200 {
		t.Errorf("%+v", got)
	}
	if got := measure.TimesOf("x", []float64{3, 1}); got.P50 != 1 || got.P99 != 3 {
		t.Errorf("of two: %+v", got)
	}
}

// ledger is a scale-up at 10 s whose stages end at 20, 30, 31, 33, 50, 53 and 58 s.
func ledger(done bool) trace.ScaleUp {
	up := trace.ScaleUp{At: 10, From: 2, To: 10, Pods: 8, Nodes: 2, Done: done, Reaction: 2}
	for i, end := range []float64{20, 30, 31, 33, 50, 53, 58} {
		up.Stages = append(up.Stages, trace.Stage{Name: trace.StageNames()[i], End: end})
	}
	if !done {
		up.Stages = up.Stages[:4]
	}
	return up
}

func TestScaleUps(t *testing.T) {
	whole, cut := run(100, trace.Sample{Demand: 2}, trace.Sample{At: 10, Demand: 10}), run(100, trace.Sample{Demand: 2})
	whole.Profile, cut.Profile = "step", "spike"
	whole.ScaleUps, cut.ScaleUps = []trace.ScaleUp{ledger(true)}, []trace.ScaleUp{ledger(false)}
	whole.Settings = map[string]string{measure.KeyPodStart: "2s", measure.KeyBoot: "15s", measure.KeyUpPercent: "900"}
	s := measure.Summarize([]measure.Result{measured(t, whole), measured(t, cut)})
	// 48 s, and 90 s in vain
	near(t, "mean", s.Capacity.Mean, 69)
	near(t, "max", s.Capacity.Max, 90)
	near(t, "unfinished", float64(s.Unfinished), 1)
	near(t, "reaction", s.Reaction.Mean, 2)
	if len(s.Stages) != 7 || s.Stages[4].Name != trace.Running || s.Stages[4].N != 1 || s.Stages[4].Mean != 17 {
		t.Errorf("stages: %+v", s.Stages)
	}
	// Pods show at most twice the target: from 2 to 10 takes three rounds of signal 30 + pod 2 (2 to 4 to 8 to 10), and the
	// nodes' 15.5 are waited for in two of them: 4 pods fit on the node that is there.
	first := s.Runs[0].ScaleUps[0]
	if math.Abs(first.Floor-(3*32+2*15.5)) > 2 || first.Floor99 < first.Floor+30 {
		t.Errorf("floor %g s, p99 %g s", first.Floor, first.Floor99)
	}
}

func TestSpread(t *testing.T) {
	var runs []measure.Result
	for i, profile := range []string{"step", "step", "wave", "wave"} {
		// a quarter, a half, a quarter, a quarter of demand is missing
		ready := []int{3, 2, 3, 3}[i]
		r := run(10, trace.Sample{Demand: 4, Ready: ready, Nodes: 2, NodesUp: 1})
		r.Profile = profile
		runs = append(runs, measured(t, r))
	}
	s := measure.Summarize(runs)
	all, step, wave := s.Stat("pods.thetaU"), s.Profiles[0].Stat("pods.thetaU"), s.Profiles[1].Stat("pods.thetaU")
	near(t, "mean", all.Mean, 31.25)
	near(t, "worst", all.Worst, 50)
	near(t, "mean of step", step.Mean, 37.5)
	// deviations of 12.5 each: sqrt(2 * 12.5^2 / 1) / 37.5
	near(t, "CV of step", step.CV, math.Sqrt(312.5)/37.5)
	near(t, "CV of wave", wave.CV, 0)
	near(t, "CV", all.CV, step.CV)
}

// TestSpreadOfOneSeed: where a seed ran again, its runs alone tell how far a figure can be trusted; that seeds differ is meant.
func TestSpreadOfOneSeed(t *testing.T) {
	var runs []measure.Result
	for i, seed := range []int64{1, 1, 2} {
		r := run(10, trace.Sample{Demand: 4, Ready: []int{3, 2, 0}[i], Nodes: 2, NodesUp: 1})
		r.Profile, r.Seed = "step", seed
		up := ledger(true)
		up.Stages[6].End += float64(10 * i) // 48 s, 58 s and 68 s
		up.Reaction = 2
		r.ScaleUps = []trace.ScaleUp{up}
		runs = append(runs, measured(t, r))
	}
	s := measure.Summarize(runs)
	near(t, "CV of missing pods", s.Stat("pods.thetaU").CV, math.Sqrt(312.5)/37.5)
	near(t, "CV of time to capacity", s.Capacity.CV, math.Sqrt(50)/53)
	near(t, "CV of reactions", s.Reaction.CV, 0)
	near(t, "CV of the profile", s.Profiles[0].Stat("pods.thetaU").CV, math.Sqrt(312.5)/37.5)
}

func TestCompare(t *testing.T) {
	of := func(ready, nodes int) measure.Summary {
		r := run(10, trace.Sample{Demand: 4, Ready: ready, Nodes: nodes, NodesUp: 1})
		r.Profile = "step"
		return measure.Summarize([]measure.Result{measured(t, r)})
	}
	a, b := of(3, 2), of(1, 4)
	c := measure.Compare(&a, &b)
	want := map[string]float64{
		"pods.thetaU":  3, // 75 % over 25 %
		"pods.tauU":    1, // both always
		"nodes.thetaO": 3, // 3 nodes over 1
		"nodes.tauO":   1, // both always
		"cost.ratio":   2, // 4 over 2
		"limit.thetaU": 0, // 50 % over 0: not defined
		"cost.hour":    2,
	}
	for _, r := range c.Ratios {
		if ratio, ok := want[r.Key]; ok {
			near(t, r.Key, r.Ratio, ratio)
		}
	}
	near(t, "speedup", c.Speedup, math.Pow(3*3*2, 1.0/5)) // money counts once
}

// TestCompareNextToNothing: what is hardly there is not thousands of times as good.
func TestCompareNextToNothing(t *testing.T) {
	of := func(percent float64) measure.Summary {
		r := run(10, trace.Sample{Demand: 4, Ready: 3, Nodes: 2, NodesUp: 1})
		r.Profile = "step"
		m := measured(t, r)
		m.Figures.Objective.Percent = percent
		return measure.Summarize([]measure.Result{m})
	}
	for _, tc := range []struct{ a, b, want float64 }{{0.0002, 1.2, 0}, {1.2, 0.0002, 0}, {0, 1.2, 0}, {0.1, 1.2, 12}} {
		a, b := of(tc.a), of(tc.b)
		for _, r := range measure.Compare(&a, &b).Ratios {
			if r.Key == "objective" {
				near(t, fmt.Sprint(tc), r.Ratio, tc.want)
			}
		}
	}
}

// TestCompareWhole: what broke off, or what only one of them has run, is left out of every ratio.
func TestCompareWhole(t *testing.T) {
	of := func(profile, partial string, seconds float64) measure.Result {
		r := run(100, trace.Sample{Demand: 4, Ready: 3, Nodes: 2, NodesUp: 1}, trace.Sample{At: 50, Demand: 4, Ready: 3, Nodes: 2, NodesUp: 1})
		r.Profile, r.Partial = profile, partial
		r.ScaleUps = []trace.ScaleUp{{At: 0, From: 2, To: 4, Done: true, Reaction: 1, Stages: []trace.Stage{{Name: trace.PodReady, End: seconds}}}}
		return measured(t, r)
	}
	a := measure.Summarize([]measure.Result{of("step", "", 10), of("spike", "", 90), of("wave", "", 10)})
	b := measure.Summarize([]measure.Result{of("step", "", 20), of("spike", "interrupted", 50)})
	c := measure.Compare(&a, &b)
	if len(c.Profiles) != 1 || c.Profiles[0] != "step" {
		t.Errorf("compared: %v", c.Profiles)
	}
	near(t, "time to capacity", c.Ratios[0].Ratio, 2)
}
