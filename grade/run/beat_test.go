package run_test

import (
	"context"
	"math"
	"testing"
	"time"
)

// TestRunsStartAtAScrape: a seed moves the rise within a period of the scrapes, which says nothing unless the run starts at one.
func TestRunsStartAtAScrape(t *testing.T) {
	t.Parallel()
	s, rig := rest(t)
	const period = 4
	scrape := time.Now().Truncate(time.Second)
	s.Put("/apis/metrics.k8s.io/v1beta1/nodes", "n1", object{"timestamp": scrape.UTC().Format(time.RFC3339)})
	rig.Notes["metrics.resolution"] = "4s"
	p := plan(t, 3)
	r, err := rig.Do(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	phase := func(at time.Time) float64 { return math.Mod(at.Sub(scrape).Seconds(), period) }
	if got := phase(r.Started); got > 0.3 {
		t.Errorf("started %.2f s after a scrape", got)
	}
	made := s.Made("/apis/autoscaling/v2/namespaces/paddock-grade/horizontalpodautoscalers")
	if got := phase(made); math.Abs(got-period/2) > 0.3 {
		t.Errorf("the HPA was made %.2f s after a scrape, want %d", got, period/2)
	}
}
