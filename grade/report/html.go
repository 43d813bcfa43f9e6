package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

var (
	//go:embed page.css
	pageCSS string
	//go:embed page.html
	pageHTML string
)

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// HTML writes the report as one page that fetches nothing and runs nothing. It is light or dark as the reader's system is.
func HTML(w io.Writer, r *Report) error {
	var b bytes.Buffer // a page that breaks off half-way would look whole
	if err := pageTemplate.Execute(&b, view(r)); err != nil {
		return fmt.Errorf("report: HTML: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("report: HTML: %w", err)
	}
	return nil
}
