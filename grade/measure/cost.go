package measure

import "paddock/grade/trace"

// Cost is what nodes cost against the least they could. The figures are ours.
type Cost struct {
	NodeSeconds   float64 `json:"nodeSeconds"`   // paid for, in time that counts
	OracleSeconds float64 `json:"oracleSeconds"` // of the oracle, which has exactly NodesFor at every moment
	Ratio         float64 `json:"ratio"`         // of the two; 0 if the oracle needs none
	Covered       float64 `json:"covered"`       // Ratio, where nodes that are missing save nothing; at least 1
	LimitRatio    float64 `json:"limitRatio"`    // Ratio to an oracle with every pod at its limit: what the target itself costs
	Dollars       float64 `json:"dollars"`       // NodeSeconds at the list price
	OracleDollars float64 `json:"oracleDollars"`
	PerHour       float64 `json:"perHour"` // dollars in an hour of such demand
}

// Cost measures a curve of nodes at a price of dollars an hour.
func (c Curve) Cost(price float64) Cost {
	var out Cost
	var counted, covered float64
	for _, p := range c {
		counted += p.For
		out.NodeSeconds += p.Paid * p.For
		out.OracleSeconds += p.Demand * p.For
		covered += max(p.Paid, p.Demand) * p.For
	}
	if out.OracleSeconds > 0 {
		out.Ratio, out.Covered = out.NodeSeconds/out.OracleSeconds, covered/out.OracleSeconds
	}
	out.Dollars, out.OracleDollars = out.NodeSeconds*price/3600, out.OracleSeconds*price/3600
	if counted > 0 {
		out.PerHour = out.Dollars / counted * 3600
	}
	return out
}

// Objective is how much of the demand was not served as the objective wants.
type Objective struct {
	Sent     float64 `json:"sent"`     // requests, or core-seconds asked for; 0: not measured
	Violated float64 `json:"violated"` // of these
	Percent  float64 `json:"percent"`
}

// objective sums what the samples say. What a sample says of a time that a gap touches is left out.
func objective(run *trace.Run) Objective {
	var o Objective
	before := 0.0
	for _, s := range sound(run) {
		whole := counted(run.Gaps, before, s.At) >= s.At-before-1e-9
		before = s.At
		if whole && !odd(s.Sent) && !odd(s.Violated) && s.Sent > 0 {
			o.Sent += s.Sent
			o.Violated += min(max(s.Violated, 0), s.Sent)
		}
	}
	if o.Sent > 0 {
		o.Percent = 100 * o.Violated / o.Sent
	}
	return o
}
