package rubric_test

import (
	"encoding/json"
	"math"
	"testing"

	"paddock/grade/internal/fixture"
	"paddock/grade/measure"
	"paddock/grade/profile"
	"paddock/grade/rubric"
	"paddock/grade/trace"
)

func summary(t *testing.T, setting string, change func(*trace.Run)) measure.Summary {
	t.Helper()
	var results []measure.Result
	for _, name := range profile.Names() {
		run := fixture.Run(setting, name, 1)
		if change != nil {
			change(run)
		}
		r, err := measure.Of(run)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return measure.Summarize(results)
}

func grade(t *testing.T, setting string, change func(*trace.Run)) rubric.Grade {
	t.Helper()
	s := summary(t, setting, change)
	return rubric.Of(&s)
}

func charge(t *testing.T, g rubric.Grade, key string) rubric.Loss {
	t.Helper()
	for _, l := range g.Charges {
		if l.Key == key {
			return l
		}
	}
	t.Fatalf("no row %s", key)
	return rubric.Loss{}
}

func TestTableIsWhole(t *testing.T) {
	sum := 0.0
	for _, r := range rubric.Rows() {
		sum += r.Points
		if r.Free >= r.All || r.Means == "" {
			t.Errorf("%+v", r)
		}
	}
	if sum != 100 {
		t.Errorf("the rows' points add up to %g", sum)
	}
}

func TestGoodBeatsBad(t *testing.T) {
	good, bad := grade(t, fixture.Paddock, nil), grade(t, fixture.Defaults, nil)
	if good.Letter != "B" || bad.Letter != "D" {
		t.Errorf("%s with %g points, %s with %g", good.Letter, good.Points, bad.Letter, bad.Points)
	}
	worst := grade(t, fixture.Defaults, func(r *trace.Run) {
		for i := range r.Samples {
			s := &r.Samples[i]
			s.Ready, s.NodesUp, s.Nodes, s.Violated = 1+i%2, 1+i%2, 30, s.Sent
		}
		for i := range r.ScaleUps {
			r.ScaleUps[i].Done = false
		}
	})
	if worst.Letter != "F" || worst.Points > 15 {
		t.Errorf("the worst gets %s with %g points", worst.Letter, worst.Points)
	}
}

// TestLossByHand: the slowest scale-up's 15 points lie between 1.25 and 3 times the reference, in a straight line.
func TestLossByHand(t *testing.T) {
	s := summary(t, fixture.Paddock, nil)
	s.Capacity.P99 = 2.125 * s.Reference.P99 // half-way
	if l := charge(t, rubric.Of(&s), "slowest"); math.Abs(l.Lost-7.5) > 1e-9 || math.Abs(l.Value-2.125) > 1e-9 {
		t.Errorf("lost %g at %g", l.Lost, l.Value)
	}
	s.Capacity.P99 = 99 * s.Reference.P99
	if l := charge(t, rubric.Of(&s), "slowest"); l.Lost != 15 {
		t.Errorf("lost %g at %g", l.Lost, l.Value)
	}
}

func TestUnfinishedLosesEverything(t *testing.T) {
	g := grade(t, fixture.Paddock, func(r *trace.Run) {
		for i := range r.ScaleUps {
			r.ScaleUps[i].Done = false
		}
	})
	for _, key := range []string{"capacity", "slowest"} {
		if l := charge(t, g, key); l.Lost != l.Row.Points || l.Amount() != "never" {
			t.Errorf("%s: %+v", key, l)
		}
	}
	if _, err := json.Marshal(g); err != nil {
		t.Error(err)
	}
}

func TestNoLetter(t *testing.T) {
	partial := grade(t, fixture.Paddock, func(r *trace.Run) { r.Partial = "interrupted" })
	empty := rubric.Of(&measure.Summary{})
	for _, g := range []rubric.Grade{partial, empty} {
		if g.Letter != "" || g.Why == "" {
			t.Errorf("%q with %q", g.Letter, g.Why)
		}
	}
	if partial.Points < 80 {
		t.Errorf("a partial run shows %g points", partial.Points)
	}
}

// TestUnmeasuredRowsWeighNothing: without scale-ups the other rows' points stand for the whole.
func TestUnmeasuredRowsWeighNothing(t *testing.T) {
	s := summary(t, fixture.Paddock, func(r *trace.Run) { r.ScaleUps = nil })
	g := rubric.Of(&s)
	lost := 0.0
	for _, l := range g.Charges {
		lost += l.Lost
	}
	if want := 100 * (65 - lost) / 65; lost == 0 || math.Abs(g.Points-want) > 1e-9 {
		t.Errorf("%g points, want %g", g.Points, want)
	}
}
