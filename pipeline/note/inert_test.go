package note_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	dom "golang.org/x/net/html"

	"paddock/pipeline/note"
	"paddock/pipeline/preview"
)

// tell is in every hostile text: where it turns up, that text does.
const tell = "zqz"

// everywhere is a preview with the same text in every place that a program or a provider can write to.
func everywhere(t testing.TB, text string) *preview.Preview {
	t.Helper()
	text = tell + text
	kind := strings.NewReplacer("$", "", ":", "").Replace(text) // these two end a type
	urn := func(kind, name string) string { return "urn:pulumi:dev::shop::a:b:Parent$" + kind + "::" + name }
	parent := map[string]any{"urn": "urn:pulumi:dev::shop::a:b:Parent" + kind + "::" + text, "custom": false}
	state := func(value any) map[string]any {
		return map[string]any{"custom": true, "id": text, "parent": parent["urn"], "inputs": map[string]any{"k" + text: value,
			"list": []any{text, value}}}
	}
	var steps []any
	for _, op := range []string{"create", "update", "replace", "delete"} {
		step := map[string]any{"op": op, "urn": urn("aws:x/y:Z"+kind, text+op)}
		if op != "create" {
			step["oldState"] = state(text)
		}
		if op != "delete" {
			step["newState"] = state(text + "2")
		}
		if op == "replace" {
			step["replaceReasons"], step["diffReasons"] = []any{"k" + text}, []any{"k" + text}
		}
		steps = append(steps, step)
	}
	steps = append(steps, map[string]any{"op": "create", "urn": parent["urn"], "newState": parent})
	raw, err := json.Marshal(map[string]any{
		"steps": steps,
		"diagnostics": []any{map[string]any{"severity": "error", "message": text + "\n" + text}, map[string]any{"severity": "warning",
			"message": text}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := preview.Read(bytes.NewReader(append(raw, []byte("\n"+text+"\n")...)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func render(p *preview.Preview, text string) string {
	protected := map[string]string{}
	for _, c := range p.Changes {
		protected[c.Type] = tell + text
	}
	return rendered(p, &note.Args{Project: tell + text, Stack: tell + text, Commit: tell + text, Label: tell + text,
		Protected: protected,
		JobURL:    "https://gitlab.example/shop/-/jobs/1"})
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))

// skeleton is the structure of what a Markdown parser makes of a note: its elements with their attributes, and no text. Hostile
// text in other places than code is an error.
func skeleton(t testing.TB, body string) string {
	t.Helper()
	var page bytes.Buffer
	if err := markdown.Convert([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	root, err := dom.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var walk func(*dom.Node, bool)
	walk = func(n *dom.Node, code bool) {
		switch n.Type {
		case dom.ElementNode:
			out.WriteString("<" + n.Data)
			for _, a := range n.Attr {
				if strings.Contains(a.Val, tell) {
					t.Errorf("text of others in an attribute: %s=%q", a.Key, a.Val)
				}
				out.WriteString(" " + a.Key + "=" + a.Val)
			}
			out.WriteString(">")
			code = code || n.Data == "code" || n.Data == "pre"
		case dom.CommentNode:
			out.WriteString("<!>")
		case dom.TextNode:
			if !code && strings.Contains(n.Data, tell) {
				t.Errorf("text of others outside of code: %q", n.Data)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, code)
		}
		if n.Type == dom.ElementNode {
			out.WriteString("</" + n.Data + ">")
		}
	}
	walk(root, false)
	return out.String()
}

// inert fails unless the note with the text has the structure of the note without, and nothing that GitLab acts upon.
func inert(t testing.TB, text string) {
	t.Helper()
	body := render(everywhere(t, text), text)
	if got, want := skeleton(t, body), skeleton(t, render(everywhere(t, ""), "")); got != want {
		t.Errorf("%q changes the structure:\n got %s\nwant %s\n%s", text, got, want, body)
	}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "/") { // a quick action, wherever GitLab finds it
			t.Errorf("%q: a line begins with a slash: %q", text, line)
		}
	}
	if len(body) > note.Limit {
		t.Errorf("%q: %d bytes", text, len(body))
	}
}

var hostile = []string{
	"`", "```", "~~~~", "````\n", "`` ` ``", "\n```\n", "\n</details>\n", "</summary>", "<script>alert(1)</script>",
	"<img src=x onerror=alert(1)>", "-->", "<!--",
	"--", "|", "\\|", "\\\\|", "\\", "@all", "@group/admins", "#1", "!2", "&3", "~bug", "~\"team::red\"", "%milestone", ":rocket:",
	"::", "$x$", "$$\nx\n$$",
	"\n/close\n", "/merge", "\r/approve\r", "\n\n# title\n", "[x](javascript:alert(1))", "![x](http://evil.example/x.png)",
	"http://evil.example", "www.evil.example",
	"a@evil.example", "<http://evil.example>", "*x*", "__x__", "&lt;", "&#60;", "\x00", "\u202e", "\u200b", "\u2028", "\xff",
	"{{x}}", "[[_TOC_]]", "::include{file=x}",
	"***", "- [ ] x", "> x", ">>>\n", "    x", "\t", "::: alert", "`x\u00a0", " ", "é", "\n\n", "$", "[^1]", "<details>", "<pre>", "<code>", "</code>",
}

func TestInert(t *testing.T) {
	for _, text := range hostile {
		inert(t, text)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var text strings.Builder
		for range 1 + r.IntN(6) {
			text.WriteString(hostile[r.IntN(len(hostile))])
		}
		if inert(t, text.String()); t.Failed() {
			return
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { inert(t, text) })
}
