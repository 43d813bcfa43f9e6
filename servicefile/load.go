package servicefile

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"paddock/config"
)

// Fault is one thing wrong in a service file.
type Fault struct {
	File string
	Line int // from 1; of a key that is missing, the line of what it is missing in
	config.Fault
}

func (f Fault) Error() string {
	words := []string{fmt.Sprintf("%s:%d", f.File, f.Line)}
	for _, word := range []string{f.Path, clipped(f.Value), f.Rule} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, ": ")
}

// longestShown is of a value, in characters: enough to find it by.
const longestShown = 120

func clipped(value string) string {
	if runes := []rune(value); len(runes) > longestShown {
		return string(runes[:longestShown]) + "..."
	}
	return value
}

// Faults is everything that is wrong in a service file, by line.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads a service file and fills in its defaults. path is what the faults call it; the error is Faults.
func Load(path string, raw []byte) (File, error) {
	doc := read(raw)
	var f File
	if doc.readable {
		var decoded config.Judge
		config.Overlay(doc.value, &f, &decoded)
		doc.Faults = append(doc.Faults, decoded.Faults.Beside(doc.Faults)...)
		if _, object := doc.value.(map[string]any); object {
			j := &judge{given: func(path string, _ reflect.Value) bool { return doc.lines[path] > 0 }}
			j.file(f)
			doc.Faults = append(doc.Faults, j.Faults.Beside(doc.Faults)...)
		}
	}
	if err := doc.Err(); err != nil {
		return File{}, doc.locate(path, err)
	}
	return f.filled(), nil
}

// locate gives each fault its line.
func (d *document) locate(file string, err error) error {
	var found config.Faults
	if !errors.As(err, &found) {
		return err
	}
	var located Faults
	for _, fault := range found {
		if hidden(fault.Path) {
			fault.Value = ""
		}
		located = append(located, Fault{File: file, Line: d.line(fault.Path), Fault: fault})
	}
	slices.SortStableFunc(located, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return located
}

// At is a fault of a sound file that only whoever knows more than the file can tell, at a key, such as expose.host, or where it would be.
// path is what the fault calls the file, and value what stands there.
func At(path string, raw []byte, key, value, rule string) Fault {
	return Fault{File: path, Line: read(raw).line(key), Fault: config.Fault{Path: key, Value: value, Rule: rule}}
}

// hidden says whether what stands at a path may be a secret, rightly there or not: faults end up in logs.
func hidden(path string) bool {
	section, name, _ := strings.Cut(path, ".")
	return section == "env" && secretName.MatchString(name) || section == "secrets" && name != "" && !strings.Contains(name, ".")
}

// line is that of a path, or of the nearest thing around it that is in the file.
func (d *document) line(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return max(1, d.lines[""])
}
