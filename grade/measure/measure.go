// Package measure computes figures from graded runs: elasticity of pods and of nodes, violations of the objective, time to
// capacity and cost, each beside its floor, which is what the settings in force make unavoidable.
//
// A sample holds until the next one; the last one of a whole run holds until the run's planned end. Time in gaps counts for
// nothing. See Elasticity for formulas and their sources, Basis for what pods a demand needs, NodesFor for the oracle.
package measure

import (
	"fmt"

	"paddock/grade/trace"
)

// Figures are what one run, or its floor, comes to.
type Figures struct {
	Pods      Elasticity `json:"pods"`  // on the basis AtTarget
	Nodes     Elasticity `json:"nodes"` // against the oracle
	Limit     Elasticity `json:"limit"` // pods on the basis AtLimit
	Objective Objective  `json:"objective"`
	Cost      Cost       `json:"cost"`
}

// Result is one run, measured.
type Result struct {
	Target    string    `json:"target"`
	Setting   string    `json:"setting"`
	Profile   string    `json:"profile"`
	Seed      int64     `json:"seed"`
	Partial   string    `json:"partial,omitempty"`  // why the run ended early, or does not tell enough
	Headroom  bool      `json:"headroom,omitempty"` // room was held in reserve
	Seconds   float64   `json:"seconds"`            // that count
	Figures   Figures   `json:"figures"`
	Floor     Figures   `json:"floor"`     // what the settings in force make unavoidable
	Reference Figures   `json:"reference"` // what a tuned platform with room in reserve makes of this demand; pods only
	ScaleUps  []ScaleUp `json:"scaleUps"`
	Notes     []string  `json:"notes,omitempty"` // what could not be read or measured
}

// gapsMost is the share of a run that may lie in gaps. With more, the run counts as one that ended early: its hard part may be
// what was not seen.
const gapsMost = 0.1

// Of measures a run. It refuses one of another schema and one whose pods fit on no node.
func Of(run *trace.Run) (Result, error) {
	if run.Schema != trace.Schema {
		return Result{}, fmt.Errorf("run %s, seed %d: schema %d: this program reads %d", run.Profile, run.Seed, run.Schema, trace.Schema)
	}
	if err := fits(&run.Workload); err != nil {
		return Result{}, fmt.Errorf("run %s, seed %d: %w", run.Profile, run.Seed, err)
	}
	settings, err := ParseSettings(run.Settings)
	r := Result{Target: run.Target, Setting: run.Setting, Profile: run.Profile, Seed: run.Seed, Partial: run.Partial}
	if err != nil {
		r.Notes = append(r.Notes, err.Error())
	}
	r.Headroom = settings.HeadroomNodes+settings.HeadroomMilli+settings.HeadroomMi > 0
	best, roomy := Floor(run, settings), *run
	roomy.Workload.Node = trace.Node{}
	reference := Floor(&roomy, settings.Reference())
	r.Figures, r.Floor, r.Reference = figures(run), figures(&best), figures(&reference)
	r.Seconds = r.Figures.Pods.Seconds
	r.ScaleUps = scaleUps(run, settings)
	if missing := 1 - counted(run.Gaps, 0, run.Length)/run.Length; r.Partial == "" && missing > gapsMost {
		r.Partial = fmt.Sprintf("%.0f %% of it were not measured", 100*missing)
	}
	if r.Seconds == 0 {
		r.Notes = append(r.Notes, "no time counts: no samples, no demand, or gaps throughout")
	}
	if r.Figures.Objective.Sent == 0 {
		r.Notes = append(r.Notes, "violations were not measured")
	}
	return r, nil
}

func figures(run *trace.Run) Figures {
	nodes, price := Nodes(run, AtTarget), run.Workload.Node.Dollars
	f := Figures{
		Pods: Pods(run, AtTarget).Elasticity(), Nodes: nodes.Elasticity(), Limit: Pods(run, AtLimit).Elasticity(),
		Objective: objective(run), Cost: nodes.Cost(price),
	}
	f.Cost.LimitRatio = Nodes(run, AtLimit).Cost(price).Ratio
	return f
}
