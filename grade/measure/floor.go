package measure

import (
	"slices"

	"paddock/grade/trace"
)

// Floor replays a run's demand with loops that do nothing wrong: what remains is what the settings cost, such as scrape and
// sync periods, the boot of a node and the windows of scaling down. Figures of a run are read against those of its floor, not
// against 0.
//
// The loops: usage is what ready pods serve, seen Signal(0.5) later, in full; the HPA wants usage divided by what a pod serves
// at the target, unless it is within the tolerance, not above its rate and its maximum, and not below any wish within the
// window; nodes are called for at once plus the reaction, never for less than the wishes within the time unneeded, and are
// packed perfectly, headroom included; pods start where there is room. The half-way reaction to a rise that the first scrape
// shows in part is left out, so that a run with a lucky phase can be a little better than its floor.
func Floor(run *trace.Run, s Settings) trace.Run {
	samples := sound(run)
	out := *run
	out.Samples, out.ScaleUps = simulate(&run.Workload, samples, s, s.Signal(0.5), nil), nil
	return out
}

// loops is the state of simulate at each moment, one entry a sample.
type loops struct {
	w       *trace.Workload
	s       Settings
	at      []float64
	demand  []float64
	wish    []int // of the HPA at the moment
	desired []int
	paid    []int
	up      []int
	ready   []int
}

// simulate plays the loops over the samples' demand, until one that is the last; without last, to the end.
func simulate(w *trace.Workload, samples []trace.Sample, s Settings, signal float64, last func(trace.Sample) bool) []trace.Sample {
	l := &loops{w: w, s: s}
	// Each follows its own delay; all are shown the state of rest before the first sample.
	usage, start, limit, window := &delay{by: signal}, &delay{by: s.PodStart}, &delay{by: s.UpPeriod}, &delay{by: s.DownWindow}
	call, boot, unneeded := &delay{by: s.Reaction}, &delay{by: s.Reaction + s.Boot + s.Pull}, &delay{by: s.Unneeded}
	var wishes, needs highest
	var needed []int
	out := make([]trace.Sample, 0, len(samples))
	for i, sample := range samples {
		l.at, l.demand = append(l.at, sample.At), append(l.demand, sample.Demand)
		if i == 0 {
			l.rest(sample.Demand)
			needed = []int{l.paid[0]}
			wishes.push(0, l.wish)
			needs.push(0, needed)
			out = append(out, l.sample(0, sample))
			continue
		}
		l.wish = append(l.wish, l.want(usage.index(l.at), l.desired[limit.index(l.at)], l.desired[i-1]))
		wishes.push(i, l.wish)
		l.desired = append(l.desired, wishes.since(window.index(l.at), l.wish))
		needed = append(needed, l.nodes(l.desired[i]))
		// Nodes go when they were not needed for long enough; they come when they were called for.
		needs.push(i, needed)
		kept := needs.since(unneeded.index(l.at), needed)
		called := needed[call.index(l.at)]
		l.paid = append(l.paid, max(min(kept, l.paid[i-1]), called))
		l.up = append(l.up, min(l.paid[i], max(min(l.up[i-1], l.paid[i]), needed[boot.index(l.at)])))
		from := start.index(l.at)
		started, stayed := min(l.desired[from], podsOn(w, l.up[from])), min(l.ready[i-1], podsOn(w, l.up[i]))
		l.ready = append(l.ready, min(l.desired[i], max(started, stayed)))
		out = append(out, l.sample(i, sample))
		if last != nil && last(out[i]) {
			break
		}
	}
	return out
}

// rest is the state of a system that has met a demand for long.
func (l *loops) rest(demand float64) {
	pods := l.clamp(PodsFor(l.w, demand, AtTarget))
	nodes := l.nodes(pods)
	l.wish, l.desired, l.ready = []int{pods}, []int{pods}, []int{min(pods, podsOn(l.w, nodes))}
	l.paid, l.up = []int{nodes}, []int{nodes}
}

// want is the wish of the HPA that sees the usage of moment seen, and had so many pods one period ago and just now.
func (l *loops) want(seen, period, now int) int {
	usage := l.demand[seen]
	if l.w.PodLimit > 0 {
		usage = min(usage, float64(l.ready[seen])*l.w.PodLimit)
	}
	if !(l.w.PodDemand > 0) {
		return now
	}
	if ratio := usage / l.w.PodDemand / float64(max(now, 1)); ratio > 1-l.s.Tolerance && ratio < 1+l.s.Tolerance {
		return now
	}
	most := max(float64(period)*(1+l.s.UpPercent/100), float64(period)+l.s.UpPods)
	return l.clamp(min(PodsFor(l.w, usage, AtTarget), max(int(most), period)))
}

func (l *loops) clamp(pods int) int {
	if l.w.MaxPods > 0 {
		pods = min(pods, l.w.MaxPods)
	}
	return max(pods, l.w.MinPods)
}

func (l *loops) nodes(pods int) int {
	n := nodesFor(l.w, pods, l.s.HeadroomMilli, l.s.HeadroomMi, l.s.HeadroomPods) + int(l.s.HeadroomNodes)
	if l.w.Node.MaxNodes > 0 {
		n = min(n, l.w.Node.MaxNodes)
	}
	return n
}

func (l *loops) sample(i int, s trace.Sample) trace.Sample {
	served := float64(l.ready[i]) * l.w.PodLimit
	s.Violated = 0
	if l.w.PodLimit > 0 && s.Demand > served {
		s.Violated = s.Sent * (1 - served/s.Demand)
	}
	s.Desired, s.Ready, s.Pending = l.desired[i], l.ready[i], 0
	s.Nodes, s.NodesUp = l.paid[i], l.up[i]
	return s
}

// delay finds the sample that held so long ago. It only moves forward.
type delay struct {
	by   float64
	last int
}

func (d *delay) index(at []float64) int {
	now := at[len(at)-1]
	for d.last+1 < len(at) && at[d.last+1] <= now-d.by+1e-9 {
		d.last++
	}
	return d.last
}

// highest is the greatest value since an index that only moves forward, each in constant time: indexes of falling values.
type highest struct{ kept []int }

func (h *highest) push(i int, values []int) {
	for len(h.kept) > 0 && values[h.kept[len(h.kept)-1]] <= values[i] {
		h.kept = h.kept[:len(h.kept)-1]
	}
	h.kept = append(h.kept, i)
}

func (h *highest) since(i int, values []int) int {
	first, _ := slices.BinarySearch(h.kept, i)
	h.kept = h.kept[first:]
	return values[h.kept[0]]
}
