package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"paddock/grade/ledger"
	"paddock/grade/load"
	"paddock/grade/observe"
	"paddock/grade/target"
	"paddock/grade/trace"
)

// session is a run under way.
type session struct {
	rig    *Rig
	plan   Plan
	run    *trace.Run
	seen   *observe.Observer
	driver target.Driver
	name   string

	exact []time.Time // of calls, as the audit tells them
	asked int         // calls that were seen when the audit was read last
}

// follow drives demand and samples until the curve ends, the target is gone or ctx ends; the record is on disk all the time.
// rested ends the demand at rest, when the run's own begins.
func (s *session) follow(ctx context.Context, rested func()) error {
	driven, stop := context.WithCancel(ctx)
	driving := make(chan error, 1)
	drive := func() { driving <- s.driver.Drive(driven, s.plan.Curve, s.run.Started, s.run.Length) }
	if s.driver.Lead() > 0 {
		go drive()
		_ = wait(ctx, s.run.Started) // sampling notices, too
		go rested()                  // its last answers may take their time
	} else {
		rested()
		go drive()
	}
	why, err := s.sample(ctx, driving)
	stop()
	s.run.Partial = why
	// The context may be over; the last look at the audit and the last save are not.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s.calls(last)
	s.tell()
	return errors.Join(err, s.save())
}

func wait(ctx context.Context, until time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(until)):
		return nil
	}
}

// tell says what became of all requests, where there were any.
func (s *session) tell() {
	total, ok := s.driver.(interface{ Total() load.Tally })
	if !ok {
		return
	}
	t := total.Total()
	p95 := "never answered"
	if latency, ok := t.Quantile(0.95); ok {
		p95 = latency.Round(time.Millisecond).String()
	}
	s.rig.Say("%s: %d requests: %d dropped, %d failed, %d late; p95 %s, sent at most %.0f ms late", s.name, t.Sent, t.Dropped, t.Failed,
		t.Late, p95, 1000*t.Behind)
}

// sample takes a sample a second and gives the reason why it ended early, if it did.
func (s *session) sample(ctx context.Context, driving <-chan error) (string, error) {
	start := s.run.Started
	s.driver.Take()
	if requests, ok := s.driver.(interface{ Begin() }); ok {
		requests.Begin()
	}
	said, saved := time.Time{}, time.Now()
	for i := 0; ; i++ {
		at := start.Add(time.Duration(i) * sampleEvery)
		if at.Sub(start).Seconds() > s.run.Length {
			return "", nil
		}
		select {
		case <-ctx.Done():
			return fmt.Sprintf("interrupted after %.0f of %.0f s", max(time.Since(start).Seconds(), 0), s.run.Length), nil
		case err := <-driving:
			if err == nil {
				err = errors.New("it ended early")
			}
			return fmt.Sprintf("demand ended after %.0f of %.0f s: %v", time.Since(start).Seconds(), s.run.Length, err), err
		case <-time.After(time.Until(at)):
		}
		now := s.one(time.Since(start).Seconds())
		if s.plan.Until != nil && s.plan.Until(now) {
			s.run.Length = now.At
			return "", nil
		}
		if time.Since(said) >= sayEvery {
			s.rig.Say("%s: %4.0f s  demand %6.2f  pods %d wanted, %d ready, %d pending  nodes %d, %d ready", s.name, now.At, now.Demand,
				now.Desired, now.Ready, now.Pending, now.Nodes, now.NodesUp)
			said = time.Now()
		}
		if away, why := s.seen.Away(); away > cmp.Or(s.rig.Away, awayMost) {
			return fmt.Sprintf("the target has not answered for %.0f s: %s", away.Seconds(), why), errors.New(why)
		}
		if time.Since(saved) >= saveEvery {
			s.run.Partial = fmt.Sprintf("killed, or still under way: %.0f of %.0f s", now.At, s.run.Length)
			s.calls(ctx)
			if err := s.save(); err != nil {
				return s.run.Partial, err
			}
			saved = time.Now()
		}
	}
}

// one takes a sample. Its time is the real one: a machine that is busy may be late.
func (s *session) one(at float64) trace.Sample {
	state := s.seen.State()
	sent, violated := s.driver.Take()
	now := trace.Sample{
		At: at, Demand: s.plan.Curve.At(at), Desired: state.Desired, Made: state.Made, Placed: state.Placed, Ready: state.Ready,
		Pending: state.Pending,
		Nodes:   state.Nodes, NodesUp: state.NodesUp, Sent: sent, Violated: violated,
	}
	s.run.Samples = append(s.run.Samples, now)
	return now
}

// calls reads the audit, where there is one, when more calls were seen than it told before.
func (s *session) calls(ctx context.Context) {
	if s.rig.Calls == nil {
		return
	}
	seen := 0
	for _, e := range s.seen.Events(s.run.Started) {
		if e.Kind == ledger.Call {
			seen++
		}
	}
	if seen == s.asked {
		return
	}
	exact, err := s.rig.Calls(ctx, s.run.Started)
	if err != nil {
		s.rig.Say("audit: %v; calls count from when they were seen", err)
		return
	}
	s.exact, s.asked = exact, seen
}

// events is the log with the most exact times of calls that there are: the audit's, else those of the autoscaler's events,
// else those at which a poll saw a group's new size.
func (s *session) events() []ledger.Event {
	all := s.seen.Events(s.run.Started)
	best := "poll "
	for _, e := range all {
		if e.Kind == ledger.Call && strings.HasPrefix(e.Name, "event ") {
			best = "event "
		}
	}
	out := make([]ledger.Event, 0, len(all))
	for _, e := range all {
		if e.Kind != ledger.Call || len(s.exact) == 0 && strings.HasPrefix(e.Name, best) {
			out = append(out, e)
		}
	}
	for _, at := range s.exact {
		out = append(out, ledger.Event{At: at.Sub(s.run.Started).Seconds(), Kind: ledger.Call, Name: "audit"})
	}
	return out
}

// save writes the run, and beside it the events that its ledger is made of.
func (s *session) save() error {
	events := s.events()
	s.run.ScaleUps = ledger.Build(s.rises(), events, rules(s.run))
	s.run.Gaps = s.seen.Gaps(s.run.Started, gapLeast)
	if err := Write(s.plan.File, s.run); err != nil {
		return err
	}
	return Write(EventsOf(s.plan.File), events)
}

// rises are those of the curve that have come, each with the time at which demand falls again.
func (s *session) rises() []ledger.Rise {
	now, curve := 0.0, s.plan.Curve
	if n := len(s.run.Samples); n > 0 {
		now = s.run.Samples[n-1].At
	}
	var out []ledger.Rise
	for _, e := range curve.Edges() {
		if e.At > now {
			continue
		}
		ends := e.At
		for ends < now && curve.At(ends+0.05) >= e.To*0.999 {
			ends += 0.05
		}
		out = append(out, ledger.Rise{At: e.At, From: e.From, To: e.To, Ends: min(ends, now)})
	}
	return out
}
