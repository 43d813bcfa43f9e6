package load

import (
	"context"
	"fmt"
	"time"
)

// Calibration looks for what a server carries.
type Calibration struct {
	URL       string
	Objective time.Duration // 0 = 200 ms
	Quantile  float64       // share of requests within it; 0 = 0.95
	Each      time.Duration // how long each rate is tried; 0 = 8 s
	First     float64       // requests a second to begin with; 0 = 4
	Most      float64       // where to stop; 0 = 20000
	Precision float64       // as a share of the result; 0 = 0.05
	Say       func(format string, args ...any)
}

func (c Calibration) defaults() Calibration {
	if c.Objective == 0 {
		c.Objective = Objective
	}
	if c.Quantile == 0 {
		c.Quantile = 0.95
	}
	if c.Each == 0 {
		c.Each = 8 * time.Second
	}
	if c.First == 0 {
		c.First = 4
	}
	if c.Most == 0 {
		c.Most = 20000
	}
	if c.Precision == 0 {
		c.Precision = 0.05
	}
	return c
}

// flat is the same demand all the time.
type flat float64

func (f flat) At(float64) float64 { return float64(f) }

// Find doubles the rate until the server fails the objective, then halves the span between what it carries and what it does
// not. The result is what it was seen to carry.
func (c Calibration) Find(ctx context.Context) (float64, error) {
	c = c.defaults()
	good, bad := 0.0, 0.0
	try := func(rate float64) error {
		ok, err := c.carries(ctx, rate)
		switch {
		case err != nil:
			return err
		case ok:
			good = rate
		default:
			bad = rate
		}
		return nil
	}
	for rate := c.First; bad == 0; rate *= 2 {
		if rate > c.Most {
			return 0, fmt.Errorf("calibrate: %s carries more than %.0f requests a second; give it more work for each, or raise --most", c.URL, c.Most)
		}
		if err := try(rate); err != nil {
			return 0, err
		}
	}
	for bad-good > c.Precision*bad {
		if bad < 0.1 {
			return 0, fmt.Errorf("calibrate: %s meets the objective of %v at no rate", c.URL, c.Objective)
		}
		if err := try((good + bad) / 2); err != nil {
			return 0, err
		}
	}
	return good, nil
}

// carries tries one rate. The first moments warm up and do not count; afterwards the server has time to work off what waits.
func (c Calibration) carries(ctx context.Context, rate float64) (bool, error) {
	warm := min(time.Second, c.Each/4)
	var t Tally
	attack := Attack{URL: c.URL, Curve: flat(rate), Length: (warm + c.Each).Seconds(), Start: time.Now(), Objective: c.Objective}
	attack.Run(ctx, func(o Outcome) {
		if o.Intended >= warm {
			t.Count(o, c.Objective)
		}
	})
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("calibrate: %w", err)
	}
	latency, answered := t.Quantile(c.Quantile)
	ok := answered && latency <= c.Objective
	if c.Say != nil {
		c.Say("calibrate: %.1f requests/s: p%.0f %v, %d of %d dropped or failed: %s", rate, 100*c.Quantile, latency.Round(time.Millisecond),
			t.Dropped+t.Failed, t.Sent, map[bool]string{true: "carried", false: "too much"}[ok])
	}
	return ok, nil
}
