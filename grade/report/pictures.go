package report

import (
	"fmt"
	"html/template"
	"io"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

type profileView struct {
	Name, Means string
	Groups      []curvesView
}

type curvesView struct {
	Name, Run   string
	Pods, Nodes template.HTML
	Notes       []string
}

// profiles lists the profiles of all groups, in order of their first runs.
func profiles(r *Report) []string {
	var names []string
	seen := map[string]bool{}
	for _, g := range r.Groups {
		for _, p := range g.Summary.Profiles {
			if !seen[p.Name] {
				seen[p.Name] = true
				names = append(names, p.Name)
			}
		}
	}
	return names
}

// scale is the greatest value of a profile's shown runs, so that the groups' charts can be compared by eye.
func scale(r *Report, profile string, nodes bool) float64 {
	most := 0.0
	for i := range r.Groups {
		if run, _ := r.Groups[i].worst(profile); run != nil {
			most = max(most, highest(curveOf(run, nodes)))
		}
	}
	return most
}

func curveOf(run *trace.Run, nodes bool) measure.Curve {
	if nodes {
		return measure.Nodes(run, measure.AtTarget)
	}
	return measure.Pods(run, measure.AtTarget)
}

func profilesOf(r *Report) []profileView {
	var out []profileView
	for i, name := range profiles(r) {
		v := profileView{Name: title(name), Means: profileMeans[name]}
		for k := range r.Groups {
			g := &r.Groups[k]
			run, result := g.worst(name)
			if run == nil {
				continue
			}
			c := curvesView{Name: g.Name, Run: runLine(g, result), Notes: result.Notes}
			if result.Partial != "" {
				c.Notes = append(c.Notes, "This run ended early: "+result.Partial)
			}
			for _, gap := range run.Gaps {
				c.Notes = append(c.Notes, fmt.Sprintf("No figures from %.0f to %.0f s: %s.", gap.From, gap.To, gap.Why))
			}
			c.Pods = template.HTML(curves(fmt.Sprintf("p%d-%d", i, k), run, false, scale(r, name, false)).svg("Pods, "+name, describe("pods", result.Figures.Pods), ""))
			c.Nodes = template.HTML(curves(fmt.Sprintf("n%d-%d", i, k), run, true, scale(r, name, true)).svg("Nodes, "+name, describe("nodes", result.Figures.Nodes), ""))
			v.Groups = append(v.Groups, c)
		}
		out = append(out, v)
	}
	return out
}

func runLine(g *Group, r *measure.Result) string {
	text := fmt.Sprintf("seed %d", r.Seed)
	for _, p := range g.Summary.Profiles {
		if p.Name == r.Profile && p.Runs > 1 {
			text += fmt.Sprintf(", the worst of %d runs", p.Runs)
		}
	}
	return text + fmt.Sprintf(" · nodes cost %.2f times the least possible", r.Figures.Cost.Covered)
}

// Picture is one drawing of a report, by itself.
type Picture struct {
	Name string // of a file, without its ending: setting-profile-pods, setting-profile-nodes or setting-scaleups
	Draw func(io.Writer) error
}

// Pictures lists the drawings of a report as SVG files of their own: light or dark as the reader's system is.
func Pictures(r *Report) []Picture {
	var out []Picture
	add := func(name string, c func() *canvas, heading, about string) {
		out = append(out, Picture{name, func(w io.Writer) error {
			if _, err := io.WriteString(w, c().svg(heading, about, chartCSS)); err != nil {
				return fmt.Errorf("report: picture %s: %w", name, err)
			}
			return nil
		}})
	}
	for k := range r.Groups {
		g := &r.Groups[k]
		var ups []measure.ScaleUp
		for _, result := range g.Summary.Runs {
			ups = append(ups, result.ScaleUps...)
		}
		for _, name := range profiles(r) {
			run, result := g.worst(name)
			if run == nil {
				continue
			}
			for _, nodes := range []bool{false, true} {
				kind, figures := "pods", result.Figures.Pods
				if nodes {
					kind, figures = "nodes", result.Figures.Nodes
				}
				add(g.Name+"-"+name+"-"+kind, func() *canvas { return curves("c", run, nodes, scale(r, name, nodes)) },
					title(kind)+", "+name+", "+g.Name, describe(kind, figures))
			}
		}
		if few := slowest(ups); len(few) > 0 {
			add(g.Name+"-scaleups", func() *canvas { return waterfall("w", few) }, "Scale-ups, "+g.Name, describeUps(few))
		}
	}
	return out
}

func title(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
