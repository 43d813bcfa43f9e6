package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"paddock/grade/measure"
	"paddock/grade/rubric"
)

// page is what the template shows: everything in words already.
type page struct {
	Title, About string
	Style        template.CSS
	Several      bool
	Groups       []groupView
	Comparisons  []comparisonView
	Profiles     []profileView
	Settings     []settingView
	Letters      string
	Sources      []string
}

type groupView struct {
	Name, Letter, Points, Why, Verdict string
	Tiles                              []tile
	AnyLost                            bool
	Charges                            []chargeView
	Ledger                             string
	Waterfall                          template.HTML
	Stages                             []stageView
	Metrics                            []metricView
}

type tile struct{ Name, Value, Note string }

type chargeView struct {
	Name, Value, Lost, Why string
	Percent                string
	Counts                 bool
}

type stageView struct {
	Name, Class, P50, P99, Mean string
	N                           int
	Sum                         bool
}

type metricView struct{ Heading, Name, Means, Mean, Floor, Worst, WorstFloor, CV string }

type settingView struct {
	Key     string
	Values  []string
	Differs bool
}

func view(r *Report) page {
	p := page{Title: r.Title, About: about(r), Style: template.CSS(chartCSS + pageCSS), Several: len(r.Groups) > 1,
		Letters: rubric.Letters(), Sources: sources()}
	for i := range r.Groups {
		p.Groups = append(p.Groups, groupOf(i, &r.Groups[i]))
	}
	for i := range r.Comparisons {
		p.Comparisons = append(p.Comparisons, comparisonOf(&r.Comparisons[i]))
	}
	p.Profiles = profilesOf(r)
	p.Settings = settingsOf(r)
	return p
}

// about says in one line what was run.
func about(r *Report) string {
	var names, targets []string
	seeds := map[int64]bool{}
	runs, day := 0, ""
	for _, g := range r.Groups {
		for _, run := range g.Runs {
			runs++
			seeds[run.Seed] = true
			if !slices.Contains(names, run.Profile) {
				names = append(names, run.Profile)
			}
			if !slices.Contains(targets, run.Target) {
				targets = append(targets, run.Target)
			}
			if day == "" && !run.Started.IsZero() {
				day = run.Started.Format(", 2 January 2006")
			}
		}
	}
	return fmt.Sprintf("%s on %s: %d %s, %d %s%s", strings.Join(names, ", "), strings.Join(targets, " and "), runs, plural(runs, "run"),
		len(seeds), plural(len(seeds), "seed"), day)
}

func groupOf(i int, g *Group) groupView {
	v := groupView{Name: g.Name, Letter: g.Grade.Letter, Points: fmt.Sprintf("%.0f", math.Floor(g.Grade.Points+1e-9)), Why: g.Grade.Why, Verdict: verdict(&g.Summary)}
	v.Tiles = tiles(&g.Summary)
	for _, l := range sortedCharges(g.Grade.Charges) {
		c := chargeView{Name: l.Row.Name, Value: l.Amount(), Why: l.Why, Counts: l.Lost >= 0.05, Lost: "not measured"}
		if l.Measured {
			c.Lost = fmt.Sprintf("−%.1f of %g", l.Lost, l.Row.Points)
			c.Percent = num(100 * l.Lost / l.Row.Points)
		}
		if l.Measured && !c.Counts {
			c.Lost = fmt.Sprintf("0 of %g", l.Row.Points)
		}
		v.AnyLost = v.AnyLost || c.Counts
		v.Charges = append(v.Charges, c)
	}
	v.ledger(i, &g.Summary)
	v.Metrics = metricsOf(&g.Summary)
	return v
}

// sortedCharges puts what cost most first.
func sortedCharges(charges []rubric.Loss) []rubric.Loss {
	out := slices.Clone(charges)
	slices.SortStableFunc(out, func(a, b rubric.Loss) int {
		switch {
		case a.Lost > b.Lost:
			return -1
		case a.Lost < b.Lost:
			return 1
		}
		return 0
	})
	return out
}

func (v *groupView) ledger(i int, s *measure.Summary) {
	if s.Capacity.N == 0 {
		return
	}
	var ups []measure.ScaleUp
	for _, r := range s.Runs {
		ups = append(ups, r.ScaleUps...)
	}
	few := slowest(ups)
	v.Ledger = "From a sudden rise of demand to pods that meet it, stage by stage. The mark is the floor: " +
		"loops that do nothing wrong, in the median phase."
	if len(few) < len(ups) {
		v.Ledger += fmt.Sprintf(" The slowest %d of %d are shown.", len(few), len(ups))
	}
	v.Waterfall = template.HTML(waterfall(fmt.Sprintf("w%d", i), few).svg("Scale-ups", describeUps(few), ""))
	row := func(name, class string, t measure.Times, sum bool) {
		v.Stages = append(v.Stages, stageView{name, class, time1(t.P50), time1(t.P99), time1(t.Mean), t.N, sum})
	}
	for _, t := range s.Stages {
		row(t.Name, stageClass(t.Name), t, false)
	}
	row("Time to capacity", "", s.Capacity, true)
	row("Floor", "", s.Floor, false)
	row("Reference", "", s.Reference, false)
}
