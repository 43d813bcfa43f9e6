package load

import (
	"context"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Defaults of Attack.
const (
	Objective = 200 * time.Millisecond
	patience  = time.Second
	inFlight  = 4000
)

// Attack is load to be sent.
type Attack struct {
	URL       string
	Way       Way // zero = as the URL says
	Curve     Curve
	Length    float64       // s
	Start     time.Time     // of the curve; what lies before now is dropped
	Shard     Shard         // zero = all of it
	Objective time.Duration // latency from the intended time on; 0 = 200 ms
	Patience  time.Duration // after which an unsent request is dropped; 0 = 1 s
	Timeout   time.Duration // of a request that was sent; 0 = ten times the objective, 2 s at least
	InFlight  int           // most requests at a time; 0 = 4000
}

// Outcome is one request.
type Outcome struct {
	Intended time.Duration // since the start
	Late     time.Duration // by which it was sent after that
	Latency  time.Duration // from the intended time until the answer was whole
	Dropped  bool          // it was never sent
	Failed   bool          // no answer, or one that is neither 2xx nor 3xx
}

// Violates tells whether a user would have been let down.
func (o Outcome) Violates(objective time.Duration) bool {
	return o.Dropped || o.Failed || o.Latency > objective
}

func (a Attack) defaults() Attack {
	if a.Objective == 0 {
		a.Objective = Objective
	}
	if a.Patience == 0 {
		a.Patience = patience
	}
	if a.Timeout == 0 {
		a.Timeout = max(2*time.Second, 10*a.Objective)
	}
	if a.InFlight == 0 {
		a.InFlight = inFlight
	}
	return a
}

// Run sends the load until the curve or ctx ends, and hands every outcome to done, one at a time. It returns when the last
// answer is in.
func (a Attack) Run(ctx context.Context, done func(Outcome)) {
	a = a.defaults()
	// Vegeta takes results one by one; drops come from its pacing goroutine and go through the same door.
	drops := make(chan Outcome, 1024)
	p := &pacer{schedule: NewSchedule(a.Curve, a.Length), shard: a.Shard, start: a.Start, patience: a.Patience,
		intended: map[uint64]time.Duration{}, dropped: func(when time.Duration) { drops <- Outcome{Intended: when, Dropped: true} }}
	attacker := vegeta.NewAttacker(append([]func(*vegeta.Attacker){vegeta.Timeout(a.Timeout), vegeta.Workers(16),
		vegeta.MaxWorkers(uint64(a.InFlight)), vegeta.Connections(a.InFlight), vegeta.MaxBody(0), vegeta.KeepAlive(true),
		vegeta.Redirects(vegeta.NoFollow)}, a.Way.options()...)...)
	results := attacker.Attack(vegeta.NewStaticTargeter(a.target()), p, 0, "")
	over := ctx.Done()
	for {
		select {
		case <-over:
			over = nil
			p.stopped.Store(true)
			attacker.Stop()
		case o := <-drops:
			done(o)
		case r, ok := <-results:
			if !ok {
				for len(drops) > 0 {
					done(<-drops)
				}
				return
			}
			when := p.take(r.Seq)
			sent := r.Timestamp.Sub(a.Start) - when
			done(Outcome{Intended: when, Late: sent, Latency: sent + r.Latency, Failed: r.Error != ""})
		}
	}
}
