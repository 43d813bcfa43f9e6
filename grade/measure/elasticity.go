package measure

import "math"

// Elasticity is how closely supply follows demand. All figures are 0 for a perfect scaler. d is demand, s supply, dt how long
// a point counts, T the sum of dt; points with d = 0 are left out.
//
// ThetaU, ThetaO, TauU and TauO are those of SPEC RG ("Ready for Rain?", SPEC-RG-2016-01, arXiv:1604.03470; Herbst et al.,
// TOMPECS 2018). Instability is that of Chameleon (Bauer et al., TPDS 2019) and Jitter that of BUNGEE (Herbst et al., SEAMS
// 2015), both as we restate them. Surplus and Reversals are ours.
//
// Instability is 100/T' * sum(min(abs(sgn(Ds)-sgn(Dd)), 1) * dt), with Ds and Dd the changes since the point before, and T' the
// sum of dt over points that have one. It depends on how often samples are taken: compare runs of one period.
type Elasticity struct {
	ThetaU      float64 `json:"thetaU"`      // %: 100/T * sum(max(d-s, 0)/d * dt), s being what serves
	ThetaO      float64 `json:"thetaO"`      // %: 100/T * sum(max(s-d, 0)/d * dt), s being what is paid for
	TauU        float64 `json:"tauU"`        // % of the time in which s < d
	TauO        float64 `json:"tauO"`        // % of the time in which s > d, s being what is paid for
	Instability float64 `json:"instability"` // % of the time before which supply and demand changed in unlike directions, see below
	Jitter      float64 `json:"jitter"`      // changes of supply less changes of demand, per minute; negative: too lazy
	Surplus     float64 `json:"surplus"`     // mean of max(s-d, 0), in pods or nodes
	Reversals   int     `json:"reversals"`   // times at which supply turned round, beyond those of demand; at least 0
	Seconds     float64 `json:"seconds"`     // T
}

// Elasticity measures a curve. One without time that counts gives zeros.
func (c Curve) Elasticity() Elasticity {
	var e Elasticity
	var joined float64
	var supply, demand turns
	for i, p := range c {
		if p.Demand > 0 && p.For > 0 {
			missing, spare := max(p.Demand-p.Supply, 0), max(p.Paid-p.Demand, 0)
			e.Seconds += p.For
			e.ThetaU += missing / p.Demand * p.For
			e.ThetaO += spare / p.Demand * p.For
			e.TauU += sign(missing) * p.For
			e.TauO += sign(spare) * p.For
			e.Surplus += spare * p.For
		}
		if !p.Joined || p.Demand <= 0 || c[i-1].Demand <= 0 {
			continue
		}
		ds, dd := sign(p.Supply-c[i-1].Supply), sign(p.Demand-c[i-1].Demand)
		joined += p.For
		e.Instability += min(math.Abs(ds-dd), 1) * p.For
		supply.add(ds)
		demand.add(dd)
	}
	if e.Seconds > 0 {
		for _, share := range []*float64{&e.ThetaU, &e.ThetaO, &e.TauU, &e.TauO} {
			*share *= 100 / e.Seconds
		}
		e.Surplus /= e.Seconds
		e.Jitter = 60 * float64(supply.changes-demand.changes) / e.Seconds
	}
	if joined > 0 {
		e.Instability *= 100 / joined
	}
	e.Reversals = max(supply.reversals-demand.reversals, 0)
	return e
}

// turns counts the changes of a curve, and how often it changed direction.
type turns struct {
	changes, reversals int
	last               float64
}

func (t *turns) add(direction float64) {
	if direction == 0 {
		return
	}
	t.changes++
	if t.last != 0 && t.last != direction {
		t.reversals++
	}
	t.last = direction
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
