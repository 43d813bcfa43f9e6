// Package note writes a preview as a note for a merge request, in GitLab's Markdown. All that comes out of the preview goes
// through package markdown and is inert.
package note

import (
	"fmt"
	"math"
	"net/url"
	"strings"

	"paddock/pipeline/markdown"
	"paddock/pipeline/preview"
)

// Limit is how many bytes a note has at most. GitLab takes a million characters, and gives up on showing long ones nicely well
// before that.
const Limit = 250_000

// Shares of the limit that the parts before the diffs may take; what does not fit is counted.
const (
	listShare, tableShare, saidShare = Limit / 8, Limit / 4, Limit / 8

	listRows, tableRows = 25, 200
)

// Args say what the note is to tell beside the preview.
type Args struct {
	Project, Stack string // of Pulumi
	JobURL, Commit string // "" = left out
	Protected      map[string]string
	Label          string // allows what is protected to be replaced or deleted
	Allowed        bool   // the merge request carries the label
	AsksLabels     bool   // labels are asked of GitLab; false = they are those of the pipeline's creation
}

// Rerun says how a label that was put on comes to count.
func Rerun(asksLabels bool) string {
	if asksLabels {
		return "retry this job"
	}
	return "run a new pipeline for the merge request: a retried job has the labels of when its pipeline was made"
}

// Render writes the note. It has been cut if some of the resources did not fit.
func Render(p *preview.Preview, a *Args) (body string, cut bool) { return render(p, a, Limit) }

// Whole writes the note with every resource's diff, however long it gets: for the job's log.
func Whole(p *preview.Preview, a *Args) string {
	body, _ := render(p, a, math.MaxInt)
	return body
}

func render(p *preview.Preview, a *Args, limit int) (string, bool) {
	w := &writer{Preview: p, Args: a}
	foot := w.foot()
	w.WriteString(Marker(a.Project, a.Stack) + "\n")
	w.WriteString("### Preview of " + markdown.Code(w.title()) + "\n\n")
	w.danger()
	w.failure()
	w.table()
	w.cost()
	left := w.diffs(limit - len(foot))
	w.WriteString(foot)
	return w.String(), left > 0
}

// cost is the line in which the program says what the stack costs a month.
func (w *writer) cost() {
	for _, d := range w.Diagnostics {
		if d.Severity == "info" && strings.HasPrefix(d.Message, "cost: ") {
			fmt.Fprintf(w, "%s\n\n", markdown.Code(shorter(strings.TrimSpace(d.Message), 1000))) // a stack may have many teams
			return
		}
	}
}

// Marker is the first line of the notes of one stack, by which they are found again. It cannot be seen.
func Marker(project, stack string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "-", "%2D") } // "--" would end a comment
	return "<!-- pipeline note: " + escape(project) + "/" + escape(stack) + " -->"
}

type writer struct {
	strings.Builder
	*preview.Preview
	*Args
}

func (w *writer) title() string {
	switch {
	case w.Args.Project != "" && w.Args.Stack != "":
		return w.Args.Project + "/" + w.Args.Stack
	case w.Args.Project+w.Args.Stack != "":
		return w.Args.Project + w.Args.Stack
	}
	return "a stack"
}

// danger comes first: what is lost if this goes on.
func (w *writer) danger() {
	lost := w.Of(preview.Replace, preview.Delete)
	if len(lost) > 0 {
		n := w.Count()
		fmt.Fprintf(w, ":warning: **%s**\n\n", sentence(
			count(n[preview.Replace], "resource is replaced", "resources are replaced"),
			count(n[preview.Delete], "resource is deleted", "resources are deleted")))
		w.list(lost)
	}
	var gone []preview.Change
	for _, c := range w.Changes {
		if c.Kind == preview.Gone || c.Gone {
			gone = append(gone, c)
		}
	}
	if len(gone) > 0 {
		fmt.Fprintf(w, ":warning: **%s, but not by Pulumi**\n\n", count(len(gone), "resource was deleted", "resources were deleted"))
		w.list(gone)
	}
	endangered := w.Endangered(w.Protected)
	if len(endangered) == 0 {
		return
	}
	if w.Allowed {
		fmt.Fprintf(w, ":warning: **Protected resources are among them; the label %s allows it:**\n\n", markdown.Code(w.Label))
	} else {
		fmt.Fprintf(w, ":no_entry: **Refused: protected resources are among them.** If this is meant, put the label %s on the merge "+
			"request, then %s.\n\n",
			markdown.Code(w.Label), Rerun(w.AsksLabels))
	}
	w.list(endangered)
}

// list names changes, one a line.
func (w *writer) list(changes []preview.Change) {
	lines := w.capped(len(changes), listRows, listShare, func(i int) string {
		c := changes[i]
		line := fmt.Sprintf("- %s %s, %s", w.verb(c), markdown.Code(short(c.Name)), markdown.Code(short(c.Type)))
		if what := w.Protected[c.Type]; what != "" {
			line += ", a protected " + markdown.Code(short(what))
		}
		if why := reasons(c); why != "" {
			line += ", because of " + why
		}
		return line + "\n"
	})
	w.WriteString(strings.Join(lines, "") + "\n")
}

// reasons are the properties that force a replacement.
func reasons(c preview.Change) string {
	var why []string
	for _, reason := range c.Reasons[:min(len(c.Reasons), 3)] {
		why = append(why, markdown.Code(short(reason)))
	}
	return strings.Join(why, ", ")
}

func (w *writer) verb(c preview.Change) string {
	switch {
	case c.Imported:
		return "import"
	case c.Gone:
		return "create again"
	case len(c.Outside) > 0:
		return string(c.Kind) + " (changed outside of Pulumi)"
	case c.Retained:
		return string(c.Kind) + " in Pulumi's state only"
	}
	return string(c.Kind)
}

// capped makes rows until they are too many or too long, and says how many are missing.
func (w *writer) capped(n, rows, bytes int, row func(int) string) []string {
	var out []string
	for i := range n {
		if line := row(i); i < rows && len(line) <= bytes {
			bytes -= len(line)
			out = append(out, line)
			continue
		}
		return append(out, fmt.Sprintf("- and %d more\n", n-i))
	}
	return out
}

func (w *writer) foot() string {
	var said []string
	if w.Commit != "" {
		said = append(said, "commit "+markdown.Code(short(w.Commit)))
	}
	if link := w.job("the job with the log"); link != "" {
		said = append(said, link)
	}
	if len(said) == 0 {
		return ""
	}
	return "\nOf " + strings.Join(said, " by ") + ". The next push updates this note.\n"
}

// job links to the job; "" where its address is not known or none.
func (w *writer) job(text string) string {
	u, err := url.Parse(w.JobURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(w.JobURL, "<>\\ \t\r\n") {
		return ""
	}
	return "[" + text + "](<" + u.String() + ">)"
}

// short cuts a name that nobody would read to its end.
func short(s string) string { return shorter(s, 200) }

func shorter(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + "…"
}

func count(n int, one, many string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// sentence joins what is not empty.
func sentence(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}
