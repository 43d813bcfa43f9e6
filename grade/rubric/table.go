package rubric

import (
	"fmt"
	"strings"
)

// Markdown is the table for people: docs/grading.md holds it, and a test compares.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Figure | Points | None lost up to | All lost from | What is looked at |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range Rows() {
		fmt.Fprintf(&b, "| %s | %g | %s | %s | %s |\n", r.Name, r.Points, amount(r.Free, r.Unit), amount(r.All, r.Unit), r.Means)
	}
	return b.String()
}

// Letters is the scale for people: "A+ from 97, A from 90, ..., F below 60".
func Letters() string {
	var list []string
	for i, l := range letters {
		if i == len(letters)-1 {
			list = append(list, fmt.Sprintf("%s below %g", l.Letter, letters[i-1].Least))
			break
		}
		list = append(list, fmt.Sprintf("%s from %g", l.Letter, l.Least))
	}
	return strings.Join(list, ", ")
}

func amount(v float64, unit string) string { return strings.TrimSpace(fmt.Sprintf("%g %s", v, unit)) }

// Amount is a loss's value with its unit.
func (l Loss) Amount() string {
	switch {
	case !l.Measured:
		return "–"
	case l.Endless:
		return "never"
	case l.Row.Unit == "":
		return fmt.Sprintf("%.0f", l.Value)
	case l.Row.Unit == "s":
		return fmt.Sprintf("%.1f s", l.Value)
	}
	return fmt.Sprintf("%.2f %s", l.Value, l.Row.Unit)
}
