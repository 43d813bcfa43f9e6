package report

import (
	"fmt"
	"math"
	"strings"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// plot is the coordinate system of one chart of demand and supply.
type plot struct {
	*canvas
	left, right, top, bottom float64
	length, most             float64 // s; pods or nodes
}

func (p *plot) x(t float64) float64 {
	return p.left + (p.right-p.left)*min(max(t/p.length, 0), 1)
}

func (p *plot) y(v float64) float64 {
	return p.bottom - (p.bottom-p.top)*min(max(v/p.most, 0), 1)
}

// curves draws demand and supply of pods or nodes over time. most is the least value that the axis must reach, so that charts
// beside each other can have one scale.
func curves(id string, run *trace.Run, nodes bool, most float64) *canvas {
	name, curve, best := "Pods", measure.Pods(run, measure.AtTarget), floorCurve(run, nodes)
	keys := []key{{"demand", true, "needed"}, {"supply", true, "ready"}}
	if nodes {
		name, curve = "Nodes", measure.Nodes(run, measure.AtTarget)
		keys = append(keys, key{"paid", true, "paid for"})
	}
	keys = append(keys, key{"missing", false, "missing"}, key{"surplus", false, "surplus"}, key{"floor", true, "floor"})
	if !nodes && pending(run) {
		keys = append(keys, key{"pending", true, "no room"})
	}
	p := &plot{canvas: &canvas{id: id, width: 400}, left: 26, right: 394, length: length(run, curve), most: max(highest(curve), most, 1)}
	e := curve.Elasticity()
	p.text("name", "start", 0, 13, name)
	p.text("tick", "end", p.right, 13, fmt.Sprintf("missing %.1f %%, surplus %.1f %%", e.ThetaU, e.ThetaO))
	p.top = p.legend(0, 33, keys) + 14
	p.bottom, p.height = p.top+140, p.top+164
	p.axes()
	p.gaps(run)
	p.between(curve)
	p.add(`<path class="under" d="%sL%s %sL%s %sZ"/>`, p.path(curve, demand), num(p.x(end(curve, p.length))), num(p.bottom), num(p.x(0)), num(p.bottom))
	p.add(`<path class="floor" d="%s"/>`, p.path(best, supply))
	if nodes {
		p.add(`<path class="paid" d="%s"/>`, p.path(curve, paid))
	}
	p.add(`<path class="demand" d="%s"/>`, p.path(curve, demand))
	p.add(`<path class="supply" d="%s"/>`, p.path(curve, supply))
	if !nodes && pending(run) {
		p.add(`<path class="pending" d="%s"/>`, p.above(pendingCurve(run)))
	}
	return p.canvas
}

func demand(p measure.Point) float64 { return p.Demand }
func supply(p measure.Point) float64 { return p.Supply }
func paid(p measure.Point) float64   { return p.Paid }

func floorCurve(run *trace.Run, nodes bool) measure.Curve {
	settings, _ := measure.ParseSettings(run.Settings) // what cannot be read is noted with the figures
	best := measure.Floor(run, settings)
	if nodes {
		return measure.Nodes(&best, measure.AtTarget)
	}
	return measure.Pods(&best, measure.AtTarget)
}

// length is the time that the axis shows.
func length(run *trace.Run, c measure.Curve) float64 {
	l := 1.0
	if !math.IsNaN(run.Length) && !math.IsInf(run.Length, 0) {
		l = max(l, run.Length)
	}
	if len(c) > 0 {
		l = max(l, c[len(c)-1].At)
	}
	return l
}

// end is until when the last point is drawn.
func end(c measure.Curve, length float64) float64 {
	if len(c) > 0 && c[len(c)-1].For == 0 {
		return c[len(c)-1].At
	}
	return length
}

func highest(c measure.Curve) float64 {
	most := 0.0
	for _, p := range c {
		most = max(most, p.Demand, p.Supply, p.Paid)
	}
	return most
}

// path is a value of the curve as a line of steps, one corner a change.
func (p *plot) path(c measure.Curve, of func(measure.Point) float64) string {
	var b strings.Builder
	for i, point := range c {
		switch y := num(p.y(of(point))); {
		case i == 0:
			fmt.Fprintf(&b, "M%s %s", num(p.x(point.At)), y)
		case of(point) != of(c[i-1]):
			fmt.Fprintf(&b, "H%sV%s", num(p.x(point.At)), y)
		}
	}
	if len(c) == 0 {
		return "M0 0"
	}
	fmt.Fprintf(&b, "H%s", num(p.x(end(c, p.length))))
	return b.String()
}

// between fills what lies between demand and supply, one box for each time in which neither changes.
func (p *plot) between(c measure.Curve) {
	for i := 0; i < len(c); {
		to := i + 1
		for to < len(c) && c[to].Demand == c[i].Demand && c[to].Supply == c[i].Supply && c[to].Paid == c[i].Paid {
			to++
		}
		from, until := p.x(c[i].At), p.x(end(c, p.length))
		if to < len(c) {
			until = p.x(c[to].At)
		}
		if c[i].Supply < c[i].Demand {
			p.rect("missing", from, p.y(c[i].Demand), until-from, p.y(c[i].Supply)-p.y(c[i].Demand))
		}
		if c[i].Paid > c[i].Demand {
			p.rect("surplus", from, p.y(c[i].Paid), until-from, p.y(c[i].Demand)-p.y(c[i].Paid))
		}
		i = to
	}
}

func (p *plot) gaps(run *trace.Run) {
	for _, g := range run.Gaps {
		if from, to := p.x(g.From), p.x(g.To); to > from {
			p.add(`<rect fill="url(#%s-h)" x="%s" y="%s" width="%s" height="%s"/>`, p.id, num(from), num(p.top), num(to-from), num(p.bottom-p.top))
			p.text("label", "middle", (from+to)/2, p.top+11, "gap")
		}
	}
}

func (p *plot) axes() {
	tick := step(p.most, 5, roundCounts)
	p.most = math.Ceil(p.most/tick) * tick
	for v := 0.0; v <= p.most+tick/2; v += tick {
		class := "grid"
		if v == 0 {
			class = "axis"
		}
		p.line(class, p.left, p.y(v), p.right, p.y(v))
		p.text("tick", "end", p.left-6, p.y(v)+4, num(v))
	}
	tick = step(p.length, 5, roundTimes)
	for t := 0.0; t <= p.length+1e-9; t += tick {
		anchor := "middle"
		if p.x(t) > p.right-16 {
			anchor = "end"
		}
		p.line("axis", p.x(t), p.bottom, p.x(t), p.bottom+4)
		p.text("tick", anchor, p.x(t), p.bottom+17, clock(t, tick))
	}
}
