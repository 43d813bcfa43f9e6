package profile

import (
	"errors"
	"fmt"
	"math"
)

// Scale is how high and how long a curve is. A field that is 0 gets the default of its profile, see Full.
type Scale struct {
	Low    float64 // demand at rest, in Run.Unit; unset: 2
	High   float64 // demand at its height, in Run.Unit; unset: 10
	Length float64 // s of the whole run
	Settle float64 // s of rest before the first rise
	Hold   float64 // s: how long a spike stays high, a ramp rises, one period of a wave lasts; a step ignores it
	Jitter float64 // s over which the seed spreads every edge; unset: 15, one period of the loops; negative: none
}

// times of a profile in s: full, then short. A full spike ends only when its surplus can be gone again by the defaults of
// Kubernetes (300 s of the HPA, 600 s of the autoscaler). A short spike ends before.
var times = map[string][2]Scale{
	"step":  {{Length: 600, Settle: 30}, {Length: 120, Settle: 5}},
	"spike": {{Length: 1260, Settle: 30, Hold: 240}, {Length: 150, Settle: 5, Hold: 75}},
	"ramp":  {{Length: 900, Settle: 30, Hold: 480}, {Length: 180, Settle: 5, Hold: 100}},
	"wave":  {{Length: 1800, Settle: 30, Hold: 870}, {Length: 240, Settle: 5, Hold: 110}},
}

// Full is the default scale of a profile: step 600 s, spike 1260 s, ramp 900 s, wave 1800 s, 76 minutes for all four.
func Full(name string) Scale { return Scale{}.of(times[name][0]) }

// Short is the scale of a quick look: step 120 s, spike 150 s, ramp 180 s, wave 240 s. What comes down slowly, such as
// nodes, is not seen to its end.
func Short(name string) Scale { return Scale{}.of(times[name][1]) }

// Quick lists the profiles that, in their short form, fit into 5 minutes.
func Quick() []string { return []string{"step", "spike"} }

// Between gives the scale its demand.
func (s Scale) Between(low, high float64) Scale {
	s.Low, s.High = low, high
	return s
}

// defaults fills what is unset. A given length without times of its own stretches the default's times.
func (s Scale) defaults(name string) Scale {
	base := times[name][0]
	if s.Length > 0 {
		factor := s.Length / base.Length
		base.Settle *= factor
		base.Hold *= factor
	}
	return s.of(base)
}

func (s Scale) of(base Scale) Scale {
	for _, field := range []struct {
		value    *float64
		fallback float64
	}{{&s.Low, 2}, {&s.High, 10}, {&s.Length, base.Length}, {&s.Settle, base.Settle}, {&s.Hold, base.Hold}, {&s.Jitter, 15}} {
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
	s.Jitter = max(s.Jitter, 0)
	if s.Hold == 0 {
		s.Hold = s.Length
	}
	return s
}

func (s Scale) validate() error {
	var errs []error
	for _, v := range []float64{s.Low, s.High, s.Length, s.Settle, s.Hold, s.Jitter} {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return fmt.Errorf("scale: %+v: want numbers of 0 or more", s)
		}
	}
	if s.High < s.Low {
		errs = append(errs, fmt.Errorf("scale: high %g is below low %g", s.High, s.Low))
	}
	if s.Settle+s.Jitter >= s.Length {
		errs = append(errs, fmt.Errorf("scale: length %g s leaves no time after %g s of rest and %g s of jitter", s.Length, s.Settle, s.Jitter))
	}
	if s.Hold <= s.Jitter {
		errs = append(errs, fmt.Errorf("scale: hold %g s must be longer than the jitter of %g s", s.Hold, s.Jitter))
	}
	return errors.Join(errs...)
}
