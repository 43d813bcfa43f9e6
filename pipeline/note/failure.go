package note

import (
	"fmt"
	"strings"

	"paddock/pipeline/markdown"
)

// failure says why there is no whole preview, with what was said; of a whole one it folds the warnings away.
func (w *writer) failure() {
	lines := w.said()
	if w.Failed == "" {
		if len(lines) > 0 {
			w.WriteString(markdown.Folded("What Pulumi said", markdown.Fence("", lines)) + "\n")
		}
		return
	}
	fmt.Fprintf(w, ":x: **The preview failed: %s.**", w.Failed)
	if len(w.Changes) > 0 {
		w.WriteString(" What follows is only a part.")
	}
	w.WriteString("\n\n")
	if len(lines) > 0 {
		w.WriteString(markdown.Fence("", lines) + "\n")
	}
}

// said are the lines of the diagnostics, errors first, and of what was not JSON.
func (w *writer) said() []markdown.Line {
	var lines []markdown.Line
	room := saidShare
	add := func(sign, text string) {
		for line := range strings.Lines(strings.TrimSpace(text)) {
			line = strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "  ")
			if room -= 6*len(line) + len(sign) + 1; room > 0 { // what cannot be seen is written with six characters
				lines = append(lines, markdown.Line{Sign: sign, Text: line})
			}
		}
	}
	for _, severity := range []string{"error", "warning"} {
		for _, d := range w.Diagnostics {
			if d.Severity == severity {
				add("  ", d.Message)
			}
		}
	}
	if w.Failed != "" {
		add("  ", w.Said)
	}
	if room <= 0 {
		lines = append(lines, markdown.Line{Sign: "  ", Text: "… more in the job's log"})
	}
	return lines
}
