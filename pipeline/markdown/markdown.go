// Package markdown writes text of others into GitLab's Markdown so that it stays text: no structure, link, mention, reference,
// emoji, label or quick action can come of it.
//
// Two places take such text, Code for a word in a line or a cell and Fence for a block. GitLab looks for references, mentions,
// labels and emojis in what is rendered, but never inside <code> and <pre>. It looks for quick actions in the raw text, in lines
// that begin with a slash: no line begins with text of others.
package markdown

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Code is text in one line as code, for paragraphs, list items and table cells.
func Code(s string) string {
	s = Visible(s)
	if s == "" {
		return ""
	}
	if plain(s) {
		return "`" + s + "`"
	}
	return entities(s)
}

// HTML is the same for places where HTML stands and Markdown does not, such as <summary>.
func HTML(s string) string {
	if s = Visible(s); plain(s) {
		return "<code>" + s + "</code>"
	}
	return entities(s)
}

// entities is text that is inert in HTML and in Markdown.
func entities(s string) string {
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range s {
		switch {
		case r == ' ' || r == '-' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)), r >= utf8.RuneSelf:
			b.WriteRune(r)
		default: // an entity can neither begin nor end anything
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// plain says that between backticks nothing can happen to the text, in a table cell neither. It cannot begin or end with a
// space, which CommonMark would strip.
func plain(s string) bool {
	return strings.TrimSpace(s) == s && strings.IndexFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _.,:/@+=-()", r)
	}) < 0
}

// Visible writes what would not be seen, or would change how the rest is seen, as Go's escapes: control characters, line ends,
// marks that turn the direction of writing, characters without width, bytes that are no text.
func Visible(s string) string {
	hidden := func(r rune) bool {
		return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co,
			unicode.Variation_Selector)
	}
	if utf8.ValidString(s) && strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A Line of a block: the sign is ours and is never empty, the text is anybody's.
type Line struct{ Sign, Text string }

// Fence is a block of lines as code, highlighted as language. Every line begins with its sign, and the fence is longer than any
// run of backticks inside: no line can end it.
func Fence(language string, lines []Line) string {
	longest, run := 0, 0
	var body strings.Builder
	for _, line := range lines {
		text := line.Sign + Visible(line.Text)
		for _, r := range text {
			if r != '`' {
				run = 0
				continue
			}
			run++
			longest = max(longest, run)
		}
		run = 0
		body.WriteString(text + "\n")
	}
	fence := strings.Repeat("`", max(3, longest+1))
	return fence + language + "\n" + body.String() + fence + "\n"
}

// Folded is a block under a line that is clicked to see it. The summary is HTML of the caller's.
func Folded(summary, block string) string {
	return "<details><summary>" + summary + "</summary>\n\n" + block + "\n</details>\n"
}

// Row is a row of a table.
func Row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
