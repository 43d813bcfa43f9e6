package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"paddock/grade/measure"
)

type comparisonView struct {
	Title, Lead, Setting, Base string
	Rows                       []ratioView
}

type ratioView struct {
	Name, A, B, Ratio, Class string
	Bar                      template.CSS
}

func comparisonOf(c *measure.Comparison) comparisonView {
	v := comparisonView{Title: c.Setting + " against " + c.Base, Setting: c.Setting, Base: c.Base}
	switch {
	case c.Speedup == 0:
		v.Lead = "Nothing could be compared."
	case c.Speedup >= 1:
		v.Lead = fmt.Sprintf("%s is %.2f times as good as %s", c.Setting, c.Speedup, c.Base)
	default:
		v.Lead = fmt.Sprintf("%s is %.2f times as good as %s", c.Base, 1/c.Speedup, c.Setting)
	}
	if c.Speedup > 0 {
		v.Lead += fmt.Sprintf(": the geometric mean of the ratios of θ, τ and υ, of violations, cost and time to capacity, over %s.", strings.Join(c.Profiles, ", "))
	}
	for _, r := range c.Ratios {
		v.Rows = append(v.Rows, ratioOf(r))
	}
	return v
}

// named gives name and unit of a ratio's figure.
func named(key string) (name, unit string) {
	switch key {
	case measure.OfCapacity:
		return "Time to capacity, mean", "s"
	case measure.OfReaction:
		return "Autoscaler's reaction, mean", "s"
	}
	for _, m := range measure.Metrics() {
		if m.Key == key {
			return m.Name, m.Unit
		}
	}
	return key, ""
}

func ratioOf(r measure.Ratio) ratioView {
	name, unit := named(r.Key)
	v := ratioView{Name: name, A: amount(r.Setting, unit), B: amount(r.Base, unit), Ratio: "–"}
	if unit == "s" {
		v.A, v.B = v.A+" s", v.B+" s"
	}
	if r.Ratio <= 0 {
		return v
	}
	v.Ratio = fmt.Sprintf("%.2f×", r.Ratio)
	switch {
	case r.Ratio > 1.005:
		v.Class = "better"
	case r.Ratio < 0.995:
		v.Class = "worse"
	}
	// Half of the bar is a factor of 8, to the right if the setting is better.
	part := 50 * min(math.Abs(math.Log2(r.Ratio))/3, 1)
	if r.Ratio >= 1 {
		v.Bar = template.CSS(fmt.Sprintf("left:50%%;width:%s%%", num(part)))
	} else {
		v.Bar = template.CSS(fmt.Sprintf("right:50%%;width:%s%%", num(part)))
	}
	return v
}
