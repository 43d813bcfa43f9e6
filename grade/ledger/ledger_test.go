package ledger_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"paddock/grade/ledger"
	"paddock/grade/trace"
)

var rules = ledger.Rules{PodDemand: 0.15, MinPods: 2, Tolerance: 0.1, Cores: 0.15}

// rise is from 4 pods to 20, at 10 s.
var rise = ledger.Rise{At: 10, From: 0.6, To: 3, Ends: 120}

// before is the cluster at rest: 4 pods on 2 nodes.
func before() []ledger.Event {
	return []ledger.Event{
		{At: -40, Kind: ledger.NodeUp, Name: "a", On: "i-a"}, {At: -40, Kind: ledger.NodeUp, Name: "b", On: "i-b"},
		{At: -39, Kind: ledger.Running, Name: "i-a"}, {At: -39, Kind: ledger.Running, Name: "i-b"},
		{At: -30, Kind: ledger.Desired, Value: 4}, {At: -30, Kind: ledger.Ready, Value: 4, On: "b"},
		{At: 5, Kind: ledger.Usage, Value: 0.6, Stamp: 4},
	}
}

// whole is a scale-up for which two nodes come, as the local cloud recorded it.
func whole() []ledger.Event {
	return append(before(),
		ledger.Event{At: 12, Kind: ledger.Usage, Value: 0.6, Stamp: 9.5}, // measured before the rise
		ledger.Event{At: 23.5, Kind: ledger.Usage, Value: 2.96, Stamp: 22.6},
		ledger.Event{At: 32.1, Kind: ledger.Desired, Value: 20},
		ledger.Event{At: 32.13, Kind: ledger.Ready, Value: 10, On: "a"},
		ledger.Event{At: 32.2, Kind: ledger.Unschedulable, Name: "p11"}, ledger.Event{At: 32.3, Kind: ledger.Unschedulable, Name: "p12"},
		ledger.Event{At: 34, Kind: ledger.Call, Value: 3}, ledger.Event{At: 35, Kind: ledger.Call, Value: 4},
		ledger.Event{At: 50, Kind: ledger.Running, Name: "i-c"}, ledger.Event{At: 51, Kind: ledger.Running, Name: "i-d"},
		ledger.Event{At: 60, Kind: ledger.NodeUp, Name: "c", On: "i-c"}, ledger.Event{At: 62, Kind: ledger.NodeUp, Name: "d", On: "i-d"},
		ledger.Event{At: 60.5, Kind: ledger.Ready, Value: 16, On: "c"}, ledger.Event{At: 62.6, Kind: ledger.Ready, Value: 20, On: "d"},
	)
}

// one builds the ledger of the one rise, and holds what must hold of every ledger.
func one(t *testing.T, rise ledger.Rise, seen []ledger.Event) trace.ScaleUp {
	t.Helper()
	ups := ledger.Build([]ledger.Rise{rise}, seen, rules)
	if len(ups) != 1 {
		t.Fatalf("%d scale-ups, want 1", len(ups))
	}
	sound(t, ups[0])
	return ups[0]
}

func sound(t *testing.T, up trace.ScaleUp) {
	t.Helper()
	order := map[string]int{}
	for i, name := range trace.StageNames() {
		order[name] = i
	}
	last, sum := -1, 0.0
	for i, length := range up.Lasted() {
		if length < 0 {
			t.Errorf("stage %s lasts %g s", up.Stages[i].Name, length)
		}
		if order[up.Stages[i].Name] <= last {
			t.Errorf("stage %s is out of order", up.Stages[i].Name)
		}
		last, sum = order[up.Stages[i].Name], sum+length
	}
	if math.Abs(sum-up.Total()) > 1e-9 {
		t.Errorf("stages add up to %g s, the total is %g s", sum, up.Total())
	}
}

func stages(up trace.ScaleUp) map[string]float64 {
	out := map[string]float64{}
	for _, s := range up.Stages {
		out[s.Name] = s.End
	}
	return out
}

