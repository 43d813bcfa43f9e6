package note

import (
	"fmt"
	"slices"
	"strings"

	"paddock/pipeline/markdown"
	"paddock/pipeline/preview"
)

// titles of the folds, by kind.
var titles = map[preview.Kind]string{
	preview.Replace: "Replaced", preview.Delete: "Deleted", preview.Update: "Updated", preview.Create: "Created",
	preview.Drift: "Changed outside of Pulumi", preview.Gone: "Gone outside of Pulumi",
}

// diffs shows every resource's values, folded by kind and by resource, the most dangerous kind first, so that a cut takes what
// matters least. Resources are shown whole or not at all. The note does not grow beyond limit; how many resources did not fit
// is returned.
func (w *writer) diffs(limit int) int {
	more := func(left int) string {
		link := w.job("the job's log")
		if link == "" {
			link = "the job's log"
		}
		return fmt.Sprintf("\n%s too long for this note: see %s.\n", count(left, "resource more is", "resources more are"), link)
	}
	room := limit - w.Len() - len(more(len(w.Changes)))
	left := 0
	for _, kind := range preview.Kinds {
		of := w.Of(kind)
		if len(of) == 0 {
			continue
		}
		slices.SortStableFunc(of, func(a, b preview.Change) int { return strings.Compare(a.Component.Name, b.Component.Name) })
		head, tail := fmt.Sprintf("<details><summary>%s: %d</summary>\n\n", titles[kind], len(of)), "</details>\n"
		room -= len(head) + len(tail)
		var blocks strings.Builder
		for _, c := range of {
			block := w.diff(c)
			if len(block) > room {
				left++
				continue
			}
			room -= len(block)
			blocks.WriteString(block)
		}
		if blocks.Len() > 0 {
			w.WriteString(head + blocks.String() + tail)
		}
	}
	if left > 0 {
		w.WriteString(more(left))
	}
	return left
}

func (w *writer) diff(c preview.Change) string {
	summary := w.verb(c) + " " + markdown.HTML(short(c.Name)) + " " + markdown.HTML(short(c.Type))
	if c.Component.Name != "" && c.Component.Name != c.Name {
		summary += " of " + markdown.HTML(short(c.Component.Name))
	}
	var lines []markdown.Line
	if c.ID != "" {
		lines = append(lines, markdown.Line{Sign: "  ", Text: "id: " + c.ID})
	}
	if len(c.Outside) > 0 {
		lines = append(append(lines, markdown.Line{Sign: "# ", Text: "changed outside of Pulumi:"}), values(c.Outside)...)
		lines = append(lines, markdown.Line{Sign: "# ", Text: "what Pulumi does:"})
	}
	lines = append(lines, values(c.Properties)...)
	for _, reason := range c.Reasons {
		lines = append(lines, markdown.Line{Sign: "! ", Text: reason + " forces the replacement"})
	}
	if len(c.Properties)+len(c.Reasons) == 0 {
		lines = append(lines, markdown.Line{Sign: "  ", Text: nothing[c.Kind]})
	}
	return markdown.Folded(summary, markdown.Fence("diff", lines))
}

// nothing says what it means that no value differs.
var nothing = map[preview.Kind]string{
	preview.Create: "no values", preview.Delete: "no values", preview.Gone: "no values",
	preview.Update: "no input differs", preview.Drift: "no value differs",
	preview.Replace: "replaced because of what it depends on",
}

func values(properties []preview.Property) []markdown.Line {
	var lines []markdown.Line
	for _, p := range properties {
		old, now := cut(p.Old, p.New)
		if p.Old != "" {
			lines = append(lines, markdown.Line{Sign: "- ", Text: p.Path + ": " + old})
		}
		if p.New != "" {
			lines = append(lines, markdown.Line{Sign: "+ ", Text: p.Path + ": " + now})
		}
	}
	return lines
}

// Values longer than most are shown from a little before the place where they begin to differ.
const most, before = 4000, 100

func cut(old, now string) (string, string) {
	a, b := []rune(old), []rune(now)
	if len(a) <= most && len(b) <= most {
		return old, now
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := max(0, same-before)
	return window(a, from), window(b, from)
}

func window(text []rune, from int) string {
	from = min(from, len(text))
	to := min(len(text), from+most)
	out := string(text[from:to])
	if from > 0 {
		out = fmt.Sprintf("(%d characters) …%s", from, out)
	}
	if to < len(text) {
		out = fmt.Sprintf("%s… (%d characters more)", out, len(text)-to)
	}
	return out
}
