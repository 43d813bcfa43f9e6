package measure

import (
	"cmp"
	"math"
	"slices"

	"paddock/grade/trace"
)

// ScaleUp is one rise of demand and how long it took until capacity met it. All times are in seconds.
type ScaleUp struct {
	trace.ScaleUp
	Profile     string  `json:"profile"`
	Seed        int64   `json:"seed"`
	Seconds     float64 `json:"seconds"`     // time to capacity; of one that is not done, the time it has waited in vain
	Floor       float64 `json:"floor"`       // median of loops that do nothing wrong under the same settings; 0: they never get there
	Floor99     float64 `json:"floor99"`     // and in the worst phase of a hundred
	Reference   float64 `json:"reference"`   // median of a tuned platform with room in reserve, see Reference
	Reference99 float64 `json:"reference99"` // and in the worst phase of a hundred

	// at gives floor and reference at a quantile of the loops' phases.
	at func(quantile float64) (floor, reference float64)
}

// Times are the figures of many durations, in seconds. Percentiles are by nearest rank: of fewer than 100, p99 is the longest.
type Times struct {
	Name string  `json:"name,omitempty"`
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
	CV   float64 `json:"cv,omitempty"`   // of the runs' means, see spreadOf; of stages and floors: not computed
	CVOf int     `json:"cvOf,omitempty"` // runs that were compared for it; 0 = none
}

// TimesOf is the figures of durations; numbers that are none are left out.
func TimesOf(name string, durations []float64) Times {
	sorted := slices.DeleteFunc(slices.Clone(durations), odd)
	slices.Sort(sorted)
	t := Times{Name: name, N: len(sorted)}
	if t.N == 0 {
		return t
	}
	for _, d := range sorted {
		t.Mean += d / float64(t.N)
	}
	t.P50, t.P99, t.Max = rank(sorted, 0.5), rank(sorted, 0.99), sorted[t.N-1]
	return t
}

func rank(sorted []float64, quantile float64) float64 {
	return sorted[max(int(math.Ceil(quantile*float64(len(sorted))-1e-9)), 1)-1]
}

// Latency is the least time in seconds, at a quantile of the loops' phases from 0 to 1, until pods serve a demand that has
// risen at once: Floor's loops on a step, until there are the least pods that the HPA lets be. It is 0 if they never get
// there. With room, no node is needed.
func (s Settings) Latency(w *trace.Workload, from, to, quantile float64, room bool) float64 {
	const tick, longest = 0.25, 1800.0
	step := *w
	if room {
		step.Node = trace.Node{}
	}
	samples := []trace.Sample{{Demand: from}} // at rest; every delay sees it before the rise
	for at := tick; at <= longest; at += tick {
		samples = append(samples, trace.Sample{At: at, Demand: to})
	}
	need := PodsFor(&step, to/(1+s.Tolerance), AtTarget)
	met := func(sample trace.Sample) bool { return sample.At > 0 && sample.Ready >= need }
	played := simulate(&step, samples, s, s.Signal(quantile), met)
	if last := played[len(played)-1]; met(last) {
		return last.At - tick
	}
	return 0
}

// scaleUps lists those of a run beside their floors. One to which no node came may have found more room than a packed cluster
// has, so its floor is the shorter one.
func scaleUps(run *trace.Run, s Settings) []ScaleUp {
	var out []ScaleUp
	for _, up := range run.ScaleUps {
		if odd(up.At) || odd(up.From) || odd(up.To) {
			continue
		}
		up.Stages = slices.DeleteFunc(slices.Clone(up.Stages), func(s trace.Stage) bool { return odd(s.End) })
		u := ScaleUp{ScaleUp: up, Profile: run.Profile, Seed: run.Seed, Seconds: up.Total()}
		u.at = func(quantile float64) (float64, float64) {
			return s.Latency(&run.Workload, up.From, up.To, quantile, up.Nodes == 0),
				s.Reference().Latency(&run.Workload, up.From, up.To, quantile, true)
		}
		u.Floor, u.Reference = u.at(0.5)
		u.Floor99, u.Reference99 = u.at(0.99)
		if !up.Done {
			u.Seconds = max(u.Seconds, end(run)-up.At)
		}
		out = append(out, u)
	}
	return out
}

// end is the last moment of a run of which something is known.
func end(run *trace.Run) float64 {
	last := 0.0
	if run.Partial == "" && !odd(run.Length) {
		last = run.Length
	}
	for _, s := range sound(run) {
		last = max(last, s.At)
	}
	return last
}

// Stages are the figures of each stage of the ledgers, in order of the stages; those that never happened are left out.
func Stages(ups []ScaleUp) []Times {
	lasted := map[string][]float64{}
	for _, up := range ups {
		for i, seconds := range up.Lasted() {
			lasted[up.Stages[i].Name] = append(lasted[up.Stages[i].Name], seconds)
		}
	}
	var out []Times
	for name, durations := range lasted {
		out = append(out, TimesOf(name, durations))
	}
	order := trace.StageNames()
	place := func(name string) int { // unknown names come last
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(out, func(a, b Times) int {
		return cmp.Or(cmp.Compare(place(a.Name), place(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Reaction is how long the autoscaler took from a pod without room to the call for a node, for each scale-up that tells.
func Reaction(ups []ScaleUp) []float64 {
	var out []float64
	for _, up := range ups {
		if up.Reaction > 0 && !odd(up.Reaction) {
			out = append(out, up.Reaction)
		}
	}
	return out
}
