// Package load sends requests as a profile asks for them: open-loop, each at its own intended moment whatever becomes of those
// before it, so that a server that stalls is charged for everyone who would have waited.
package load

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Curve is demand in requests a second over time; package profile draws them.
type Curve interface{ At(seconds float64) float64 }

// grid is how finely a curve is integrated.
const grid = 10 * time.Millisecond

// Schedule says when each request of a curve is sent: request n at the moment at which the area under the curve is n + 1/2.
type Schedule struct {
	area []float64 // under the curve, until each point of the grid
}

// NewSchedule integrates a curve over so many seconds, by trapezoids. Negative demand is none.
func NewSchedule(curve Curve, length float64) *Schedule {
	points := int(math.Ceil(length/grid.Seconds())) + 1
	s := &Schedule{area: make([]float64, points)}
	before := math.Max(curve.At(0), 0)
	for i := 1; i < points; i++ {
		t := math.Min(float64(i)*grid.Seconds(), length)
		now := math.Max(curve.At(t), 0)
		s.area[i] = s.area[i-1] + (before+now)/2*(t-math.Min(float64(i-1)*grid.Seconds(), length))
		before = now
	}
	return s
}

// Len is how many requests there are.
func (s *Schedule) Len() int { return int(math.Floor(s.area[len(s.area)-1] + 0.5 + 1e-6)) }

// When is the intended time of request n since the start; n is below Len.
func (s *Schedule) When(n int) time.Duration {
	want := float64(n) + 0.5
	i := sort.SearchFloat64s(s.area, want)
	i = min(max(i, 1), len(s.area)-1)
	from, to := s.area[i-1], s.area[i]
	part := 1.0
	if to > from {
		part = (want - from) / (to - from)
	}
	return time.Duration((float64(i-1) + part) * float64(grid))
}

// Shard is one of several senders that share a schedule: it sends every Of-th request, from Index on. The zero value sends all.
type Shard struct{ Index, Of int }

// ParseShard reads INDEX/OF, such as 0/4.
func ParseShard(text string) (Shard, error) {
	index, of, ok := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if !ok || err1 != nil || err2 != nil || n < 1 || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("shard: %q: want INDEX/OF with 0 <= INDEX < OF", text)
	}
	return Shard{i, n}, nil
}

// request is the number, in the whole schedule, of the shard's n-th request.
func (s Shard) request(n int) int { return n*max(s.Of, 1) + s.Index }
