package measure_test

import (
	"math"
	"testing"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// plain is a workload in which demand is counted in pods at the target, half a pod is spare, and a node holds 4 pods.
func plain() trace.Workload {
	return trace.Workload{PodDemand: 1, PodLimit: 2, RequestMilli: 500, RequestMi: 100, MinPods: 1,
		Node: trace.Node{CPUMilli: 2000, MemoryMi: 1000, Pods: 29, MinNodes: 1, Dollars: 0.096}}
}

func run(length float64, samples ...trace.Sample) *trace.Run {
	return &trace.Run{Schema: trace.Schema, Length: length, Workload: plain(), Samples: samples}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

// TestByHand measures this trace, in seconds, pods and nodes:
//
//	from   to  for   demand  ready   d_pods  d_limit  d_nodes  up  paid
//	   0   10   10        2      2        2        1        1   1     1
//	  10   30   20       10      2       10        5        3   1     3     gap from 20 to 25: 15 s count
//	  30   40   10       10      8       10        5        3   2     3
//	  40   70   30        4      8        4        2        1   3     3
//	  70  100   30        4      4        4        2        1   3     2
//
// T = 10 + 15 + 10 + 30 + 30 = 95 s
func TestByHand(t *testing.T) {
	r := run(100,
		trace.Sample{At: 0, Demand: 2, Ready: 2, Nodes: 1, NodesUp: 1},
		trace.Sample{At: 10, Demand: 10, Ready: 2, Nodes: 3, NodesUp: 1, Sent: 20, Violated: 0},
		trace.Sample{At: 30, Demand: 10, Ready: 8, Nodes: 3, NodesUp: 2, Sent: 200, Violated: 120}, // touches the gap: not counted
		trace.Sample{At: 40, Demand: 4, Ready: 8, Nodes: 3, NodesUp: 3, Sent: 100, Violated: 5},
		trace.Sample{At: 70, Demand: 4, Ready: 4, Nodes: 2, NodesUp: 3, Sent: 120, Violated: 1},
	)
	r.Gaps = []trace.Gap{{From: 20, To: 24}, {From: 22, To: 25}}
	got, err := measure.Of(r)
	if err != nil {
		t.Fatal(err)
	}
	p, n, l, c := got.Figures.Pods, got.Figures.Nodes, got.Figures.Limit, got.Figures.Cost
	near(t, "T", p.Seconds, 95)

	// missing: 8 of 10 for 15 s, 2 of 10 for 10 s: 12 + 2 = 14
	near(t, "pods thetaU", p.ThetaU, 100*14.0/95)
	near(t, "pods tauU", p.TauU, 100*25.0/95)
	// surplus: 4 of 4 for 30 s
	near(t, "pods thetaO", p.ThetaO, 100*30.0/95)
	near(t, "pods tauO", p.TauO, 100*30.0/95)
	near(t, "pods surplus", p.Surplus, 120.0/95)
	// moves (demand, supply): at 10 (+, 0) 15 s; at 30 lies behind the gap; at 40 (-, 0) 30 s; at 70 (0, -) 30 s.
	// All three differ, so 100 % of the 75 s behind them.
	near(t, "pods instability", p.Instability, 100)
	// one change of supply, two of demand, in 95 s
	near(t, "pods jitter", p.Jitter, 60*(1-2)/95.0)
	near(t, "pods reversals", float64(p.Reversals), 0)

	// nodes up missing: 2 of 3 for 15 s, 1 of 3 for 10 s: 10 + 10/3
	near(t, "nodes thetaU", n.ThetaU, 100*(10+10.0/3)/95)
	near(t, "nodes tauU", n.TauU, 100*25.0/95)
	// paid beyond 1: 2 for 30 s, 1 for 30 s
	near(t, "nodes thetaO", n.ThetaO, 100*90.0/95)
	near(t, "nodes tauO", n.TauO, 100*60.0/95)
	// at 10 (+, 0) 15 s; at 40 (-, +) 30 s, which counts once and not twice; at 70 (0, 0) 30 s
	near(t, "nodes instability", n.Instability, 100*45.0/75)
	near(t, "nodes jitter", n.Jitter, 60*(1-2)/95.0)

	// at the limit 5 are needed, 2 are there: 3/5 for 15 s
	near(t, "limit thetaU", l.ThetaU, 100*9.0/95)
	// 1 beyond 1 for 10 s; 3 beyond 5 for 10 s; 6 and 2 beyond 2 for 30 s each
	near(t, "limit thetaO", l.ThetaO, 100*(10+6+90+30)/95.0)

	// 20 + 100 + 120 sent, 6 too late
	near(t, "objective", got.Figures.Objective.Percent, 100*6.0/240)

	// paid: 10 + 45 + 30 + 90 + 60 = 235; oracle: 10 + 45 + 30 + 30 + 30 = 145
	near(t, "node-seconds", c.NodeSeconds, 235)
	near(t, "oracle", c.OracleSeconds, 145)
	near(t, "cost ratio", c.Ratio, 235.0/145)
	near(t, "covered", c.Covered, 235.0/145) // nothing paid for is missing
	near(t, "dollars", c.Dollars, 235*0.096/3600)
	near(t, "oracle dollars", c.OracleDollars, 145*0.096/3600)
	near(t, "dollars an hour", c.PerHour, 235.0/95*0.096)
}

// TestReversals: supply goes 2 4 3 5 2 while demand goes 2 4 4 4 2: it turns at 3, 5 and 2, demand once.
func TestReversals(t *testing.T) {
	r := run(50)
	for i, v := range [][2]float64{{2, 2}, {4, 4}, {4, 3}, {4, 5}, {2, 2}} {
		r.Samples = append(r.Samples, trace.Sample{At: 10 * float64(i), Demand: v[0], Ready: int(v[1])})
	}
	e := measure.Pods(r, measure.AtTarget).Elasticity()
	near(t, "reversals", float64(e.Reversals), 2)
	// 40 s lie behind moves: (+,+) and (-,-) agree, (0,-) and (0,+) do not
	near(t, "instability", e.Instability, 50)
	near(t, "jitter", e.Jitter, 60*(4-2)/50.0)
}

func TestOracle(t *testing.T) {
	w := eks() // 1750 m, 6600 Mi, 25 pods, 2 to 20 nodes; base 300 m, 400 Mi, 6 pods; a pod 500 m, 256 Mi
	for what, c := range map[string]struct {
		change func(*trace.Workload)
		pods   int
		want   int
	}{
		"minimum":       {nil, 0, 2},
		"whole pods":    {nil, 9, 3},                                                                  // 3 a node; 9*500+300 = 4800 m of 5250 m
		"base":          {func(w *trace.Workload) { w.Node.BaseMilli = 800 }, 9, 4},                   // 5300 m of 5250 m
		"memory":        {func(w *trace.Workload) { w.RequestMi = 3000 }, 6, 3},                       // 2 a node; 18 400 Mi of 19 800
		"pods per node": {func(w *trace.Workload) { w.RequestMilli, w.Node.BasePods = 1, 10 }, 45, 3}, // 55 of 3*25
		"sum of pods":   {func(w *trace.Workload) { w.RequestMilli, w.Node.BasePods = 1, 30 }, 46, 4}, // 76 of 75
		"nothing known": {func(w *trace.Workload) { w.Node = trace.Node{} }, 46, 0},
	} {
		w := w
		if c.change != nil {
			c.change(&w)
		}
		if got := measure.NodesFor(&w, c.pods); got != c.want {
			t.Errorf("%s: %d nodes, want %d", what, got, c.want)
		}
	}
	for demand, want := range map[float64][2]int{0: {2, 2}, 0.6: {2, 2}, 0.61: {3, 2}, 3: {10, 3}, 3 + 1e-12: {10, 3}, math.Inf(1): {2, 2}} {
		if at, limit := measure.PodsFor(&w, demand, measure.AtTarget), measure.PodsFor(&w, demand, measure.AtLimit); at != want[0] || limit != want[1] {
			t.Errorf("demand %g: %d pods at the target, %d at the limit, want %v", demand, at, limit, want)
		}
	}
}

// TestTooManyGaps: a run of which an eighth was not seen gives no grade; one of which a twentieth was not, does.
func TestTooManyGaps(t *testing.T) {
	for to, want := range map[float64]bool{5: false, 12.5: true} {
		r := run(100, trace.Sample{Demand: 4, Ready: 4, Nodes: 1, NodesUp: 1})
		r.Gaps = []trace.Gap{{From: 0, To: to, Why: "test"}}
		if got := measured(t, r).Partial; (got != "") != want {
			t.Errorf("gap of %g s: partial %q", to, got)
		}
	}
}
