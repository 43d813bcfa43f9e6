package aws

import (
	"context"
	"errors"
)

// moves are the instances of one group that are on their way in or out.
type moves struct {
	cloud  *Cloud
	under  map[string]move // by instance
	failed map[way]bool    // not tried again by the same scaling
	ended  chan move
	fault  error
}

// way is an instance's into its group, or out.
type way struct {
	instance string
	out      bool
}

// move is an instance on its way.
type move struct {
	way
	cancel context.CancelFunc
	err    error
}

func newMoves(c *Cloud) *moves {
	return &moves{cloud: c, under: map[string]move{}, failed: map[way]bool{}, ended: make(chan move)}
}

// follow begins what a plan asks for and nobody does yet. An instance that is to go while it boots stops booting.
func (m *moves) follow(ctx context.Context, p plan) {
	for _, r := range p.coming {
		m.begin(ctx, r, false)
	}
	for _, r := range p.going {
		if now, moving := m.under[r.ID]; moving && !now.out {
			now.cancel() // the next plan takes it out
			continue
		}
		m.begin(ctx, r, true)
	}
}

func (m *moves) begin(life context.Context, r *Record, out bool) {
	if _, moving := m.under[r.ID]; moving || m.failed[way{r.ID, out}] {
		return
	}
	ctx, cancel := context.WithCancel(life)
	now := move{way: way{r.ID, out}, cancel: cancel}
	m.under[r.ID] = now
	go func() {
		defer cancel()
		if out {
			now.err = m.cloud.leave(ctx, r)
		} else {
			now.err = m.cloud.join(ctx, r)
		}
		if !out && now.err != nil && ctx.Err() != nil && life.Err() == nil { // whatever it had got to
			now.err = errCalledOff
		}
		m.ended <- now
	}()
}

// errCalledOff ends the way in of an instance that is not wanted any more.
var errCalledOff = errors.New("called off")

func (m *moves) end(e move) {
	delete(m.under, e.instance)
	if e.err != nil && !errors.Is(e.err, errCalledOff) {
		m.failed[e.way] = true
		m.fault = errors.Join(m.fault, e.err)
	}
}

func (m *moves) none() bool { return len(m.under) == 0 }

// wait calls off what still moves, and returns when nothing does any more.
func (m *moves) wait() {
	for _, now := range m.under {
		now.cancel()
	}
	for !m.none() {
		m.end(<-m.ended)
	}
}
