package measure

import (
	"math"
	"slices"
)

// Comparison sets one setting against another on the profiles that both have run to the end: half a run is another demand.
type Comparison struct {
	Setting  string   `json:"setting"`
	Base     string   `json:"base"` // to which it is compared
	Profiles []string `json:"profiles"`
	Ratios   []Ratio  `json:"ratios"`
	// Speedup is the geometric mean of the ratios: above 1, the setting is better than the base. It is the elastic speedup
	// after Bauer et al., TPDS 2019, as we restate it. Ratios without a value are left out; 0: there is none.
	Speedup float64 `json:"speedup"`
}

// Ratio is one metric under both.
type Ratio struct {
	Key     string  `json:"key"`
	Setting float64 `json:"setting"` // mean over profiles of the mean over runs
	Base    float64 `json:"base"`
	Ratio   float64 `json:"ratio"` // Base over Setting, above 1: the setting is better; 0: one of them is not above 0, or a share below 0.1 %
}

// leastPercent is the least share that has a ratio: a sample is hardly a finer part of a run, and to next to nothing any other share
// would be infinitely worse.
const leastPercent = 0.1

func ratio(unit string, setting, base float64) float64 {
	if least := min(setting, base); least <= 0 || unit == "%" && least < leastPercent {
		return 0
	}
	return base / setting
}

// OfCapacity and OfReaction name what a summary knows beyond Metrics: mean times in seconds.
const (
	OfCapacity = "capacity"
	OfReaction = "reaction"
)

// speedup are the metrics that its geometric mean is taken of: those of the source, and what the objective, time and money say.
var speedup = []string{
	"pods.thetaU", "pods.thetaO", "pods.tauU", "pods.tauO", "pods.instability",
	"nodes.thetaU", "nodes.thetaO", "nodes.tauU", "nodes.tauO", "nodes.instability", "objective", "cost.covered", OfCapacity,
}

// Compare sets a setting against its base.
func Compare(setting, base *Summary) Comparison {
	c := Comparison{Setting: setting.Setting, Base: base.Setting}
	for _, p := range setting.Profiles {
		if setting.whole(p.Name) && base.whole(p.Name) {
			c.Profiles = append(c.Profiles, p.Name)
		}
	}
	logs, n := 0.0, 0
	add := func(key, unit string, a, b float64) {
		r := Ratio{Key: key, Setting: a, Base: b, Ratio: ratio(unit, a, b)}
		if r.Ratio > 0 && slices.Contains(speedup, key) {
			logs, n = logs+math.Log(r.Ratio), n+1
		}
		c.Ratios = append(c.Ratios, r)
	}
	add(OfCapacity, "s", setting.time(c.Profiles, capacities), base.time(c.Profiles, capacities))
	add(OfReaction, "s", setting.time(c.Profiles, Reaction), base.time(c.Profiles, Reaction))
	for _, m := range Metrics() {
		add(m.Key, m.Unit, setting.over(c.Profiles, m.Key), base.over(c.Profiles, m.Key))
	}
	if n > 0 {
		c.Speedup = math.Exp(logs / float64(n))
	}
	return c
}

// whole tells whether a profile has run, and always to the end.
func (s *Summary) whole(profile string) bool {
	found := false
	for i := range s.Runs {
		if r := &s.Runs[i]; r.Profile == profile {
			if r.Partial != "" {
				return false
			}
			found = true
		}
	}
	return found
}

// time is the mean of what the scale-ups of profiles tell.
func (s *Summary) time(profiles []string, of func([]ScaleUp) []float64) float64 {
	var ups []ScaleUp
	for i := range s.Runs {
		if slices.Contains(profiles, s.Runs[i].Profile) {
			ups = append(ups, s.Runs[i].ScaleUps...)
		}
	}
	mean, _ := meanOf(ups, of)
	return mean
}

// over is a metric's mean over profiles, each of which counts alike however often it has run.
func (s *Summary) over(profiles []string, key string) float64 {
	sum := 0.0
	for i := range s.Profiles {
		if slices.Contains(profiles, s.Profiles[i].Name) {
			sum += s.Profiles[i].Stat(key).Mean / float64(len(profiles))
		}
	}
	return sum
}
