package load

import (
	"math"
	"sync"
	"time"
)

// Tally is what became of requests. Tallies add up: those of shards to that of the whole.
type Tally struct {
	Sent    int     `json:"sent"` // or dropped: all that were intended
	Dropped int     `json:"dropped"`
	Failed  int     `json:"failed"`
	Late    int     `json:"late"`              // answered, but after the objective
	Buckets []int   `json:"buckets,omitempty"` // answers by latency: bucket i holds those up to edge(i)
	Max     float64 `json:"max"`               // s, of latencies
	Behind  float64 `json:"behind"`            // s: the most by which a request was sent after its time
}

// Violated is how many users would have been let down.
func (t Tally) Violated() int { return t.Dropped + t.Failed + t.Late }

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	t.Sent += o.Sent
	t.Dropped += o.Dropped
	t.Failed += o.Failed
	t.Late += o.Late
	t.Max, t.Behind = max(t.Max, o.Max), max(t.Behind, o.Behind)
	for len(t.Buckets) < len(o.Buckets) {
		t.Buckets = append(t.Buckets, 0)
	}
	for i, n := range o.Buckets {
		t.Buckets[i] += n
	}
}

// Count adds one request.
func (t *Tally) Count(o Outcome, objective time.Duration) {
	t.Sent++
	switch {
	case o.Dropped:
		t.Dropped++
		return
	case o.Failed:
		t.Failed++
	case o.Latency > objective:
		t.Late++
	}
	t.Behind = max(t.Behind, o.Late.Seconds())
	if o.Failed {
		return
	}
	t.Max = max(t.Max, o.Latency.Seconds())
	i := bucket(o.Latency)
	for len(t.Buckets) <= i {
		t.Buckets = append(t.Buckets, 0)
	}
	t.Buckets[i]++
}

// Buckets grow by a twentieth each, from 100 µs: a quantile is at most 5 % too high.
const (
	firstEdge = 100 * time.Microsecond
	growth    = 1.05
)

func bucket(d time.Duration) int {
	if d <= firstEdge {
		return 0
	}
	return int(math.Ceil(math.Log(float64(d)/float64(firstEdge))/math.Log(growth) - 1e-9))
}

func edge(i int) time.Duration {
	return time.Duration(float64(firstEdge) * math.Pow(growth, float64(i)))
}

// Quantile is the latency within which this share of all intended requests was answered. Those that were dropped or failed
// count as never answered; it is false when they are so many that the quantile is among them, or when nothing was sent.
func (t Tally) Quantile(q float64) (time.Duration, bool) {
	want, sum := int(math.Ceil(q*float64(t.Sent))), 0
	for i, n := range t.Buckets {
		if sum += n; sum >= want && sum > 0 {
			return edge(i), true
		}
	}
	return 0, false
}

// Counter tallies from several goroutines and gives what came since the last look.
type Counter struct {
	mu  sync.Mutex
	now Tally
}

// Count adds one request.
func (c *Counter) Count(o Outcome, objective time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.Count(o, objective)
}

// Add adds a tally.
func (c *Counter) Add(t Tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.Add(t)
}

// Take gives the tally since the last call.
func (c *Counter) Take() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now
	c.now = Tally{}
	return now
}
