// Package scale tells how a platform took a rise to very many pods: how long until all were Ready, where it stood still, what the
// autoscaler and the control plane took of the machine, and what held it up.
package scale

import (
	"fmt"
	"slices"

	"paddock/grade/ledger"
	"paddock/grade/measure"
	"paddock/grade/trace"
)

// Result is one rise.
type Result struct {
	Pods    int     `json:"pods"`
	Within  float64 `json:"within"` // s in which all were to be Ready
	Met     bool    `json:"met"`
	Seconds float64 `json:"seconds"`           // from the rise until all were Ready; 0 = never
	Half    float64 `json:"half"`              // s until half of them were; 0 = never
	Most    float64 `json:"most"`              // s until nine tenths were; 0 = never
	Rest    int     `json:"rest"`              // pods that were Ready before
	Ready   int     `json:"ready"`             // and at the end
	From    int     `json:"from"`              // nodes before
	Nodes   int     `json:"nodes"`             // and at the end
	Partial string  `json:"partial,omitempty"` // why it ended early; empty = it is whole

	Still Still         `json:"still"`
	Calls int           `json:"calls"` // for nodes
	Waits measure.Times `json:"waits"` // of pods, from the scheduler's finding no room to the next call for nodes, s

	Programs []Usage `json:"programs"` // from the rise on, the busiest first
	Machine  Machine `json:"machine"`
	Held     string  `json:"held"`  // what was behind most at the deadline, or where it stood still longest
	Curve    []Point `json:"curve"` // a sample a second
}

// Still is the longest time for which no pod became Ready.
type Still struct {
	From    float64 `json:"from"` // s since the rise
	Seconds float64 `json:"seconds"`
	Ready   int     `json:"ready"`
	Nodes   int     `json:"nodes"`
}

// Point is how things stood at one moment.
type Point struct {
	At     float64 `json:"at"` // s since the rise
	Wanted int     `json:"wanted"`
	Made   int     `json:"made"`
	Placed int     `json:"placed"`
	Ready  int     `json:"ready"`
	Nodes  int     `json:"nodes"` // that are paid for
	Up     int     `json:"up"`    // that are Ready
}

// Judge reads the result of a rise off its record. Nodes that may be had are bounded by most.
func Judge(run *trace.Run, events []ledger.Event, rise float64, pods int, within float64, most int) Result {
	r := Result{Pods: pods, Within: within, Partial: run.Partial}
	for _, s := range run.Samples {
		p := Point{At: s.At - rise, Wanted: s.Desired, Made: s.Made, Placed: s.Placed, Ready: s.Ready, Nodes: s.Nodes, Up: s.NodesUp}
		if p.At < 0 {
			r.Rest, r.From = p.Ready, p.Nodes
			continue
		}
		r.Curve = append(r.Curve, p)
		r.Ready, r.Nodes = p.Ready, p.Nodes
	}
	r.Seconds, r.Half, r.Most = until(events, rise, pods), until(events, rise, (pods+1)/2), until(events, rise, (9*pods+9)/10)
	r.Met = r.Seconds > 0 && r.Seconds <= within
	r.Calls, r.Waits = waits(events, rise)
	r.Still = still(r.Curve)
	r.Held = r.held(most)
	return r
}

// until is how long after the rise so many pods were Ready; 0 = never.
func until(events []ledger.Event, rise float64, pods int) float64 {
	for _, e := range events {
		if e.Kind == ledger.Ready && e.At > rise && int(e.Value) >= pods {
			return e.At - rise
		}
	}
	return 0
}

// waits is for each pod without room the time to the call for nodes that came next.
func waits(events []ledger.Event, rise float64) (calls int, times measure.Times) {
	var at, out []float64
	for _, e := range events {
		if e.Kind == ledger.Call && e.At > rise {
			at = append(at, e.At)
		}
	}
	slices.Sort(at)
	for _, e := range events {
		if e.Kind != ledger.Unschedulable || e.At <= rise {
			continue
		}
		if i, _ := slices.BinarySearch(at, e.At); i < len(at) {
			out = append(out, at[i]-e.At)
		}
	}
	return len(at), measure.TimesOf("", out)
}

// still looks from the first pod of the rise that became Ready on.
func still(curve []Point) Still {
	var longest Still
	for begin := 0; begin < len(curve); {
		first, end := curve[begin], begin
		for end < len(curve) && curve[end].Ready == first.Ready {
			end++
		}
		lasted := curve[min(end, len(curve)-1)].At - first.At
		if begin > 0 && lasted > longest.Seconds {
			longest = Still{From: first.At, Seconds: lasted, Ready: first.Ready, Nodes: first.Nodes}
		}
		begin = end
	}
	return longest
}

// held says which part was behind most: at the deadline, or where all was done in time, in the middle of the longest stand-still.
func (r Result) held(most int) string {
	at := r.Within
	if r.Met {
		at = r.Still.From + r.Still.Seconds/2
	}
	for _, p := range slices.Backward(r.Curve) {
		if p.At <= at {
			return p.behind(r.Pods, most)
		}
	}
	return ""
}

// behind names the step of the way, from demand to Ready pods, in which most pods were at a moment.
func (p Point) behind(pods, most int) string {
	room := fmt.Sprintf("the autoscaler: %d pods have no node, %d nodes are paid for", p.Made-p.Placed, p.Nodes)
	switch {
	case p.Nodes >= most:
		room = fmt.Sprintf("nodes: all %d that may be had are there, and %d pods have none", p.Nodes, p.Made-p.Placed)
	case p.Up < p.Nodes:
		room = fmt.Sprintf("nodes: %d of %d are Ready, and %d pods have none", p.Up, p.Nodes, p.Made-p.Placed)
	}
	var worst step
	for _, s := range []step{
		{pods - p.Wanted, fmt.Sprintf("the HPA: %d of %d pods are wanted", p.Wanted, pods)},
		{p.Wanted - p.Made, fmt.Sprintf("the controller-manager: %d of %d pods are made", p.Made, p.Wanted)},
		{p.Made - p.Placed, room},
		{p.Placed - p.Ready, fmt.Sprintf("the kubelets, which KWOK plays: %d of %d pods with a node are Ready", p.Ready, p.Placed)},
	} {
		if s.pods > worst.pods {
			worst = s
		}
	}
	return worst.what
}

// step is a part of the way, with the pods that are before it.
type step struct {
	pods int
	what string
}
