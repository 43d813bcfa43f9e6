package report

import (
	"cmp"
	"fmt"
	"slices"

	"paddock/grade/measure"
	"paddock/grade/trace"
)

// shown is how many scale-ups a waterfall has: the slowest.
const shown = 8

// slowest are the scale-ups that a waterfall shows, the slowest first.
func slowest(ups []measure.ScaleUp) []measure.ScaleUp {
	sorted := slices.Clone(ups)
	slices.SortStableFunc(sorted, func(a, b measure.ScaleUp) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return sorted[:min(len(sorted), shown)]
}

// waterfall draws scale-ups as rows of stages on one axis of seconds since the rise, each with a mark at its floor.
func waterfall(id string, ups []measure.ScaleUp) *canvas {
	const left, right, row = 0.0, 346.0, 38.0
	c := &canvas{id: id, width: 400}
	top := c.legend(0, 12, append(stageKeys(ups), key{"mark", true, "floor"})) + 14
	longest := 1.0
	for _, up := range ups {
		longest = max(longest, up.Seconds, up.Floor)
	}
	bottom := top + row*float64(len(ups)) + 2
	c.height = bottom + 22
	x := func(seconds float64) float64 { return left + (right-left)*min(max(seconds/longest, 0), 1) }
	tick := step(longest, 6, roundTimes)
	for t := 0.0; t <= longest; t += tick {
		anchor := "middle"
		if t == 0 {
			anchor = "start"
		}
		c.line("grid", x(t), top, x(t), bottom)
		c.text("tick", anchor, x(t), bottom+16, clock(t, tick))
	}
	for i, up := range ups {
		y := top + row*float64(i)
		nodes := "no new node"
		if up.Nodes > 0 {
			nodes = fmt.Sprintf("%d new %s", up.Nodes, plural(up.Nodes, "node"))
		}
		c.text("tick", "start", left, y+11, fmt.Sprintf("%s, seed %d: %d %s, %s", up.Profile, up.Seed, up.Pods, plural(up.Pods, "pod"), nodes))
		at := 0.0
		for k, seconds := range up.Lasted() {
			from, to := x(at), x(at+seconds)
			at += seconds
			c.rect(stageClass(up.Stages[k].Name), from, y+16, max(to-from-0.8, 0.8), 15)
			if text := fmt.Sprintf("%.0f", seconds); to-from > textWidth(text)+6 {
				c.text("in", "middle", (from+to)/2, y+27, text)
			}
		}
		total := fmt.Sprintf("%.0f s", up.Seconds)
		if !up.Done {
			total = "never"
			c.line("pending", x(at), y+23.5, x(up.Seconds), y+23.5)
		}
		c.text("total", "start", x(up.Seconds)+8, y+28, total)
		if up.Floor > 0 {
			c.line("mark", x(up.Floor), y+13, x(up.Floor), y+34)
		}
	}
	return c
}

// stageKeys is the legend: the stages that occur, in order.
func stageKeys(ups []measure.ScaleUp) []key {
	var keys []key
	for _, stage := range measure.Stages(ups) {
		keys = append(keys, key{stageClass(stage.Name), false, stage.Name})
	}
	return keys
}

// stageClass is the colour of a stage; one that we do not know has its own.
func stageClass(name string) string {
	if i := slices.Index(trace.StageNames(), name); i >= 0 {
		return fmt.Sprintf("s%d", i+1)
	}
	return "s8"
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
