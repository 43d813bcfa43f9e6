package measure_test

import (
	"math/rand/v2"
	"testing"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// random is a trace of uneven samples in which anything may happen.
func random(r *rand.Rand) *trace.Run {
	out := run(0)
	out.Workload.Node.BaseMilli = int64(r.IntN(1500))
	at := 0.0
	for range 1 + r.IntN(60) {
		sent := 10 * r.Float64()
		out.Samples = append(out.Samples, trace.Sample{At: at, Demand: float64(r.IntN(30)), Ready: r.IntN(40), Nodes: 1 + r.IntN(9),
			NodesUp: r.IntN(9), Sent: sent, Violated: sent * r.Float64()})
		at += 0.5 + 10*r.Float64()
	}
	out.Length = at
	return out
}

func each(t *testing.T, check func(*rand.Rand, *trace.Run)) {
	t.Helper()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		check(r, random(r))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func measured(t *testing.T, r *trace.Run) measure.Result {
	t.Helper()
	out, err := measure.Of(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func supply(r *trace.Run, of func(s *trace.Sample, pods, nodes int)) *trace.Run {
	out := *r
	out.Samples = append([]trace.Sample(nil), r.Samples...)
	for i := range out.Samples {
		pods := measure.PodsFor(&r.Workload, out.Samples[i].Demand, measure.AtTarget)
		of(&out.Samples[i], pods, measure.NodesFor(&r.Workload, pods))
	}
	return &out
}

func TestPerfectSupplyScoresZero(t *testing.T) {
	each(t, func(_ *rand.Rand, r *trace.Run) {
		f := measured(t, supply(r, func(s *trace.Sample, pods, nodes int) { s.Ready, s.Nodes, s.NodesUp = pods, nodes, nodes })).Figures
		for _, e := range []measure.Elasticity{f.Pods, f.Nodes} {
			if e.Seconds == 0 {
				t.Error("nothing was measured")
			}
			if e.Seconds = 0; e != (measure.Elasticity{}) {
				t.Errorf("perfect supply scores %+v", e)
			}
		}
		near(t, "cost ratio", f.Cost.Ratio, 1)
	})
}

func TestMoreSupply(t *testing.T) {
	each(t, func(_ *rand.Rand, r *trace.Run) {
		one := measured(t, r).Figures
		two := measured(t, supply(r, func(s *trace.Sample, _, _ int) { s.Ready, s.Nodes, s.NodesUp = 2*s.Ready, 2*s.Nodes, 2*s.NodesUp })).Figures
		for _, e := range [][2]measure.Elasticity{{one.Pods, two.Pods}, {one.Nodes, two.Nodes}} {
			if e[1].ThetaU > e[0].ThetaU || e[1].TauU > e[0].TauU || e[1].ThetaO < e[0].ThetaO || e[1].TauO < e[0].TauO {
				t.Errorf("twice the supply: %+v became %+v", e[0], e[1])
			}
		}
		near(t, "cost of twice the nodes", two.Cost.NodeSeconds, 2*one.Cost.NodeSeconds)
		if one.Cost.Covered < 1 || one.Cost.Covered < one.Cost.Ratio || two.Cost.Covered < one.Cost.Covered {
			t.Errorf("covered: %g, with twice the supply %g; ratio %g", one.Cost.Covered, two.Cost.Covered, one.Cost.Ratio)
		}
	})
}

func TestMissingIffNotCovered(t *testing.T) {
	each(t, func(random *rand.Rand, r *trace.Run) {
		covered := true
		r = supply(r, func(s *trace.Sample, pods, nodes int) {
			s.Ready, s.NodesUp = pods+random.IntN(3), nodes+random.IntN(3)
			if random.IntN(40) == 0 {
				s.Ready, covered = pods-1, false
			}
			s.Nodes = s.NodesUp
		})
		f := measured(t, r).Figures
		if (f.Pods.ThetaU == 0) != covered || (f.Pods.TauU == 0) != covered {
			t.Errorf("covered: %v, but thetaU is %g", covered, f.Pods.ThetaU)
		}
		if f.Nodes.ThetaU != 0 || f.Cost.OracleSeconds > f.Cost.NodeSeconds+1e-9 {
			t.Errorf("nodes cover demand, but %+v with %+v", f.Nodes, f.Cost)
		}
	})
}

// TestTimeScales: a trace played three times as slow has the same shares, and a third of the jitter.
func TestTimeScales(t *testing.T) {
	each(t, func(_ *rand.Rand, r *trace.Run) {
		slow := supply(r, func(s *trace.Sample, _, _ int) { s.At *= 3 })
		slow.Length *= 3
		a, b := measured(t, r).Figures, measured(t, slow).Figures
		for _, e := range [][2]measure.Elasticity{{a.Pods, b.Pods}, {a.Nodes, b.Nodes}, {a.Limit, b.Limit}} {
			near(t, "thetaU", e[1].ThetaU, e[0].ThetaU)
			near(t, "thetaO", e[1].ThetaO, e[0].ThetaO)
			near(t, "tauU", e[1].TauU, e[0].TauU)
			near(t, "tauO", e[1].TauO, e[0].TauO)
			near(t, "instability", e[1].Instability, e[0].Instability)
			near(t, "jitter", e[1].Jitter, e[0].Jitter/3)
		}
		near(t, "cost ratio", b.Cost.Ratio, a.Cost.Ratio)
	})
}

// TestGapsAreExcluded: nonsense within a gap changes nothing.
func TestGapsAreExcluded(t *testing.T) {
	each(t, func(random *rand.Rand, r *trace.Run) {
		from, to := r.Length*0.3, r.Length*0.6
		r.Gaps = []trace.Gap{{From: from, To: to, Why: "test"}}
		odd := *r
		odd.Samples = nil
		for i, s := range r.Samples {
			// Every sample that holds only in the gap, and all that one says of a time that the gap touches.
			if s.At >= from && i+1 < len(r.Samples) && r.Samples[i+1].At <= to {
				s.Ready, s.Nodes, s.NodesUp = random.IntN(99), random.IntN(99), random.IntN(99)
			}
			if s.At > from && i > 0 && r.Samples[i-1].At < to {
				s.Sent, s.Violated = 1000, 1000
			}
			odd.Samples = append(odd.Samples, s)
		}
		if a, b := measured(t, r), measured(t, &odd); a.Figures != b.Figures {
			t.Errorf("%+v became %+v", a.Figures, b.Figures)
		}
	})
}

// TestFloorIsFeasible: loops that do nothing wrong still cover their own nodes' demand, keep the group's limits and stay finite.
func TestFloorIsFeasible(t *testing.T) {
	each(t, func(_ *rand.Rand, r *trace.Run) {
		s := measure.Defaults()
		s.Boot, s.PodStart = 20, 3
		r.Workload.MaxPods, r.Workload.Node.MaxNodes = 20, 7
		best := measure.Floor(r, s)
		for i, sample := range best.Samples {
			if sample.Ready > sample.Desired || sample.NodesUp > sample.Nodes || sample.Nodes > 7 || sample.Desired > 20 || sample.Ready < 0 {
				t.Errorf("sample %d: %+v", i, sample)
			}
		}
	})
}
