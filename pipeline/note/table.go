package note

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"paddock/pipeline/markdown"
	"paddock/pipeline/preview"
)

// counts are columns, each of which counts the changes of one sort.
type counts []struct {
	title string
	holds func(preview.Change) bool
}

// count is a row's cells; what there is none of is left empty.
func (c counts) count(changes []preview.Change) []string {
	var cells []string
	for _, column := range c {
		n := 0
		for _, change := range changes {
			if column.holds(change) {
				n++
			}
		}
		cells = append(cells, strings.TrimPrefix(fmt.Sprint(n), "0"))
	}
	return cells
}

// columns are what the table counts of each component.
var columns = counts{
	{"Create", is(preview.Create)},
	{"Update", is(preview.Update)},
	{"Replace", is(preview.Replace)},
	{"Delete", is(preview.Delete)},
	{"Changed outside of Pulumi", preview.Change.ByOthers}, // left out if there is nothing of it
}

func is(kind preview.Kind) func(preview.Change) bool {
	return func(c preview.Change) bool { return c.Kind == kind }
}

// table counts the changes by component.
func (w *writer) table() {
	if len(w.Changes) == 0 {
		if w.Failed == "" {
			fmt.Fprintf(w, "Nothing changes: all %d resources stay as they are.\n\n", w.Unchanged)
		}
		return
	}
	shown := columns
	if !slices.ContainsFunc(w.Changes, preview.Change.ByOthers) {
		shown = columns[:len(columns)-1]
	}
	titles, rule := []string{"Component", "Type"}, []string{"---", "---"}
	for _, c := range shown {
		titles, rule = append(titles, c.title), append(rule, "---:")
	}
	names, of := byComponent(w.Changes)
	rows := w.capped(len(names), tableRows, tableShare, func(i int) string {
		name, kind := "the stack itself", ""
		if c := names[i]; c != (preview.Component{}) {
			name, kind = markdown.Code(short(c.Name)), markdown.Code(short(c.Type))
		}
		return markdown.Row(append([]string{name, kind}, shown.count(of[names[i]])...)...)
	})
	w.WriteString(markdown.Row(titles...) + markdown.Row(rule...))
	if last := len(rows) - 1; !strings.HasPrefix(rows[last], "|") {
		rows[last] = markdown.Row(append([]string{strings.Trim(rows[last], "- \n"), ""}, make([]string, len(shown))...)...)
	}
	w.WriteString(strings.Join(rows, ""))
	if len(names) > 1 {
		w.WriteString(markdown.Row(append([]string{"**all**", ""}, shown.count(w.Changes)...)...))
	}
	w.WriteString("\n")
	if w.Unchanged > 0 {
		w.WriteString(count(w.Unchanged, "resource stays as it is.", "resources stay as they are.") + "\n\n")
	}
}

func byComponent(changes []preview.Change) ([]preview.Component, map[preview.Component][]preview.Change) {
	of := map[preview.Component][]preview.Change{}
	for _, c := range changes {
		of[c.Component] = append(of[c.Component], c)
	}
	return slices.SortedFunc(maps.Keys(of), func(a, b preview.Component) int {
		return strings.Compare(a.Name+"\x00"+a.Type, b.Name+"\x00"+b.Type)
	}), of
}
