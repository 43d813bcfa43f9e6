package report

import (
	"fmt"
	"io"
	"strings"

	"paddock/grade/measure"
)

// columns is how wide text may be.
const columns = 96

// Text writes a summary for a terminal, at most 96 columns wide. colour adds ANSI colours, for a terminal that is one.
func Text(w io.Writer, r *Report, colour bool) error {
	t := &text{colour: colour}
	t.line("%s", t.bold(r.Title))
	t.paragraph(about(r))
	for i := range r.Groups {
		t.group(&r.Groups[i], len(r.Groups) > 1)
	}
	for i := range r.Comparisons {
		t.comparison(&r.Comparisons[i])
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("report: text: %w", err)
	}
	return nil
}

type text struct {
	strings.Builder
	colour bool
}

func (t *text) line(format string, args ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

func (t *text) paragraph(s string) {
	for _, line := range wrap(s, columns) {
		t.line("%s", line)
	}
}

func (t *text) bold(s string) string { return t.paint("1", s) }

func (t *text) paint(code, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *text) group(g *Group, several bool) {
	t.line("")
	head := "Grade "
	if several {
		head = g.Name + ": "
	}
	letter := g.Grade.Letter
	if letter == "" {
		letter = "none"
	}
	t.line("%s   %.1f of 100 points", t.bold(head+letter), g.Grade.Points)
	if g.Grade.Why != "" {
		t.line("%s", t.paint("33", cut(g.Grade.Why, columns)))
	}
	t.paragraph(verdict(&g.Summary))
	t.line("")
	t.line("  %-28s %18s  %12s", "Figure", "Measured", "Points lost")
	for _, l := range sortedCharges(g.Grade.Charges) {
		lost := "not measured"
		if l.Measured {
			lost = fmt.Sprintf("%.1f of %2g", l.Lost, l.Row.Points)
		}
		row := fmt.Sprintf("  %s %s  %s", pad(l.Row.Name, -28), pad(l.Amount(), 18), pad(lost, 12))
		if l.Lost >= 0.05 {
			t.line("%s", t.paint("33", row))
			t.line("    %s", cut(l.Why, columns-4))
			continue
		}
		t.line("%s", row)
	}
	t.stages(&g.Summary)
	t.levels(&g.Summary)
}

func (t *text) stages(s *measure.Summary) {
	if s.Capacity.N == 0 {
		return
	}
	t.line("")
	t.line("  %-28s %4s %8s %8s %8s", "Scale-ups, in s", "n", "p50", "p99", "mean")
	row := func(name string, x measure.Times) {
		t.line("  %s %4d %8.1f %8.1f %8.1f", pad(name, -28), x.N, x.P50, x.P99, x.Mean)
	}
	for _, stage := range s.Stages {
		row("  "+stage.Name, stage)
	}
	row("time to capacity", s.Capacity)
	row("floor", s.Floor)
	row("reference", s.Reference)
	if s.Unfinished > 0 {
		t.line("  %d of them never met demand", s.Unfinished)
	}
}

func (t *text) levels(s *measure.Summary) {
	t.line("")
	t.line("  %-28s %12s %12s %12s %12s %8s", "Figures", "mean", "floor", "worst run", "its floor", "spread")
	level := ""
	for _, v := range metricsOf(s) {
		if v.Heading != "" {
			level = v.Heading
		}
		name := v.Name
		if level == "Pods" || level == "Nodes" {
			name = level + " " + strings.ToLower(name[:1]) + name[1:]
		}
		t.line("  %s %s %s %s %s %s", pad(name, -28), pad(v.Mean, 12), pad(v.Floor, 12), pad(v.Worst, 12), pad(v.WorstFloor, 12), pad(v.CV, 8))
	}
}

func (t *text) comparison(c *measure.Comparison) {
	v := comparisonOf(c)
	t.line("")
	t.line("%s", t.bold(v.Title))
	t.paragraph(v.Lead)
	t.line("")
	t.line("  %-30s %s %s %9s", "Figure", pad(cut(v.Setting, 16), 16), pad(cut(v.Base, 16), 16), "ratio")
	for _, r := range v.Rows {
		ratio := pad(r.Ratio, 9)
		switch r.Class {
		case "better":
			ratio = t.paint("32", ratio)
		case "worse":
			ratio = t.paint("33", ratio)
		}
		t.line("  %s %s %s %s", pad(r.Name, -30), pad(r.A, 16), pad(r.B, 16), ratio)
	}
}

// pad fills with spaces to a width in characters, on the left, or with a negative width on the right.
func pad(s string, width int) string {
	n := len([]rune(s))
	if width < 0 {
		return s + strings.Repeat(" ", max(-width-n, 0))
	}
	return strings.Repeat(" ", max(width-n, 0)) + s
}

func cut(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}

func wrap(s string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && len([]rune(lines[n-1]))+1+len([]rune(word)) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
