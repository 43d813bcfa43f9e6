package ledger

import (
	"math"

	"paddock/grade/trace"
)

// Build gives the scale-up of every rise that needed pods which were not there. events may come in any order, and may miss
// some: a stage of which nothing was seen is left out.
func Build(rises []Rise, seen []Event, rules Rules) []trace.ScaleUp {
	list := sorted(seen)
	var out []trace.ScaleUp
	for _, rise := range rises {
		if up, needed := build(rise, list, rules); needed {
			out = append(out, up)
		}
	}
	return out
}

// Needed is how many pods serve a demand at the HPA's target. The HPA's maximum does not lower it: a rise that the maximum
// refuses is not met.
func (r Rules) Needed(demand float64) int { return r.rounded(demand / r.PodDemand) }

// enough is the least number of pods at which the HPA lets things be.
func (r Rules) enough(demand float64) int { return r.rounded(demand / r.PodDemand / (1 + r.Tolerance)) }

// rounded rounds up, as the HPA does; what floats make of a whole number stays one.
func (r Rules) rounded(pods float64) int { return max(r.MinPods, int(math.Ceil(pods-1e-9))) }

func build(rise Rise, list events, rules Rules) (trace.ScaleUp, bool) {
	ready, _ := list.last(Ready, rise.At)
	enough := float64(rules.enough(rise.To))
	up := trace.ScaleUp{At: rise.At, From: rise.From, To: rise.To, Pods: rules.Needed(rise.To) - int(ready.Value)}
	if ready.Value >= enough {
		return up, false
	}
	served, done := list.first(Ready, rise.At, rise.Ends, func(e Event) bool { return e.Value >= enough })
	up.Done = done
	end := rise.Ends
	if done {
		end = served.At
	}

	s := stages{up: &up, end: end}
	decision, decided := list.first(Desired, rise.At, end, func(e Event) bool { return e.Value >= enough })
	if scrape, ok := list.first(Usage, rise.At, end, shows(rise, ready.Value, rules)); ok {
		// The HPA may read the figure before our own poll does.
		if decided {
			scrape.At = min(scrape.At, decision.At)
		}
		s.add(trace.Scrape, scrape.At)
	}
	if decided {
		s.add(trace.Decision, decision.At)
	}
	s.nodes(list)
	if done {
		s.add(trace.PodReady, served.At)
	}
	return up, true
}

// shows tells whether usage was measured after the rise and is more than what the HPA lets be: from then on it can act.
func shows(rise Rise, ready float64, rules Rules) func(Event) bool {
	return func(e Event) bool {
		return e.Stamp > rise.At && e.Value > (1+rules.Tolerance)*rules.Cores*ready
	}
}

// stages collects a scale-up's stages in order; one that was seen to end before its predecessor did lasts no time.
type stages struct {
	up  *trace.ScaleUp
	end float64 // of the scale-up, or of the time to look at
}

func (s *stages) add(name string, at float64) {
	before := s.up.At
	if n := len(s.up.Stages); n > 0 {
		before = s.up.Stages[n-1].End
	}
	s.up.Stages = append(s.up.Stages, trace.Stage{Name: name, End: min(max(at, before), s.end)})
}

// nodes adds the stages of new nodes. They count where a pod had no room, and of nodes only those that took pods before the
// end: what comes later, such as a new headroom, is no part of this answer. As long as it is unfinished every node counts.
func (s *stages) nodes(list events) {
	refused, ok := list.first(Unschedulable, s.up.At, s.end, anyOf)
	if !ok {
		return
	}
	nodes, up, ran := s.came(list)
	s.up.Nodes = nodes
	if call, ok := list.first(Call, refused.At, s.end, anyOf); ok {
		s.up.Reaction = call.At - refused.At
	}
	s.add(trace.Unschedulable, refused.At)
	if s.up.Done && nodes == 0 {
		return
	}
	until := s.end
	if ran > 0 {
		until = ran
	} else if up > 0 {
		until = up
	}
	if call, ok := list.last(Call, until); ok && call.At > s.up.At {
		s.add(trace.Call, call.At)
	}
	if ran > 0 {
		s.add(trace.Running, ran)
	}
	if up > 0 {
		s.add(trace.NodeReady, up)
	}
}

// came counts the nodes that came, and tells when the last of them was Ready and its instance ran; 0 = never seen.
func (s *stages) came(list events) (nodes int, up, ran float64) {
	took := map[string]bool{} // nodes that got pods
	for _, e := range list {
		if e.Kind == Ready && e.At > s.up.At && e.At <= s.end {
			took[e.On] = true
		}
	}
	wanted, seen := map[string]bool{}, map[string]bool{} // instances of nodes that count; nodes and instances counted already
	for _, e := range list {
		if e.Kind != NodeUp || seen[e.Name] || e.At > s.end {
			continue
		}
		seen[e.Name] = true
		if e.At > s.up.At && (took[e.Name] || !s.up.Done) {
			nodes, up = nodes+1, e.At
			wanted[e.On] = true
		}
	}
	for _, e := range list {
		if e.Kind != Running || seen[e.Name] {
			continue
		}
		seen[e.Name] = true
		if e.At > s.up.At && (wanted[e.Name] || !s.up.Done && e.At <= s.end) {
			ran = e.At
		}
	}
	if up > 0 { // a node that is Ready runs: the poll that asks for instances may come after
		ran = min(ran, up)
	}
	return nodes, up, ran
}
