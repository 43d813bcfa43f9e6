package load

import (
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// pacer makes vegeta send each request of a schedule at its moment. A request that could not be sent within patience is
// dropped: were it sent later, those after it would be late, too, and the load would no longer be the curve's.
type pacer struct {
	schedule *Schedule
	shard    Shard
	start    time.Time
	patience time.Duration

	next    int // of the shard's requests; of vegeta's one goroutine that paces
	dropped func(intended time.Duration)
	stopped atomic.Bool

	mu       sync.Mutex
	intended map[uint64]time.Duration // by vegeta's number of the request
}

var _ vegeta.Pacer = (*pacer)(nil)

// Pace gives the time until the next request. hits is the number that vegeta will give it.
func (p *pacer) Pace(_ time.Duration, hits uint64) (time.Duration, bool) {
	for {
		n := p.shard.request(p.next)
		if p.stopped.Load() || n >= p.schedule.Len() {
			return 0, true
		}
		p.next++
		when := p.schedule.When(n)
		wait := time.Until(p.start.Add(when))
		if -wait > p.patience {
			p.dropped(when)
			continue
		}
		p.mu.Lock()
		p.intended[hits] = when
		p.mu.Unlock()
		return max(wait, 0), false
	}
}

// Rate is for vegeta's reports, which are not used.
func (p *pacer) Rate(time.Duration) float64 { return 0 }

// take gives the intended time of a request that is over.
func (p *pacer) take(seq uint64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	when := p.intended[seq]
	delete(p.intended, seq)
	return when
}
