package load_test

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/grade/load"
)

// line goes from one rate to another within so many seconds.
type line struct{ from, to, length float64 }

func (l line) At(t float64) float64 { return l.from + (l.to-l.from)*math.Min(t/l.length, 1) }

func server(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

// attack runs an attack to its end and tallies it.
func attack(t *testing.T, a load.Attack) load.Tally {
	t.Helper()
	var tally load.Tally
	a.Run(context.Background(), func(o load.Outcome) { tally.Count(o, a.Objective) })
	return tally
}

func TestScheduleIsTheCurve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		curve  load.Curve
		length float64
		want   int
	}{
		"flat":        {line{50, 50, 10}, 10, 500},
		"ramp":        {line{0, 100, 10}, 10, 500},
		"down":        {line{30, 10, 4}, 4, 80},
		"less than 1": {line{0.1, 0.1, 4}, 4, 0},
		"odd end":     {line{100, 100, 1}, 0.995, 100},
	} {
		s := load.NewSchedule(c.curve, c.length)
		if s.Len() != c.want {
			t.Errorf("%s: %d requests, want %d", name, s.Len(), c.want)
		}
		before := time.Duration(-1)
		for n := range s.Len() {
			when := s.When(n)
			if when <= before || when.Seconds() > c.length+0.01 {
				t.Fatalf("%s: request %d at %v after one at %v", name, n, when, before)
			}
			before = when
		}
	}
	// Half of a ramp's requests come in the last 1 - 1/sqrt 2 of it.
	ramp := load.NewSchedule(line{0, 100, 10}, 10)
	if at := ramp.When(250).Seconds(); math.Abs(at-10/math.Sqrt2) > 0.02 {
		t.Errorf("the middle request of a ramp is at %g s", at)
	}
}

func TestRateIsTheCurves(t *testing.T) {
	t.Parallel()
	url := server(t, func(http.ResponseWriter, *http.Request) {})
	curve, start := line{100, 400, 2}, time.Now()
	var first, second int
	load.Attack{URL: url, Curve: curve, Length: 2, Start: start}.Run(context.Background(), func(o load.Outcome) {
		if o.Dropped || o.Failed {
			t.Errorf("%+v", o)
		}
		if o.Intended+o.Late < time.Second { // when it was really sent
			first++
		} else {
			second++
		}
	})
	if first+second != 500 || math.Abs(float64(first)-175) > 10 {
		t.Errorf("%d and %d requests in the two seconds, want 175 and 325", first, second)
	}
}

// A server that stalls for 600 ms is charged for everyone who came meanwhile: at 100 requests a second and an objective of
// 200 ms that is 40 of 60. A closed loop would have told of one.
func TestLatencyCountsFromTheIntendedTime(t *testing.T) {
	t.Parallel()
	const stall, objective = 600 * time.Millisecond, 200 * time.Millisecond
	var once sync.Once
	var line sync.Mutex
	url := server(t, func(http.ResponseWriter, *http.Request) {
		line.Lock()
		defer line.Unlock()
		once.Do(func() { time.Sleep(stall) })
	})
	// One request at a time: the others are sent late, and their time runs all the same.
	for name, inFlight := range map[string]int{"all in flight": 1000, "one in flight": 1} {
		once = sync.Once{}
		got := attack(t, load.Attack{URL: url, Curve: flat(100), Length: 1.5, Start: time.Now(), Objective: objective, InFlight: inFlight})
		if got.Sent != 150 || got.Dropped != 0 || got.Failed != 0 || got.Late < 35 || got.Late > 55 {
			t.Errorf("%s: %+v, want 40 late ones of 150", name, got)
		}
		if got.Max < 0.5 || got.Max > 0.8 {
			t.Errorf("%s: the longest took %g s", name, got.Max)
		}
	}
}

func TestDropsAreCounted(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	url := server(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	})
	time.AfterFunc(1200*time.Millisecond, func() { close(block) })
	got := attack(t, load.Attack{URL: url, Curve: flat(50), Length: 2, Start: time.Now(), Objective: 100 * time.Millisecond,
		InFlight: 2, Patience: 200 * time.Millisecond})
	if got.Sent != 100 {
		t.Errorf("%d requests told of, want all 100", got.Sent)
	}
	if got.Dropped < 40 || got.Dropped > 65 { // what came in the 1 s before the end of the block, less patience
		t.Errorf("%d dropped, want about 50", got.Dropped)
	}
	if _, ok := got.Quantile(0.95); ok {
		t.Error("a p95 although half was never answered")
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	url := server(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%4 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	if got := attack(t, load.Attack{URL: url, Curve: flat(100), Length: 1, Start: time.Now(), Objective: time.Second}); got.Failed != 25 || got.Violated() != 25 {
		t.Errorf("%+v, want 25 failures", got)
	}
	if got := attack(t, load.Attack{URL: "http://127.0.0.1:1", Curve: flat(20), Length: 0.5, Start: time.Now(), Objective: time.Second}); got.Failed != 10 {
		t.Errorf("%+v, want 10 failures where nobody listens", got)
	}
}

func TestShardsAddUp(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	url := server(t, func(http.ResponseWriter, *http.Request) { served.Add(1) })
	curve, start := line{40, 160, 1.5}, time.Now().Add(100*time.Millisecond)
	whole := load.NewSchedule(curve, 1.5)
	var mu sync.Mutex
	var sum load.Tally
	times := map[time.Duration]int{}
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			a := load.Attack{URL: url, Curve: curve, Length: 1.5, Start: start, Shard: load.Shard{Index: i, Of: 3}, Objective: time.Second}
			var own load.Tally
			a.Run(context.Background(), func(o load.Outcome) {
				own.Count(o, time.Second)
				mu.Lock()
				defer mu.Unlock()
				times[o.Intended]++
			})
			mu.Lock()
			defer mu.Unlock()
			sum.Add(own)
		})
	}
	wg.Wait()
	if sum.Sent != whole.Len() || int(served.Load()) != whole.Len() || len(times) != whole.Len() {
		t.Errorf("%d sent, %d served, %d moments, want %d", sum.Sent, served.Load(), len(times), whole.Len())
	}
	for n := range whole.Len() {
		if times[whole.When(n)] != 1 {
			t.Fatalf("request %d was sent %d times", n, times[whole.When(n)])
		}
	}
}

func TestParseShard(t *testing.T) {
	t.Parallel()
	if s, err := load.ParseShard("2/3"); err != nil || s != (load.Shard{Index: 2, Of: 3}) {
		t.Errorf("%v, %v", s, err)
	}
	for _, bad := range []string{"", "3/3", "-1/2", "1", "a/b", "0/0"} {
		if _, err := load.ParseShard(bad); err == nil {
			t.Errorf("%q: accepted", bad)
		}
	}
}

type flat float64

func (f flat) At(float64) float64 { return float64(f) }
