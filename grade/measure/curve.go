package measure

import (
	"cmp"
	"math"
	"slices"

	"paddock/grade/trace"
)

// Point is demand and supply of one kind, pods or nodes, while one sample holds.
type Point struct {
	At     float64 // s since the start
	For    float64 // s for which it holds and counts: until the next sample, less gaps
	Demand float64 // least that is enough
	Supply float64 // that serves
	Paid   float64 // that is paid for; of nodes, also those that still boot
	Joined bool    // the sample before it counts, and no gap lies between: a change can be told
}

// Curve is a run seen as demand and supply of one kind, in order of time. Nothing changes between two points.
type Curve []Point

// Basis says how many pods a demand needs.
type Basis int

const (
	// AtTarget counts the pods at which each works at the HPA's target. Everything is graded on it: the target is the policy
	// that the scaler is told to keep, so a scaler is measured by how well it keeps it, and not by how well the target was
	// chosen. With the least pods that serve at all as demand, the spare room of the target (a limit of twice the request and a
	// target of 60 % make it 3.3-fold) would drown every other surplus, and no scaler could come near a cost ratio of 1.
	AtTarget Basis = iota
	// AtLimit counts the least pods that serve the demand at all, each at its limit: BUNGEE's demand, the least resources that
	// meet the objective. Missing it is what users notice. Shown beside, and graded as violations of the objective.
	AtLimit
)

// Pods is the curve of pods: those needed on the basis, at least the HPA's minimum, against those that are ready.
func Pods(run *trace.Run, basis Basis) Curve {
	return curve(run, func(s trace.Sample) (float64, float64, float64) {
		return float64(PodsFor(&run.Workload, s.Demand, basis)), float64(s.Ready), float64(s.Ready)
	})
}

// Nodes is the curve of nodes: the oracle's for the pods needed on the basis, see NodesFor, against Ready nodes and against
// instances that are paid for.
func Nodes(run *trace.Run, basis Basis) Curve {
	return curve(run, func(s trace.Sample) (float64, float64, float64) {
		return float64(NodesFor(&run.Workload, PodsFor(&run.Workload, s.Demand, basis))), float64(s.NodesUp), float64(s.Nodes)
	})
}

func curve(run *trace.Run, of func(trace.Sample) (demand, supply, paid float64)) Curve {
	samples := sound(run)
	out := make(Curve, len(samples))
	for i, s := range samples {
		p := Point{At: s.At}
		p.Demand, p.Supply, p.Paid = of(s)
		p.For = counted(run.Gaps, s.At, endOf(run, samples, i))
		p.Joined = i > 0 && out[i-1].For > 0 && counted(run.Gaps, samples[i-1].At, s.At) >= s.At-samples[i-1].At-1e-9
		out[i] = p
	}
	return out
}

// sound is the samples in order of time, less those whose time or demand is no number and those taken at one moment with a
// later one.
func sound(run *trace.Run) []trace.Sample {
	var out []trace.Sample
	for _, s := range run.Samples {
		if !odd(s.At) && !odd(s.Demand) && s.At >= 0 && s.Demand >= 0 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b trace.Sample) int { return cmp.Compare(a.At, b.At) })
	kept := out[:0]
	for i, s := range out {
		if i+1 == len(out) || out[i+1].At > s.At {
			kept = append(kept, s)
		}
	}
	return kept
}

// endOf is until when sample i holds. The last one of a whole run holds until the planned end; of a partial run nobody knows.
func endOf(run *trace.Run, samples []trace.Sample, i int) float64 {
	switch {
	case i+1 < len(samples):
		return samples[i+1].At
	case run.Partial == "" && !odd(run.Length):
		return max(run.Length, samples[i].At)
	}
	return samples[i].At
}

// counted is the time from one moment to another that no gap covers. Gaps may overlap.
func counted(gaps []trace.Gap, from, to float64) float64 {
	var cuts []trace.Gap
	for _, g := range gaps {
		if g := (trace.Gap{From: max(g.From, from), To: min(g.To, to)}); g.To > g.From {
			cuts = append(cuts, g)
		}
	}
	slices.SortFunc(cuts, func(a, b trace.Gap) int { return cmp.Compare(a.From, b.From) })
	left, at := to-from, from
	for _, g := range cuts {
		if g.To > at {
			left -= g.To - max(g.From, at)
			at = g.To
		}
	}
	return max(left, 0)
}

func odd(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
