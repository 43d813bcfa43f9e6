package rubric

import (
	"math"

	"paddock/grade/measure"
)

// Grade is what a setting's runs come to.
type Grade struct {
	Letter  string  `json:"letter"` // A+ to F; empty: no grade, see Why
	Points  float64 `json:"points"` // of 100
	Why     string  `json:"why,omitempty"`
	Charges []Loss  `json:"charges"` // every row of the table, in its order
}

// Loss is one row of the table, applied.
type Loss struct {
	Row      Row     `json:"-"`
	Key      string  `json:"key"`
	Measured bool    `json:"measured"`
	Endless  bool    `json:"endless,omitempty"` // the figure has no end: a scale-up never met demand
	Value    float64 `json:"value"`             // in the row's unit
	Lost     float64 `json:"lost"`              // points
	Why      string  `json:"why"`
}

// letters with the least points that they ask for.
var letters = []struct {
	Letter string
	Least  float64
}{{"A+", 97}, {"A", 90}, {"B", 80}, {"C", 70}, {"D", 60}, {"F", 0}}

// needed are rows without which there is no grade: how it served, and what it cost.
var needed = []string{"missing", "cost"}

// Of grades runs of one setting. Rows that were not measured are left out, and the points of the others stand for the whole.
// There is no letter if a run ended early: a run that breaks off before its hard part must not pay. Points are given all the
// same, so that one can see where it was going.
func Of(s *measure.Summary) Grade {
	var g Grade
	var could, lost float64
	for _, row := range Rows() {
		value, why, ok := row.value(s)
		l := Loss{Row: row, Key: row.Key, Measured: ok, Value: value, Why: why}
		if ok {
			l.Lost = row.lost(value)
			could, lost = could+row.Points, lost+l.Lost
		}
		if math.IsNaN(value) {
			l.Endless, l.Value = true, 0
		}
		g.Charges = append(g.Charges, l)
	}
	if could > 0 {
		g.Points = 100 * (could - lost) / could
	}
	switch {
	case len(s.Partial) > 0:
		g.Why = "partial, no grade: " + s.Partial[0]
	case !g.has(needed):
		g.Why = "no grade: pods or nodes were not measured"
	default:
		g.Letter = letter(g.Points)
	}
	return g
}

func (g *Grade) has(keys []string) bool {
	found := 0
	for _, l := range g.Charges {
		for _, key := range keys {
			if l.Key == key && l.Measured {
				found++
			}
		}
	}
	return found == len(keys)
}

func letter(points float64) string {
	for _, l := range letters {
		if points >= l.Least-1e-9 {
			return l.Letter
		}
	}
	return letters[len(letters)-1].Letter
}
