// Package profile draws demand curves: how much is asked for at each moment of a graded run. A curve is a pure function of
// its name, its seed and its scale.
//
//	step   low, then at once high until the end
//	spike  low, high for a while, low again
//	ramp   low, then a straight line up to high, which stays
//	wave   a sine from low to high and back, with noise
//
// The seed moves every edge within one period of the loops that answer it (it matters whether a metrics scrape comes right
// before or right after a rise), the height by a few per cent, and a wave along its period.
package profile

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Profile is one demand curve.
type Profile struct {
	Name   string
	Seed   int64
	Length float64 // s

	low, high  float64
	start, end float64 // s: of the rise; of the height for a spike, of the slope for a ramp
	period     float64 // s, of a wave
	noise      []float64
}

// Edge is a sudden rise of demand.
type Edge struct {
	At   float64 // s since the start
	From float64 // demand before, in Run.Unit
	To   float64 // and from At on
}

const (
	heightJitter = 0.03 // of the height, to both sides
	waveNoise    = 0.03 // of the wave's whole swing, to both sides
	noiseStep    = 15.0 // s between two values of the noise; straight lines lie between
)

// Names lists the profiles.
func Names() []string { return []string{"step", "spike", "ramp", "wave"} }

// New draws the curve of a name with a seed. Fields of the scale that are 0 get the defaults of Full.
func New(name string, seed int64, scale Scale) (*Profile, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("profile %q: not one of %s", name, strings.Join(Names(), ", "))
	}
	scale = scale.defaults(name)
	if err := scale.validate(); err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	hash := fnv.New64a()
	hash.Write([]byte(name))
	random := rand.New(rand.NewPCG(uint64(seed), hash.Sum64()))
	p := &Profile{Name: name, Seed: seed, Length: scale.Length, low: scale.Low}
	p.high = max(scale.Low, scale.High*(1+heightJitter*(2*random.Float64()-1)))
	edge := func(t float64) float64 { return t + scale.Jitter*random.Float64() }
	p.start = edge(scale.Settle)
	p.end = edge(scale.Settle + scale.Hold)
	p.period = scale.Hold
	for range int(scale.Length/noiseStep) + 2 {
		p.noise = append(p.noise, waveNoise*(2*random.Float64()-1))
	}
	return p, nil
}

// At is demand at a moment, in seconds since the start. Before the start and after the end, the nearest moment of the run holds.
func (p *Profile) At(t float64) float64 {
	if math.IsNaN(t) {
		t = 0
	}
	t = min(max(t, 0), p.Length)
	switch {
	case t < p.start:
		return p.low
	case p.Name == "spike" && t >= p.end:
		return p.low
	case p.Name == "ramp" && t < p.end:
		return p.low + (p.high-p.low)*(t-p.start)/(p.end-p.start)
	case p.Name == "wave":
		return p.wave(t)
	}
	return p.high
}

// wave is a sine that leaves low at p.start, in a valley; the noise keeps within low and high.
func (p *Profile) wave(t float64) float64 {
	at, swing := t/noiseStep, p.high-p.low
	before := min(int(at), len(p.noise)-2)
	part := at - float64(before)
	noise := p.noise[before]*(1-part) + p.noise[before+1]*part
	sine := (1 - math.Cos(2*math.Pi*(t-p.start)/p.period)) / 2
	return p.low + swing*min(max(sine+noise, 0), 1)
}

// Edges lists the sudden rises, each of which opens a ledger of one scale-up. A ramp and a wave have none: there is no moment
// from which a delay could be counted, and their curves carry the grade.
func (p *Profile) Edges() []Edge {
	if p.Name == "ramp" || p.Name == "wave" || p.start >= p.Length || p.high <= p.low {
		return nil
	}
	return []Edge{{At: p.start, From: p.low, To: p.high}}
}
