package profile_test

import (
	"math"
	"testing"

	"paddock/grade/profile"
)

func draw(t *testing.T, name string, seed int64, scale profile.Scale) *profile.Profile {
	t.Helper()
	p, err := profile.New(name, seed, scale)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSameSeedSameCurve(t *testing.T) {
	for _, name := range profile.Names() {
		a, b, other := draw(t, name, 7, profile.Scale{}), draw(t, name, 7, profile.Scale{}), draw(t, name, 8, profile.Scale{})
		same := true
		for at := 0.0; at < a.Length; at++ {
			if a.At(at) != b.At(at) {
				t.Fatalf("%s at %g s: %g and %g from one seed", name, at, a.At(at), b.At(at))
			}
			same = same && a.At(at) == other.At(at)
		}
		if same {
			t.Errorf("%s: seeds 7 and 8 give one curve", name)
		}
	}
}

func TestSeedSpreadsEdgesOverOnePeriod(t *testing.T) {
	low, high, mean, n := math.Inf(1), math.Inf(-1), 0.0, 400
	for seed := range n {
		at := draw(t, "step", int64(seed), profile.Scale{Settle: 30}).Edges()[0].At - 30
		low, high, mean = min(low, at), max(high, at), mean+at/float64(n)
	}
	if low < 0 || low > 1 || high >= 15 || high < 14 || math.Abs(mean-7.5) > 1 {
		t.Errorf("edges from %g to %g s with a mean of %g, want them spread over 0 to 15", low, high, mean)
	}
}

func TestCurvesKeepWithinTheirScale(t *testing.T) {
	for _, name := range profile.Names() {
		for _, scale := range []profile.Scale{profile.Full(name), profile.Short(name), {Length: 90}} {
			for seed := range int64(50) {
				p := draw(t, name, seed, scale.Between(3, 20))
				top := 0.0
				for at := -5.0; at < p.Length+5; at++ {
					d := p.At(at)
					if d < 3 || d > 20*1.03+1e-9 {
						t.Fatalf("%s seed %d at %g s: %g is outside of 3 to 20.6", name, seed, at, d)
					}
					top = max(top, d)
				}
				if top < 19 {
					t.Errorf("%s seed %d, %g s long: never above %g", name, seed, p.Length, top)
				}
			}
		}
	}
}

func TestEdges(t *testing.T) {
	for name, want := range map[string]int{"step": 1, "spike": 1, "ramp": 0, "wave": 0} {
		p := draw(t, name, 1, profile.Full(name))
		edges := p.Edges()
		if len(edges) != want {
			t.Fatalf("%s: %d edges, want %d", name, len(edges), want)
		}
		for _, e := range edges {
			if p.At(e.At-1e-6) != e.From || p.At(e.At) != e.To {
				t.Errorf("%s: %+v, but the curve has %g and %g", name, e, p.At(e.At-1e-6), p.At(e.At))
			}
		}
	}
}

func TestShortFitsFiveMinutes(t *testing.T) {
	sum := 0.0
	for _, name := range profile.Quick() {
		sum += profile.Short(name).Length
	}
	if sum > 285 {
		t.Errorf("the quick profiles last %g s", sum)
	}
}

func TestRefused(t *testing.T) {
	for what, c := range map[string]struct {
		name  string
		scale profile.Scale
	}{
		"name":        {"square", profile.Scale{}},
		"upside down": {"step", profile.Scale{Low: 5, High: 4}},
		"no time":     {"step", profile.Scale{Length: 40, Settle: 30}},
		"not numbers": {"ramp", profile.Scale{High: math.NaN()}},
		"short hold":  {"spike", profile.Scale{Hold: 5}},
		"negative":    {"wave", profile.Scale{Length: -1}},
	} {
		if _, err := profile.New(c.name, 1, c.scale); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	if p := draw(t, "wave", 1, profile.Scale{}); math.IsNaN(p.At(math.NaN())) || math.IsNaN(p.At(math.Inf(1))) {
		t.Error("the curve has no value at NaN or infinity")
	}
}
