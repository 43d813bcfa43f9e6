package target

import (
	"context"
	"time"

	"paddock/grade/load"
)

// HTTP sends requests from this machine.
type HTTP struct {
	URL       string
	Way       load.Way      // to the URL; zero = as it says
	Objective time.Duration // 0 = load's default

	requests
}

var _ Driver = (*HTTP)(nil)

// Drive returns when ctx has ended and the last answer is in.
func (h *HTTP) Drive(ctx context.Context, curve Curve, start time.Time, length float64) error {
	objective := h.Objective
	if objective == 0 {
		objective = load.Objective
	}
	a := load.Attack{URL: h.URL, Way: h.Way, Curve: curve, Length: length, Start: start, Objective: objective}
	a.Run(ctx, func(o load.Outcome) { h.counter.Count(o, objective) })
	<-ctx.Done()
	return nil
}

// Lead lets the first requests be ready before they are due.
func (h *HTTP) Lead() time.Duration { return 2 * time.Second }
