package report

import (
	"fmt"
	"strings"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// pending tells whether pods ever waited for room.
func pending(run *trace.Run) bool {
	for _, s := range run.Samples {
		if s.Pending > 0 {
			return true
		}
	}
	return false
}

// pendingCurve has the pods that wait for room as its supply.
func pendingCurve(run *trace.Run) measure.Curve {
	shown := *run
	shown.Samples = append([]trace.Sample(nil), run.Samples...)
	for i := range shown.Samples {
		shown.Samples[i].Ready = shown.Samples[i].Pending
	}
	return measure.Pods(&shown, measure.AtTarget)
}

// above is supply as a line of steps where it is more than nothing.
func (p *plot) above(c measure.Curve) string {
	var b strings.Builder
	before := 0.0
	for _, point := range c {
		if x := num(p.x(point.At)); point.Supply > 0 && before == 0 {
			fmt.Fprintf(&b, "M%s %sV%s", x, num(p.bottom), num(p.y(point.Supply)))
		} else if before > 0 && point.Supply != before {
			fmt.Fprintf(&b, "H%sV%s", x, num(p.y(point.Supply)))
		}
		before = point.Supply
	}
	if before > 0 {
		fmt.Fprintf(&b, "H%s", num(p.x(end(c, p.length))))
	}
	return b.String()
}
