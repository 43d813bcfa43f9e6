package scale_test

import (
	"strings"
	"testing"

	"paddock/grade/ledger"
	"paddock/grade/scale"
	"paddock/grade/trace"
)

// rise is a record: at rest until 10, a stand-still from 13 to 43, all there at 46.
func rise() (*trace.Run, []ledger.Event) {
	run := &trace.Run{}
	ready := func(t float64) int {
		switch {
		case t < 11:
			return 10
		case t < 13:
			return 50
		case t < 43:
			return 60
		case t < 46:
			return 90
		}
		return 100
	}
	var events []ledger.Event
	last := 0
	for t := 0.0; t <= 46; t++ {
		s := trace.Sample{At: t, Desired: 10, Made: 10, Placed: 10, Ready: ready(t), Nodes: 2, NodesUp: 2}
		if t >= 10 {
			s.Desired, s.Made, s.Placed, s.Nodes, s.NodesUp = 100, 100, s.Ready, 6, 6
		}
		run.Samples = append(run.Samples, s)
		if s.Ready != last {
			last = s.Ready
			events = append(events, ledger.Event{At: t, Kind: ledger.Ready, Value: float64(last)})
		}
	}
	return run, append(events, []ledger.Event{
		{At: 5, Kind: ledger.Unschedulable, Name: "earlier"}, {At: 6, Kind: ledger.Call},
		{At: 10.5, Kind: ledger.Unschedulable, Name: "a"}, {At: 11.5, Kind: ledger.Call},
		{At: 12, Kind: ledger.Unschedulable, Name: "b"}, {At: 42, Kind: ledger.Call},
		{At: 45, Kind: ledger.Unschedulable, Name: "fits on what comes"},
	}...)
}

func TestJudge(t *testing.T) {
	run, events := rise()
	r := scale.Judge(run, events, 10, 100, 60, 10)
	if !r.Met || r.Seconds != 36 || r.Half != 1 || r.Most != 33 || r.Rest != 10 || r.From != 2 || r.Ready != 100 || r.Nodes != 6 {
		t.Errorf("%+v", r)
	}
	if r.Still != (scale.Still{From: 3, Seconds: 30, Ready: 60, Nodes: 6}) {
		t.Errorf("%+v", r.Still)
	}
	if r.Calls != 2 || r.Waits.N != 2 || r.Waits.P50 != 1 || r.Waits.P99 != 30 {
		t.Errorf("%d calls, %+v", r.Calls, r.Waits)
	}
	if !strings.HasPrefix(r.Held, "the autoscaler: 40 pods have no node") {
		t.Errorf("%q", r.Held)
	}
	if r = scale.Judge(run, events, 10, 100, 30, 10); r.Met || r.Seconds != 36 {
		t.Errorf("%+v", r)
	}
	if r = scale.Judge(run, events, 10, 200, 30, 10); r.Met || r.Seconds != 0 || !strings.Contains(r.Verdict(), "only 100 were Ready") {
		t.Errorf("%s", r.Verdict())
	}
}

func TestHeld(t *testing.T) {
	for want, s := range map[string]trace.Sample{
		"the HPA: 20 of 100":                 {Desired: 20, Made: 20, Placed: 20, Ready: 20},
		"the controller-manager: 20 of 100":  {Desired: 100, Made: 20, Placed: 20, Ready: 20},
		"the autoscaler: 80 pods":            {Desired: 100, Made: 100, Placed: 20, Ready: 20, Nodes: 2, NodesUp: 2},
		"nodes: all 9 that may be had":       {Desired: 100, Made: 100, Placed: 20, Ready: 20, Nodes: 9, NodesUp: 9},
		"nodes: 2 of 5 are Ready":            {Desired: 100, Made: 100, Placed: 20, Ready: 20, Nodes: 5, NodesUp: 2},
		"the kubelets, which KWOK plays: 20": {Desired: 100, Made: 100, Placed: 100, Ready: 20, Nodes: 5, NodesUp: 5},
	} {
		run := &trace.Run{Samples: []trace.Sample{s}}
		if r := scale.Judge(run, nil, 0, 100, 60, 9); !strings.HasPrefix(r.Held, want) {
			t.Errorf("%q, want %q", r.Held, want)
		}
	}
}

func TestText(t *testing.T) {
	run, events := rise()
	r := scale.Judge(run, events, 10, 100, 60, 10)
	r.Machine = scale.Machine{Cores: 2, Busy: 0.95, FreeMi: 512}
	r.Programs = []scale.Usage{{Name: "dev/apiserver", PeakMi: 700, Cores: 0.9}, {Name: "dev/kube-system/cluster-autoscaler-1", PeakMi: 134, Cores: 0.1}}
	partial := scale.Result{Pods: 200, Partial: "interrupted after 3 of 60 s"}
	var b strings.Builder
	if err := scale.Text(&b, []scale.Result{r, partial}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"100 pods Ready 36 s after the rise, in time", "stand-still 30 s", "p50 1.0 s, p99 30.0 s, of 2 pods and 2 calls",
		"busy to 95 %, 512 MiB free at least: there was no more to be had, and dev/apiserver took most", "autoscaler: 134 MiB", "200 pods: interrupted",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, &b)
		}
	}
}