func wantStages(t *testing.T, up trace.ScaleUp, want map[string]float64) {
	t.Helper()
	got := stages(up)
	for name, at := range want {
		if end, ok := got[name]; !ok || math.Abs(end-at) > 1e-9 {
			t.Errorf("%s ends at %g (seen: %v), want %g", name, end, ok, at)
		}
	}
	if len(got) != len(want) {
		t.Errorf("stages %v, want %v", got, want)
	}
}

var wholeStages = map[string]float64{
	trace.Scrape: 23.5, trace.Decision: 32.1, trace.Unschedulable: 32.2, trace.Call: 35, trace.Running: 51, trace.NodeReady: 62,
	trace.PodReady: 62.6,
}

func TestWholeScaleUp(t *testing.T) {
	up := one(t, rise, whole())
	wantStages(t, up, wholeStages)
	if up.Pods != 16 || up.Nodes != 2 || !up.Done || math.Abs(up.Total()-52.6) > 1e-9 {
		t.Errorf("%d pods, %d nodes, done %v, %g s", up.Pods, up.Nodes, up.Done, up.Total())
	}
}

// TestReaction: an HPA that rises in steps finds no room at each of them. The autoscaler answers the first one at once, and that
// it is asked again later is not its delay.
func TestReaction(t *testing.T) {
	if up := one(t, rise, whole()); math.Abs(up.Reaction-1.8) > 1e-9 {
		t.Errorf("%g s, want 34 less 32.2", up.Reaction)
	}
	steps := append(before(),
		ledger.Event{At: 25, Kind: ledger.Desired, Value: 12}, ledger.Event{At: 25.5, Kind: ledger.Unschedulable, Name: "p11"},
		ledger.Event{At: 27, Kind: ledger.Call, Value: 3}, ledger.Event{At: 40, Kind: ledger.Desired, Value: 20},
		ledger.Event{At: 40.5, Kind: ledger.Unschedulable, Name: "p19"}, ledger.Event{At: 42, Kind: ledger.Call, Value: 4},
		ledger.Event{At: 50, Kind: ledger.Running, Name: "i-c"}, ledger.Event{At: 60, Kind: ledger.NodeUp, Name: "c", On: "i-c"},
		ledger.Event{At: 61, Kind: ledger.Ready, Value: 20, On: "c"})
	if up := one(t, rise, steps); math.Abs(up.Reaction-1.5) > 1e-9 {
		t.Errorf("in steps: %g s, want 1.5", up.Reaction)
	}
}

// TestMaximum: an HPA that may have 10 pods has not met a rise to 20.
func TestMaximum(t *testing.T) {
	seen := append(before(), ledger.Event{At: 25, Kind: ledger.Desired, Value: 10}, ledger.Event{At: 26, Kind: ledger.Ready, Value: 10, On: "a"})
	if up := one(t, rise, seen); up.Done || up.Pods != 16 {
		t.Errorf("done %v, %d pods", up.Done, up.Pods)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		seen := whole()
		random.Shuffle(len(seen), func(i, j int) { seen[i], seen[j] = seen[j], seen[i] })
		wantStages(t, one(t, rise, seen), wholeStages)
	}
}

// Whatever is missing, a ledger stays sound; and what is not missing keeps its place.
func TestMissingEvents(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var seen []ledger.Event
		for _, e := range whole() {
			if random.IntN(4) > 0 {
				seen = append(seen, e)
			}
		}
		for _, up := range ledger.Build([]ledger.Rise{rise}, seen, rules) {
			sound(t, up)
		}
	}
	for kind, gone := range map[ledger.Kind]string{ledger.Usage: trace.Scrape, ledger.Call: trace.Call, ledger.Running: trace.Running} {
		var seen []ledger.Event
		for _, e := range whole() {
			if e.Kind != kind {
				seen = append(seen, e)
			}
		}
		want := map[string]float64{}
		for name, at := range wholeStages {
			if name != gone {
				want[name] = at
			}
		}
		wantStages(t, one(t, rise, seen), want)
	}
}

