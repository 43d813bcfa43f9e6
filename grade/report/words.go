package report

import (
	"fmt"
	"strings"

	"paddock/grade/measure"
)

// amount writes a figure in its unit.
func amount(v float64, unit string) string {
	return strings.Replace(written(v, unit), "-", "−", 1)
}

func written(v float64, unit string) string {
	switch unit {
	case "%":
		return fmt.Sprintf("%.1f %%", v)
	case "×":
		return fmt.Sprintf("%.2f×", v)
	case "$":
		return fmt.Sprintf("$%.3f", v)
	case "s":
		return time1(v)
	case "":
		return num(v)
	}
	return fmt.Sprintf("%.2f %s", v, unit)
}

func time1(v float64) string { return fmt.Sprintf("%.1f", v) }

// verdict is the grade in a sentence.
func verdict(s *measure.Summary) string {
	var parts []string
	switch {
	case s.Capacity.N > 0 && s.Unfinished == s.Capacity.N:
		parts = append(parts, "No rise of demand was met")
	case s.Capacity.N > 1:
		parts = append(parts, fmt.Sprintf("Pods met half of the rises within %.0f s and the slowest after %.0f s", s.Capacity.P50, s.Capacity.P99))
	case s.Capacity.N == 1:
		parts = append(parts, fmt.Sprintf("Pods met the rise after %.0f s", s.Capacity.P50))
	}
	if ratio := s.Stat("cost.covered").Mean; ratio > 0 {
		parts = append(parts, fmt.Sprintf("nodes cost %.2f times the least possible", ratio))
	}
	if len(parts) == 0 {
		return "Nothing was measured."
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

func tiles(s *measure.Summary) []tile {
	var out []tile
	if s.Capacity.N > 0 {
		out = append(out, tile{"Time to capacity, p50", fmt.Sprintf("%.0f s", s.Capacity.P50), fmt.Sprintf("floor %.0f s", s.Floor.P50)})
	}
	add := func(name, key, unit string) {
		st := s.Stat(key)
		out = append(out, tile{name, amount(st.Mean, unit), "floor " + amount(st.Floor, unit)})
	}
	add("Pods missing", "pods.thetaU", "%")
	if sent(s) {
		add("Not served in time", "objective", "%")
	}
	out = append(out, tile{"Nodes against the least", amount(s.Stat("cost.covered").Mean, "×"), amount(s.Stat("cost.hour").Mean, "$") + " an hour"})
	return out
}

func sent(s *measure.Summary) bool {
	for _, r := range s.Runs {
		if r.Figures.Objective.Sent > 0 {
			return true
		}
	}
	return false
}

// metricsOf are all figures with their floors and spreads.
func metricsOf(s *measure.Summary) []metricView {
	var out []metricView
	if s.Capacity.N > 0 {
		out = append(out, metricView{Heading: "Scale-ups", Name: "Time to capacity", Means: "from a sudden rise to pods that meet it",
			Mean: amount(s.Capacity.Mean, "s") + " s", Floor: amount(s.Floor.Mean, "s") + " s", Worst: amount(s.Capacity.Max, "s") + " s",
			WorstFloor: amount(s.Floor.Max, "s") + " s", CV: percent(s.Capacity.CVOf, s.Capacity.CV)})
	}
	if s.Reaction.N > 0 {
		out = append(out, metricView{Name: "Autoscaler's reaction", Means: "from a pod without room to the call for a node",
			Mean: amount(s.Reaction.Mean, "s") + " s", Floor: "–", Worst: amount(s.Reaction.Max, "s") + " s", WorstFloor: "–", CV: percent(s.Reaction.CVOf, s.Reaction.CV)})
	}
	for _, m := range measure.Metrics() {
		out = append(out, metricOf(m, s.Stat(m.Key)))
	}
	return out
}

// percent writes a spread; – where no runs could be compared.
func percent(compared int, cv float64) string {
	if compared == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*cv)
}

func metricOf(m measure.Metric, st measure.Stat) metricView {
	v := metricView{Name: m.Name, Means: m.Means, Mean: amount(st.Mean, m.Unit), Floor: amount(st.Floor, m.Unit), Worst: amount(st.Worst, m.Unit),
		WorstFloor: amount(st.WorstFloor, m.Unit), CV: percent(st.CVOf, st.CV)}
	if st.NoFloor {
		v.Floor, v.WorstFloor = "–", "–"
	}
	level, _, _ := strings.Cut(m.Key, ".")
	for key, heading := range map[string]string{"pods.thetaU": "Pods", "nodes.thetaU": "Nodes", "objective": "Service and cost"} {
		if m.Key == key {
			v.Heading = heading
		}
	}
	if level == "pods" || level == "nodes" { // the heading says so
		_, name, _ := strings.Cut(m.Name, " ")
		v.Name = strings.ToUpper(name[:1]) + name[1:]
	}
	return v
}

// describeUps says what a waterfall shows, for those who do not see it.
func describeUps(ups []measure.ScaleUp) string {
	var b strings.Builder
	for _, up := range ups {
		fmt.Fprintf(&b, "%s, seed %d: ", up.Profile, up.Seed)
		for i, seconds := range up.Lasted() {
			fmt.Fprintf(&b, "%s %.0f s, ", up.Stages[i].Name, seconds)
		}
		fmt.Fprintf(&b, "in all %.0f s, floor %.0f s. ", up.Seconds, up.Floor)
	}
	return b.String()
}

// describe says what a chart of curves shows.
func describe(kind string, e measure.Elasticity) string {
	return fmt.Sprintf("Demand and supply of %s over time. Missing on average %.1f %% of demand, for %.1f %% of the time; surplus %.1f %%, for %.1f %%.",
		kind, e.ThetaU, e.TauU, e.ThetaO, e.TauO)
}

var profileMeans = map[string]string{
	"step":  "Demand rises at once and stays: how long until supply is there?",
	"spike": "Demand rises at once and falls again: is the surplus given back?",
	"ramp":  "Demand rises steadily: how far behind does supply lag?",
	"wave":  "Demand swings with noise: does supply follow without flapping?",
}
