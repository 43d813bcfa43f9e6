package measure

import "math"

// spreadOf is a figure's coefficient of variation over runs of one kind, the greatest of all kinds: runs of one profile and seed
// where a seed ran more than once, which says how far figures can be trusted; else of one profile, over its seeds. compared is how
// many runs of a kind there were, at most; 0 = no two.
func spreadOf(runs []Result, of func(*Result) (float64, bool)) (most float64, compared int) {
	type kind struct {
		profile string
		seed    int64
	}
	again := false
	seen := map[kind]bool{}
	for _, r := range runs {
		k := kind{r.Profile, r.Seed}
		again, seen[k] = again || seen[k], true
	}
	values := map[kind][]float64{}
	for i := range runs {
		k := kind{runs[i].Profile, runs[i].Seed}
		if !again {
			k.seed = 0
		}
		if v, ok := of(&runs[i]); ok {
			values[k] = append(values[k], v)
		}
	}
	for _, list := range values {
		if len(list) > 1 {
			_, cv := spread(list)
			most, compared = max(most, cv), max(compared, len(list))
		}
	}
	return most, compared
}

// spread is the mean of values and their coefficient of variation: the standard deviation of a sample over the mean.
func spread(values []float64) (mean, cv float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	if n < 2 || mean == 0 {
		return mean, 0
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(squares/(n-1)) / math.Abs(mean)
}

// meanOf is the mean of what a run's scale-ups tell; it is false if they tell nothing.
func meanOf(ups []ScaleUp, of func([]ScaleUp) []float64) (float64, bool) {
	values := of(ups)
	mean, _ := spread(values)
	return mean, len(values) > 0
}

func capacities(ups []ScaleUp) []float64 {
	var out []float64
	for _, up := range ups {
		out = append(out, up.Seconds)
	}
	return out
}