func TestRoomWasThere(t *testing.T) {
	seen := append(before(), ledger.Event{At: 23.5, Kind: ledger.Usage, Value: 2.96, Stamp: 22.6},
		ledger.Event{At: 32, Kind: ledger.Desired, Value: 20}, ledger.Event{At: 33, Kind: ledger.Ready, Value: 20, On: "a"},
		// A new headroom, after the fact.
		ledger.Event{At: 34, Kind: ledger.Call, Value: 3}, ledger.Event{At: 50, Kind: ledger.NodeUp, Name: "c", On: "i-c"})
	up := one(t, rise, seen)
	wantStages(t, up, map[string]float64{trace.Scrape: 23.5, trace.Decision: 32, trace.PodReady: 33})
	if up.Nodes != 0 {
		t.Errorf("%d nodes", up.Nodes)
	}
}

func TestUnfinished(t *testing.T) {
	var seen []ledger.Event
	for _, e := range whole() {
		if e.At < 60 {
			seen = append(seen, e)
		}
	}
	up := one(t, rise, seen)
	if up.Done {
		t.Error("done without the pods")
	}
	wantStages(t, up, map[string]float64{trace.Scrape: 23.5, trace.Decision: 32.1, trace.Unschedulable: 32.2, trace.Call: 35, trace.Running: 51})
	// Demand falls before the pods are there.
	short := rise
	short.Ends = 40
	if up := one(t, short, whole()); up.Done || up.Total() > 30 {
		t.Errorf("%+v", up)
	}
}

func TestTwoRounds(t *testing.T) {
	seen := append(before(), ledger.Event{At: 23, Kind: ledger.Usage, Value: 1, Stamp: 22}, ledger.Event{At: 25, Kind: ledger.Desired, Value: 8},
		ledger.Event{At: 25.5, Kind: ledger.Unschedulable, Name: "p"}, ledger.Event{At: 27, Kind: ledger.Call, Value: 3},
		ledger.Event{At: 55, Kind: ledger.Desired, Value: 19}, // within the tolerance of 20
		ledger.Event{At: 60, Kind: ledger.NodeUp, Name: "c", On: "i-c"}, ledger.Event{At: 61, Kind: ledger.Ready, Value: 19, On: "c"})
	// Refused and called for before the HPA was through: neither is what the scale-up waited for.
	wantStages(t, one(t, rise, seen), map[string]float64{
		trace.Scrape: 23, trace.Decision: 55, trace.Unschedulable: 55, trace.Call: 55, trace.NodeReady: 60, trace.PodReady: 61,
	})
}

// The poll of the metrics API and of EC2 may lag behind whoever acted on what they tell.
func TestLaggingPolls(t *testing.T) {
	seen := whole()
	for i := range seen {
		switch {
		case seen[i].Kind == ledger.Usage && seen[i].At > 20:
			seen[i].At = 32.4
		case seen[i].Name == "i-d":
			seen[i].At = 63
		}
	}
	up := one(t, rise, seen)
	if got := stages(up); got[trace.Scrape] != 32.1 || got[trace.Running] != 62 {
		t.Errorf("%v", got)
	}
}

func TestNothingWasNeeded(t *testing.T) {
	// 3 pods at target are within the tolerance of what 0.66 needs at 4.
	for _, to := range []float64{0.3, 0.6, 0.66} {
		if ups := ledger.Build([]ledger.Rise{{At: 10, From: 0.3, To: to, Ends: 60}}, before(), rules); len(ups) != 0 {
			t.Errorf("to %g: %+v", to, ups)
		}
	}
	if ups := ledger.Build(nil, whole(), rules); ups != nil {
		t.Errorf("%+v without a rise", ups)
	}
}

func TestNeeded(t *testing.T) {
	for demand, want := range map[float64]int{0: 2, 0.3: 2, 0.31: 3, 3: 20, 100: 667} {
		if got := rules.Needed(demand); got != want {
			t.Errorf("%g: %d, want %d", demand, got, want)
		}
	}
}
