package target

import "paddock/grade/load"

// requests adds up what became of those that a driver sent.
type requests struct {
	counter load.Counter
	total   load.Tally
}

// Take counts requests when their fate is known: an answer that never comes is told of when its time is out.
func (r *requests) Take() (sent, violated float64) {
	t := r.counter.Take()
	r.total.Add(t)
	return float64(t.Sent), float64(t.Violated())
}

// Begin forgets what came before a run, from the demand at rest. It is for the goroutine that calls Take.
func (r *requests) Begin() { r.Take(); r.total = load.Tally{} }

// Total is all that Take has told of since; it is for the same goroutine.
func (r *requests) Total() load.Tally { return r.total }
