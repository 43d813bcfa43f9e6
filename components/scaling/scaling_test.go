package scaling_test

import (
	"math"
	"testing"
	"time"

	"paddock/components/scaling"
)

func TestReach(t *testing.T) {
	for name, test := range map[string]struct {
		hpa  scaling.HPA
		want float64
	}{
		"recommended":    {scaling.Recommended(), 400.0 / 60},
		"Kubernetes":     {scaling.Kubernetes(), math.Inf(1)},
		"twice, at 60 %": {scaling.HPA{TargetPercent: 60, LimitToRequest: 2}, 10.0 / 3},
		"guaranteed":     {scaling.HPA{TargetPercent: 80, LimitToRequest: 1}, 1.25},
	} {
		if got := test.hpa.Reach(); got != test.want {
			t.Errorf("%s: %g, want %g", name, got, test.want)
		}
	}
}

func TestRounds(t *testing.T) {
	at := func(target int, ratio float64) scaling.HPA {
		return scaling.HPA{TargetPercent: target, LimitToRequest: ratio}
	}
	for name, test := range map[string]struct {
		hpa    scaling.HPA
		factor float64
		want   int
		never  bool
	}{
		"no growth":                  {at(60, 4), 1, 0, false},
		"a little":                   {at(60, 4), 1.2, 1, false},
		"fivefold":                   {at(60, 4), 5, 1, false},
		"tenfold":                    {at(60, 4), 10, 2, false},
		"tenfold, limit twice":       {at(60, 2), 10, 2, false},
		"twelvefold, limit twice":    {at(60, 2), 12, 3, false},
		"exactly one reach":          {at(50, 2), 4, 1, false},
		"exactly three reaches":      {at(50, 2.5), 125, 3, false},
		"no limit":                   {scaling.Kubernetes(), 1000, 1, false},
		"throttled at the target":    {at(100, 1), 2, 0, true},
		"throttled but not asked":    {at(100, 1), 1, 0, false},
		"throttled below the target": {at(90, 0.5), 2, 0, true},
	} {
		if got, ok := test.hpa.Rounds(test.factor); got != test.want || ok == test.never {
			t.Errorf("%s: %d, %v, want %d, %v", name, got, ok, test.want, !test.never)
		}
	}
}

// The formula of the package's words, for factors and reaches at which logarithms are exact enough.
func TestRoundsIsTheFormula(t *testing.T) {
	for ratio := 1.3; ratio < 8; ratio += 0.7 {
		h := scaling.HPA{TargetPercent: 60, LimitToRequest: ratio}
		for factor := 1.1; factor < 40; factor += 0.9 {
			want := int(math.Ceil(math.Log(factor) / math.Log(h.Reach())))
			if got, ok := h.Rounds(factor); !ok || got != want {
				t.Errorf("ratio %g, factor %g: %d, want %d", ratio, factor, got, want)
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	recommended, kubernetes := scaling.Recommended(), scaling.Kubernetes()
	for name, test := range map[string]struct {
		rules    scaling.Rules
		from, to int
		want     int
	}{
		"nothing":            {recommended.Up, 3, 3, 0},
		"up tenfold":         {recommended.Up, 2, 20, 1},
		"up more":            {recommended.Up, 2, 21, 2},
		"up, by four":        {kubernetes.Up, 1, 5, 1},
		"up, by four, twice": {kubernetes.Up, 1, 10, 2},
		"up, doubling":       {kubernetes.Up, 4, 27, 3},
		"down, halving":      {recommended.Down, 10, 2, 2},
		"down to one":        {recommended.Down, 10, 1, 3},
		"down, all":          {kubernetes.Down, 100, 1, 1},
		"down, by pods":      {scaling.Rules{Policies: []scaling.Policy{{scaling.Pods, 3, time.Second}}}, 10, 2, 3},
	} {
		if got := test.rules.Periods(test.from, test.to); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// What the recommendation promises: its own reach never waits for its own policies, and is more than a fivefold rise takes of
// four pods in five.
func TestRecommendedPromises(t *testing.T) {
	h := scaling.Recommended()
	for n := h.MinReplicas; n < 50; n++ {
		if periods := h.Up.Periods(n, int(math.Ceil(float64(n)*h.Reach()))); periods != 1 {
			t.Errorf("a round from %d pods takes %d periods", n, periods)
		}
	}
	if h.Reach()*4/5 < 5 {
		t.Errorf("reach %g: a fivefold rise needs a second round if one pod in five has no figure", h.Reach())
	}
}

// How many pods too many a window keeps on a wave of 870 s between 2 and 10 pods, as a share of those that are needed.
func TestWindowOnAWave(t *testing.T) {
	const length = 870
	needed := func(s int) float64 { return 6 - 4*math.Cos(2*math.Pi*float64(s)/length) }
	surplus := func(window time.Duration) float64 {
		kept, all := 0.0, 0.0
		for s := range length {
			most := 0.0
			for back := range int(window.Seconds()) + 1 {
				most = max(most, needed(s-back))
			}
			kept, all = kept+most, all+needed(s)
		}
		return kept/all - 1
	}
	for name, test := range map[string]struct {
		hpa       scaling.HPA
		low, high float64
	}{
		"recommended": {scaling.Recommended(), 0.17, 0.19},
		"Kubernetes":  {scaling.Kubernetes(), 0.41, 0.43},
	} {
		if got := surplus(test.hpa.Down.Window); got < test.low || got > test.high {
			t.Errorf("%s: %.3f, want %g to %g", name, got, test.low, test.high)
		}
	}
}

func TestNobodySharesPolicies(t *testing.T) {
	scaling.Recommended().Up.Policies[0].Value = 1
	if got := scaling.Recommended().Up.Policies[0].Value; got != 900 {
		t.Errorf("a caller can change the recommendation: %d", got)
	}
}
