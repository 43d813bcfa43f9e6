package load_test

import (
	"testing"
	"time"

	"paddock/grade/load"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	var tally load.Tally
	for ms := 1; ms <= 100; ms++ {
		tally.Count(load.Outcome{Latency: time.Duration(ms) * time.Millisecond}, 95*time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 50, 0.95: 95, 1: 100} {
		if got, ok := tally.Quantile(q); !ok || got.Seconds()*1000 < want || got.Seconds()*1000 > 1.06*want {
			t.Errorf("p%g: %v, %v; want %g ms to 5 %% more", 100*q, got, ok, want)
		}
	}
	if tally.Late != 5 {
		t.Errorf("%d late ones, want 5", tally.Late)
	}
	if _, ok := (load.Tally{}).Quantile(0.5); ok {
		t.Error("a quantile of nothing")
	}
}
