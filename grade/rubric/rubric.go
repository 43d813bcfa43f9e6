// Package rubric turns figures into a letter: 100 points, of which each row of one table takes some.
//
// Two principles choose what a row looks at. What hurts is taken from the worst run, since users remember the worst day; what
// costs money is taken as the mean, since money adds up. And a loop is held against the floor of the settings it was given,
// while what users get is held against a reference that is the same for everyone.
package rubric

import (
	"fmt"
	"math"

	"paddock/grade/measure"
)

// Row is one reason to lose points. Up to Free nothing is lost, from All on everything, and in between in a straight line.
type Row struct {
	Key    string
	Name   string
	Unit   string
	Points float64
	Free   float64
	All    float64
	Means  string

	// value reads the figure, and says in words where it comes from; it is false if it was not measured.
	value func(*measure.Summary) (float64, string, bool)
}

// slack is added to measured and to expected shares in per cent before they are divided: what is about nothing on both sides
// is equally good.
const slack, slackInstability = 1.0, 2.0

// Rows is the table. Its points add up to 100.
//
// Free is where luck ends: how far a run of loops that do nothing wrong strays from its floor through phases and boots; of cost, about what one node in reserve comes to in a group of two to four. All is
// where nothing good is left to say. Thrice the reference is a rise that waits for nodes of 45 s, or for an HPA that rises in
// steps; twice the oracle is every second dollar spent on nothing, which is also what keeping all nodes at all times comes to;
// 12 s are more than the autoscaler's period of 10 s, at which it answers without noticing that a pod waits.
func Rows() []Row {
	return []Row{
		{"capacity", "Median scale-up", "× floor", 10, 1.2, 2.5, "median scale-up over the floor's", capacity},
		{"slowest", "Slowest scale-up", "× reference", 15, 1.25, 3, "p99 of the scale-ups over what is expected of the reference's slowest of as many", slowest},
		{"missing", "Pods missing (θU)", "× reference", 15, 1.25, 3, "worst run over the reference, 1 % added to both", missing},
		{"objective", "Demand not served in time", "× reference", 10, 1.25, 3, "worst run over the reference, 1 % added to both", objective},
		{"cost", "Cost", "× oracle", 20, 1.4, 2, "node-seconds paid for over those of perfect packing, missing ones filled up; mean of all profiles", cost},
		{"instability", "Instability (υ)", "× floor", 10, 1.25, 2.5, "worst run of pods or nodes over its floor, 2 % added to both", instability},
		{"reversals", "Reversals", "", 10, 1, 6, "turns of supply beyond those of demand, pods or nodes, worst run", reversals},
		{"reaction", "Autoscaler's reaction", "s", 10, 4, 12, "slowest time from a pod without room to the call for a node", reaction},
	}
}

// lost is how many of the row's points a value loses. A value that is no number loses all.
func (r Row) lost(value float64) float64 {
	if math.IsNaN(value) {
		return r.Points
	}
	return r.Points * min(max((value-r.Free)/(r.All-r.Free), 0), 1)
}

func capacity(s *measure.Summary) (float64, string, bool) {
	return against(s, s.Capacity.P50, s.Floor.P50, "half of the scale-ups took %.0f s or less; the floor is %.0f s")
}

func slowest(s *measure.Summary) (float64, string, bool) {
	return against(s, s.Capacity.P99, s.Reference.P99, "the slowest scale-up took %.0f s; the reference's would take %.0f s")
}

// against divides a time by what is possible. A scale-up that never met demand loses everything.
func against(s *measure.Summary, seconds, least float64, why string) (float64, string, bool) {
	switch {
	case s.Capacity.N == 0:
		return 0, "no scale-up was needed", false
	case s.Unfinished > 0:
		return math.NaN(), fmt.Sprintf("%d of %d scale-ups never met demand", s.Unfinished, s.Capacity.N), true
	case least <= 0:
		return 0, "nothing to hold it against: such loops never get there", false
	}
	return seconds / least, fmt.Sprintf(why, seconds, least), true
}

func missing(s *measure.Summary) (float64, string, bool) {
	return worst(s, slack, "%.1f %% of the pods needed were missing; the reference would miss %.1f %%", func(r *measure.Result) []pair {
		return []pair{{r.Figures.Pods.ThetaU, r.Reference.Pods.ThetaU}}
	})
}

func objective(s *measure.Summary) (float64, string, bool) {
	return worst(s, slack, "%.1f %% came too late or not at all; of the reference's, %.1f %%", func(r *measure.Result) []pair {
		if r.Figures.Objective.Sent == 0 {
			return nil
		}
		return []pair{{r.Figures.Objective.Percent, r.Reference.Objective.Percent}}
	})
}

func instability(s *measure.Summary) (float64, string, bool) {
	return worst(s, slackInstability, "for %.1f %% of the time, supply moved unlike demand; the floor is %.1f %%", func(r *measure.Result) []pair {
		return []pair{{r.Figures.Pods.Instability, r.Floor.Pods.Instability}, {r.Figures.Nodes.Instability, r.Floor.Nodes.Instability}}
	})
}

// pair is a figure and what it is held against.
type pair struct{ got, want float64 }

// worst is the greatest ratio of all runs, with slack on both sides.
func worst(s *measure.Summary, slack float64, why string, of func(*measure.Result) []pair) (float64, string, bool) {
	ratio, words, found := 0.0, "not measured", false
	for i := range s.Runs {
		r := &s.Runs[i]
		if r.Seconds == 0 {
			continue
		}
		for _, p := range of(r) {
			if v := (p.got + slack) / (p.want + slack); !found || v > ratio {
				ratio, found = v, true
				words = fmt.Sprintf("%s: "+why, r.Profile, p.got, p.want)
			}
		}
	}
	return ratio, words, found
}

func cost(s *measure.Summary) (float64, string, bool) {
	sum, n := 0.0, 0.0
	for i := range s.Profiles {
		if st := s.Profiles[i].Stat("cost.covered"); st.Mean > 0 {
			sum, n = sum+st.Mean, n+1
		}
	}
	if n == 0 {
		return 0, "not measured", false
	}
	return sum / n, fmt.Sprintf("nodes cost %.0f %% more than the least possible", 100*(sum/n-1)), true
}

func reversals(s *measure.Summary) (float64, string, bool) {
	most, found := 0, false
	for i := range s.Runs {
		f := &s.Runs[i].Figures
		most, found = max(most, f.Pods.Reversals, f.Nodes.Reversals), found || s.Runs[i].Seconds > 0
	}
	return float64(most), fmt.Sprintf("at worst, supply turned round %d times without cause", most), found
}

func reaction(s *measure.Summary) (float64, string, bool) {
	if s.Reaction.N == 0 {
		return 0, "no call for nodes was needed, or seen", false
	}
	return s.Reaction.P99, fmt.Sprintf("at worst %.1f s until the call for nodes", s.Reaction.P99), true
}
