package measure_test

import (
	"encoding/json"
	"math"
	"testing"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

func TestOddInput(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for what, r := range map[string]*trace.Run{
		"empty":         run(0),
		"no samples":    run(100),
		"one sample":    run(0, trace.Sample{Demand: 3}),
		"no length":     run(0, trace.Sample{Demand: 3}, trace.Sample{At: 5, Demand: 2}),
		"not numbers":   run(nan, trace.Sample{At: nan, Demand: 1}, trace.Sample{At: 1, Demand: inf}, trace.Sample{At: 2, Demand: 1, Sent: nan, Violated: inf}),
		"out of order":  run(9, trace.Sample{At: 5, Demand: 3}, trace.Sample{At: 1, Demand: 2}, trace.Sample{At: 5, Demand: 4}),
		"no demand":     run(9, trace.Sample{}, trace.Sample{At: 5}),
		"all gap":       {Schema: trace.Schema, Length: 9, Samples: []trace.Sample{{Demand: 1}}, Gaps: []trace.Gap{{From: -5, To: inf}}},
		"no workload":   {Schema: trace.Schema, Length: 9, Samples: []trace.Sample{{Demand: 1}, {At: 3, Demand: 9}}, ScaleUps: []trace.ScaleUp{{At: nan}, {At: 1}}},
		"odd settings":  {Schema: trace.Schema, Length: 9, Settings: map[string]string{measure.KeySync: "soon", measure.KeyTolerance: "-1"}},
		"huge settings": {Schema: trace.Schema, Length: 9, Settings: map[string]string{measure.KeySync: "999h", measure.KeyUpPods: "1e300"}, Samples: []trace.Sample{{Demand: 1}}},
	} {
		got, err := measure.Of(r)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		s := measure.Summarize([]measure.Result{got})
		if _, err := json.Marshal(struct{ A, B any }{s, measure.Compare(&s, &s)}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	empty := measure.Summarize(nil)
	if _, err := json.Marshal(empty); err != nil {
		t.Error(err)
	}
	old, huge := run(1), run(1)
	old.Schema, huge.Workload.RequestMilli = 99, 2001
	for _, r := range []*trace.Run{old, huge} {
		if _, err := measure.Of(r); err == nil {
			t.Errorf("accepted: %+v", r)
		}
	}
}
