// Package report shows graded runs: as one HTML page without anything to fetch, as single pictures, as JSON and as text for a
// terminal.
package report

import (
	"encoding/json"
	"fmt"
	"io"

	"paddock/grade/measure"
	"paddock/grade/rubric"
	"paddock/grade/trace"
)

// Report is what is shown.
type Report struct {
	Title       string               `json:"title"`
	Groups      []Group              `json:"groups"`
	Comparisons []measure.Comparison `json:"comparisons,omitempty"` // of every group to the last one
}

// Group is one setting: its runs, what they come to, and its grade.
type Group struct {
	Name    string          `json:"name"`
	Summary measure.Summary `json:"summary"`
	Grade   rubric.Grade    `json:"grade"`
	Runs    []*trace.Run    `json:"runs"`
}

// New measures and grades runs. Those of one setting make a group; groups keep the order of their first runs, and the last one
// is the base to which the others are compared.
func New(title string, runs []*trace.Run) (*Report, error) {
	r := &Report{Title: title}
	at := map[string]int{}
	for _, run := range runs {
		i, known := at[run.Setting]
		if !known {
			i = len(r.Groups)
			at[run.Setting] = i
			r.Groups = append(r.Groups, Group{Name: run.Setting})
		}
		r.Groups[i].Runs = append(r.Groups[i].Runs, run)
	}
	if len(r.Groups) == 0 {
		return nil, fmt.Errorf("report: no runs")
	}
	for i := range r.Groups {
		g := &r.Groups[i]
		var results []measure.Result
		for _, run := range g.Runs {
			result, err := measure.Of(run)
			if err != nil {
				return nil, fmt.Errorf("report: setting %s: %w", g.Name, err)
			}
			results = append(results, result)
		}
		g.Summary = measure.Summarize(results)
		g.Grade = rubric.Of(&g.Summary)
	}
	base := len(r.Groups) - 1
	for i := range base {
		r.Comparisons = append(r.Comparisons, measure.Compare(&r.Groups[i].Summary, &r.Groups[base].Summary))
	}
	return r, nil
}

// JSON writes the report with all runs in it, so that it can be read and shown again.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("report: JSON: %w", err)
	}
	return nil
}

// worst is the run of a profile that lacked most pods: the one worth a picture. It is nil if there is none.
func (g *Group) worst(profile string) (*trace.Run, *measure.Result) {
	best := -1
	for i := range g.Summary.Runs {
		r := &g.Summary.Runs[i]
		if r.Profile == profile && (best < 0 || r.Figures.Pods.ThetaU > g.Summary.Runs[best].Figures.Pods.ThetaU) {
			best = i
		}
	}
	if best < 0 || best >= len(g.Runs) {
		return nil, nil
	}
	return g.Runs[best], &g.Summary.Runs[best]
}
