package measure

// Metric is one figure of a run in words. The nearer to 0, the better; of the cost ratio, to 1.
type Metric struct {
	Key    string
	Name   string
	Unit   string
	Means  string
	Source string
	Of     func(*Figures) float64
}

// Sources of the metrics. Where we have not read the paper itself, the formula is the one that others give for it.
const (
	specRG    = "SPEC RG, SPEC-RG-2016-01; Herbst et al., TOMPECS 2018"
	chameleon = "after Bauer et al., TPDS 2019, as we restate it"
	bungee    = "after Herbst et al., SEAMS 2015 (BUNGEE), as we restate it"
	ours      = "ours"
)

// Metrics lists all metrics in the order in which they are shown.
func Metrics() []Metric {
	list := level("pods", "Pods", func(f *Figures) *Elasticity { return &f.Pods })
	list = append(list, level("nodes", "Nodes", func(f *Figures) *Elasticity { return &f.Nodes })...)
	return append(list,
		Metric{"objective", "Demand not served in time", "%", "share of requests or work that missed the objective", ours,
			func(f *Figures) float64 { return f.Objective.Percent }},
		Metric{"limit.thetaU", "Pods missing at their limits", "%", "mean share of the least pods that serve at all",
			specRG, func(f *Figures) float64 { return f.Limit.ThetaU }},
		Metric{"cost.ratio", "Cost against the oracle", "×", "node-seconds paid for, over those of perfect packing at every moment", ours,
			func(f *Figures) float64 { return f.Cost.Ratio }},
		Metric{"cost.covered", "Cost of what is covered", "×", "the same, where nodes that are missing save nothing", ours,
			func(f *Figures) float64 { return f.Cost.Covered }},
		Metric{"cost.hour", "Dollars an hour", "$", "nodes at list price", ours, func(f *Figures) float64 { return f.Cost.PerHour }},
	)
}

func level(key, name string, of func(*Figures) *Elasticity) []Metric {
	one := func(field, what, unit, means, source string, get func(*Elasticity) float64) Metric {
		return Metric{key + "." + field, name + " " + what, unit, means, source, func(f *Figures) float64 { return get(of(f)) }}
	}
	return []Metric{
		one("thetaU", "missing (θU)", "%", "mean share of demand that supply lacks", specRG, func(e *Elasticity) float64 { return e.ThetaU }),
		one("tauU", "time short (τU)", "%", "share of time with too little", specRG, func(e *Elasticity) float64 { return e.TauU }),
		one("thetaO", "surplus (θO)", "%", "mean surplus in shares of demand", specRG, func(e *Elasticity) float64 { return e.ThetaO }),
		one("tauO", "time over (τO)", "%", "share of time with too much", specRG, func(e *Elasticity) float64 { return e.TauO }),
		one("instability", "instability (υ)", "%", "share of time in which supply and demand move in unlike directions", chameleon,
			func(e *Elasticity) float64 { return e.Instability }),
		one("jitter", "jitter", "/min", "changes of supply less changes of demand; negative is lazy", bungee, func(e *Elasticity) float64 { return e.Jitter }),
		one("reversals", "reversals", "", "times at which supply turned round beyond demand", ours,
			func(e *Elasticity) float64 { return float64(e.Reversals) }),
	}
}
