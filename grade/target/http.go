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

	counter load.Counter
	total   load.Tally
}

var _ Driver = (*HTTP)(nil)

// Drive returns when the last answer is in.
func (h *HTTP) Drive(ctx context.Context, curve Curve, start time.Time, length float64) error {
	objective := h.Objective
	if objective == 0 {
		objective = load.Objective
	}
	a := load.Attack{URL: h.URL, Way: h.Way, Curve: curve, Length: length, Start: start, Objective: objective}
	if err := a.Run(ctx, func(o load.Outcome) { h.counter.Count(o, objective) }); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// Take counts requests when their fate is known: an answer that never comes is told of when its time is out.
func (h *HTTP) Take() (sent, violated float64) {
	t := h.counter.Take()
	h.total.Add(t)
	return float64(t.Sent), float64(t.Violated())
}

// Begin forgets what came before a run, from the demand at rest. It is for the goroutine that calls Take.
func (h *HTTP) Begin() { h.Take(); h.total = load.Tally{} }

// Total is all that Take has told of since; it is for the same goroutine.
func (h *HTTP) Total() load.Tally { return h.total }

// Lead lets the first requests be ready before they are due.
func (h *HTTP) Lead() time.Duration { return 2 * time.Second }
