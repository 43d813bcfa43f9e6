package rubric_test

import (
	"maps"
	"math"
	"testing"

	"paddock/grade/internal/fixture"
	"paddock/grade/measure"
	"paddock/grade/profile"
	"paddock/grade/rubric"
	"paddock/grade/trace"
)

// tuned is what is in force on the local cloud under the platform's own settings.
var tuned = map[string]string{
	measure.KeyScrapes: "1", measure.KeyUpPercent: "900", measure.KeyUpPods: "0", measure.KeyDownWindow: "120s",
	measure.KeyBoot: "45s", measure.KeyPull: "5s", measure.KeyUnneeded: "2m",
}

func with(pairs ...string) map[string]string {
	out := maps.Clone(tuned)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// system is a plausible one: what is in force, how much worse its loops are, and what its runs look like then.
type system struct {
	inForce map[string]string
	spoil   func(*measure.Settings, *trace.Workload)
	change  func(*trace.Run)
	want    string // letter over all profiles and three seeds
}

// local are the nodes and pods of the local cloud, where no kubelet lags.
func local(s *measure.Settings, w *trace.Workload) {
	s.Lag = 0
	w.PodLimit, w.LimitMilli, w.MaxPods = 1, 1000, 40
	w.Node = trace.Node{Type: "m5.large", CPUMilli: 1750, MemoryMi: 6783, Pods: 25, MinNodes: 2, MaxNodes: 6, BaseMilli: 720, BaseMi: 1620,
		BasePods: 8, Dollars: 0.096}
}

// smaller makes the pods so small that three nodes hold what demand needs at its height.
func smaller(_ *measure.Settings, w *trace.Workload) { w.RequestMilli = 200 }

// defaults are an HPA that says nothing, and pods that state no limit.
func defaults(_ *measure.Settings, w *trace.Workload) {
	w.PodDemand, w.PodLimit, w.LimitMilli, w.TargetPercent, w.MinPods = 0.2, 1.75, 0, 80, 1
}

func late(s *measure.Settings, _ *trace.Workload) { s.Reaction = 10 }

// flap adds a quarter of the pods, and so many nodes, in every other period.
func flap(period, nodes int) func(*trace.Run) {
	return func(r *trace.Run) {
		for i := range r.Samples {
			if s := &r.Samples[i]; int(s.At)/period%2 == 1 {
				s.Ready, s.Desired, s.Nodes, s.NodesUp = s.Ready*5/4+1, s.Desired*5/4+1, s.Nodes+nodes, s.NodesUp+nodes
			}
		}
	}
}

// group puts back the least size of the group that a system was spoilt with, and of the HPA.
func group(r *trace.Run) { r.Workload.Node.MinNodes, r.Workload.MinPods = 2, 2 }

func systems() map[string]system {
	kubernetes := []string{measure.KeyUpPercent, "100", measure.KeyUpPods, "4", measure.KeyDownWindow, "300s"}
	reserve := []string{measure.KeyHeadroomNodes, "1"}
	return map[string]system{
		"headroom for all of a rise":      {with(reserve...), smaller, nil, "A+"},
		"headroom for most of it":         {with(reserve...), nil, nil, "B"},
		"headroom of two nodes":           {with(measure.KeyHeadroomNodes, "2"), nil, nil, "B"},
		"no headroom":                     {tuned, nil, nil, "B"},
		"no headroom, boots of 20 s":      {with(measure.KeyBoot, "20s"), nil, nil, "A"},
		"no headroom, boots of 180 s":     {with(measure.KeyBoot, "180s"), nil, nil, "C"},
		"boots longer than they were set": {tuned, func(s *measure.Settings, _ *trace.Workload) { s.Boot = 180 }, nil, "D"},
		"an autoscaler that sleeps":       {tuned, late, nil, "C"},
		"the same with headroom":          {with(reserve...), late, nil, "C"},
		"scrapes of 60 s":                 {with(measure.KeyResolution, "60s"), nil, nil, "C"},
		"Kubernetes' HPA":                 {with(kubernetes...), defaults, nil, "C"},
		"Kubernetes' HPA with headroom":   {with(append(kubernetes, reserve...)...), defaults, nil, "B"},
		"Kubernetes throughout": {with(append(kubernetes, measure.KeyUnneeded, "10m", measure.KeyResolution, "60s")...),
			func(s *measure.Settings, w *trace.Workload) { defaults(s, w); late(s, w) }, nil, "D"},
		"all nodes at all times": {tuned, func(_ *measure.Settings, w *trace.Workload) { w.Node.MinNodes = 6 }, group, "C"},
		"all pods, too": {tuned, func(_ *measure.Settings, w *trace.Workload) { w.Node.MinNodes, w.MinPods = 6, 22 },
			func(r *trace.Run) { group(r); r.ScaleUps = nil }, "D"},
		"flapping pods":  {with(reserve...), smaller, flap(30, 0), "C"},
		"flapping nodes": {with(reserve...), smaller, flap(60, 1), "C"},
		"never scales":   {tuned, func(_ *measure.Settings, w *trace.Workload) { w.MaxPods = 4 }, func(r *trace.Run) { r.Workload.MaxPods = 40 }, "F"},
	}
}

// TestLetters: only what is near the reference in every row gets an A+, and what users or the bill would feel plainly costs a
// letter.
func TestLetters(t *testing.T) {
	for name, sys := range systems() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var results []measure.Result
			for seed := range int64(3) {
				for _, p := range profile.Names() {
					results = append(results, played(t, name, p, seed+1, sys))
				}
			}
			s := measure.Summarize(results)
			g := rubric.Of(&s)
			if g.Letter != sys.want {
				t.Errorf("%s with %.1f points, want %s", g.Letter, g.Points, sys.want)
				for _, c := range g.Charges {
					t.Logf("%s: %s, %.1f lost: %s", c.Key, c.Amount(), c.Lost, c.Why)
				}
			}
		})
	}
}

func played(t *testing.T, name, profile string, seed int64, sys system) measure.Result {
	t.Helper()
	r := fixture.Play(name, profile, seed, sys.inForce, func(s *measure.Settings, w *trace.Workload) {
		local(s, w)
		if sys.spoil != nil {
			sys.spoil(s, w)
		}
	})
	r.Gaps = nil
	if sys.change != nil {
		sys.change(r)
	}
	out, err := measure.Of(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOneSlowScaleUp: a single rise is held against the median phase of the reference, not against the worst of a hundred.
func TestOneSlowScaleUp(t *testing.T) {
	r := played(t, "one", "spike", 1, system{inForce: tuned})
	r.ScaleUps[0].Seconds = 2 * r.ScaleUps[0].Reference
	s := measure.Summarize([]measure.Result{r})
	if l := charge(t, rubric.Of(&s), "slowest"); math.Abs(l.Value-2) > 0.05 {
		t.Errorf("twice the reference's median is %.2f times what is expected", l.Value)
	}
}
