package measure

import (
	"math"
	"slices"

	"paddock/grade/trace"
)

// Stat is one metric over several runs. The worst run counts before the mean: a scaler is as good as on its worst day.
type Stat struct {
	Key        string  `json:"key"`
	N          int     `json:"n"`
	Mean       float64 `json:"mean"`
	Worst      float64 `json:"worst"`             // farthest from 0
	CV         float64 `json:"cv"`                // standard deviation over mean, see spreadOf
	CVOf       int     `json:"cvOf"`              // runs of a kind that were compared for it, at most; 0 = none, and there is no spread
	NoFloor    bool    `json:"noFloor,omitempty"` // loops that do nothing wrong may come to anything here: see floorless
	Floor      float64 `json:"floor"`             // mean of the runs' floors
	WorstFloor float64 `json:"worstFloor"`        // floor of the worst run
	Reference  float64 `json:"reference"`         // mean of the runs' references; 0 for nodes, which it does not have
}

// Profile is the runs of one profile.
type Profile struct {
	Name  string `json:"name"`
	Runs  int    `json:"runs"`
	Stats []Stat `json:"stats"`
}

// Summary is all runs of one setting.
type Summary struct {
	Target     string    `json:"target"`
	Setting    string    `json:"setting"`
	Runs       []Result  `json:"runs"`
	Partial    []string  `json:"partial,omitempty"` // runs that ended early, and why
	Stats      []Stat    `json:"stats"`             // over all runs, in order of Metrics
	Profiles   []Profile `json:"profiles"`          // in order of their first runs
	Capacity   Times     `json:"capacity"`          // time to capacity of every scale-up, s
	Floor      Times     `json:"floor"`             // its floor; P99 and Max are what the slowest of so many is expected to take
	Reference  Times     `json:"reference"`         // the reference's time to capacity, likewise
	Efficiency float64   `json:"efficiency"`        // floor over time to capacity, of the means; 0: no scale-up
	Unfinished int       `json:"unfinished"`        // scale-ups that never met demand; their times are those waited in vain
	Reaction   Times     `json:"reaction"`          // of the autoscaler: unschedulable pod to call, s
	Stages     []Times   `json:"stages"`            // s
}

// Summarize gathers runs of one setting.
func Summarize(runs []Result) Summary {
	s := Summary{Runs: runs, Stats: stats(runs)}
	var ups []ScaleUp
	for i, r := range runs {
		if i == 0 {
			s.Target, s.Setting = r.Target, r.Setting
		}
		if r.Partial != "" {
			s.Partial = append(s.Partial, r.Profile+": "+r.Partial)
		}
		ups = append(ups, r.ScaleUps...)
		if !slices.ContainsFunc(s.Profiles, func(p Profile) bool { return p.Name == r.Profile }) {
			s.Profiles = append(s.Profiles, Profile{Name: r.Profile})
		}
	}
	for i := range s.Profiles {
		p := &s.Profiles[i]
		own := slices.DeleteFunc(slices.Clone(runs), func(r Result) bool { return r.Profile != p.Name })
		p.Runs, p.Stats = len(own), stats(own)
	}
	s.scaleUps(ups)
	return s
}

func (s *Summary) scaleUps(ups []ScaleUp) {
	var seconds, floors, references []float64
	var longest, longestReference float64
	slowest := slowestOf(len(ups))
	for _, up := range ups {
		seconds = append(seconds, up.Seconds)
		floors = append(floors, up.Floor)
		references = append(references, up.Reference)
		floor, reference := up.at(slowest)
		longest, longestReference = max(longest, floor), max(longestReference, reference)
		if !up.Done {
			s.Unfinished++
		}
	}
	s.Capacity, s.Floor = TimesOf(trace.PodReady, seconds), TimesOf("floor", floors)
	s.Floor.P99, s.Floor.Max = longest, longest
	s.Reference = TimesOf("reference", references)
	s.Reference.P99, s.Reference.Max = longestReference, longestReference
	if s.Capacity.Mean > 0 {
		s.Efficiency = s.Floor.Mean / s.Capacity.Mean
	}
	s.Reaction = TimesOf(trace.Call, Reaction(ups))
	s.Capacity.CV, s.Capacity.CVOf = spreadOf(s.Runs, func(r *Result) (float64, bool) { return meanOf(r.ScaleUps, capacities) })
	s.Reaction.CV, s.Reaction.CVOf = spreadOf(s.Runs, func(r *Result) (float64, bool) { return meanOf(r.ScaleUps, Reaction) })
	s.Stages = Stages(ups)
}

// slowestOf is the quantile of one scale-up's phases at which the slowest of n lies, in the median of many such runs. A single
// scale-up is held against the median phase: against the worst of a hundred, hardly one could look slow.
func slowestOf(n int) float64 { return min(math.Pow(0.5, 1/float64(max(n, 1))), 0.99) }

// stats are those of each metric.
func stats(runs []Result) []Stat {
	var out []Stat
	for _, m := range Metrics() {
		st := Stat{Key: m.Key}
		var values []float64
		for i := range runs {
			if runs[i].Seconds == 0 {
				continue
			}
			value, floor := m.Of(&runs[i].Figures), m.Of(&runs[i].Floor)
			if floorless(m.Key, &runs[i]) {
				floor, st.NoFloor = 0, true
			}
			values = append(values, value)
			st.Floor += floor
			st.Reference += m.Of(&runs[i].Reference)
			if len(values) == 1 || math.Abs(value) > math.Abs(st.Worst) {
				st.Worst, st.WorstFloor = value, floor
			}
		}
		st.N = len(values)
		if st.N > 0 {
			st.Floor /= float64(st.N)
			st.Reference /= float64(st.N)
		}
		st.Mean, _ = spread(values)
		st.CV, st.CVOf = spreadOf(runs, func(r *Result) (float64, bool) { return m.Of(&r.Figures), r.Seconds > 0 })
		out = append(out, st)
	}
	return out
}

// floorless tells whether a run's floor of a figure means nothing. With room in reserve, how many nodes are there before a rise
// depends on how full the nodes are that hold it: the floor packs them perfectly, and so begins with fewer than any cluster has.
func floorless(key string, r *Result) bool {
	return r.Headroom && (key == "nodes.thetaU" || key == "nodes.tauU")
}

// Stat finds a metric's figures over all runs.
func (s *Summary) Stat(key string) Stat { return find(s.Stats, key) }

// Stat finds a metric's figures over the profile's runs.
func (p *Profile) Stat(key string) Stat { return find(p.Stats, key) }

func find(stats []Stat, key string) Stat {
	if i := slices.IndexFunc(stats, func(s Stat) bool { return s.Key == key }); i >= 0 {
		return stats[i]
	}
	return Stat{Key: key}
}
