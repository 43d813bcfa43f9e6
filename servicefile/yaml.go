package servicefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3" // its nodes know their lines

	"paddock/config"
)

// document is a YAML text as package config decodes it, with the line of every path. What YAML can say and a service file must not
// is noted as a fault.
type document struct {
	config.Judge
	value    any
	lines    map[string]int // "" = the line that the whole begins on
	readable bool           // false = value is nothing to judge
}

func read(raw []byte) *document {
	d := &document{lines: map[string]int{}}
	var root, next yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	switch err := dec.Decode(&root); {
	case errors.Is(err, io.EOF) || err == nil && empty(root):
		d.Add("", nil, "empty: want an object with at least the keys %s", list(required("", typeOfFile)))
		return d
	case err != nil:
		d.unparsed(raw, err)
		return d
	}
	if err := dec.Decode(&next); !errors.Is(err, io.EOF) {
		if err != nil {
			d.unparsed(raw, err)
		} else {
			d.lines[""] = next.Line
			d.Add("", nil, "a second document: want one file for each service")
		}
		return d
	}
	d.readable = true
	d.lines[""] = root.Content[0].Line
	d.value = d.node("", root.Content[0])
	return d
}

// longestPath ends what nobody means: each level of nesting costs a path as long as all above it.
const longestPath = 1000

func empty(root yaml.Node) bool {
	return len(root.Content) == 0 || root.Content[0].ShortTag() == "!!null"
}

var (
	yamlLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)
	// miscounted are errors for which the parser counts lines from 0; for its others, from 1.
	miscounted = regexp.MustCompile(`did not find expected (',' or|'-' indicator|key|node content|<)`)
)

// unparsed says what is no YAML, and where.
func (d *document) unparsed(raw []byte, err error) {
	for i, line := range strings.Split(string(raw), "\n") {
		if indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; strings.Contains(indent, "\t") {
			d.lines[""] = i + 1
			d.Add("", nil, "a tab at the beginning: want spaces, YAML is not indented otherwise")
			return
		}
	}
	found := yamlLine.FindStringSubmatch(err.Error())
	if found != nil && found[1] != "" {
		d.lines[""], _ = strconv.Atoi(found[1])
		if miscounted.MatchString(err.Error()) {
			d.lines[""]++
		}
	}
	d.Add("", nil, "no YAML: %s", yamlLine.ReplaceAllString(err.Error(), ""))
}

// node converts a node to what encoding/json makes of a document. What cannot be is a fault, and nil.
func (d *document) node(path string, n *yaml.Node) any {
	if path != "" {
		d.lines[path] = n.Line
	}
	switch {
	case len(path) > longestPath:
		d.readable = false
		d.Add("", nil, "nested too deeply: want a service file")
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.Add(path, nil, "an anchor or alias: want the value itself")
	case n.Style&yaml.TaggedStyle != 0:
		d.Add(path, config.Literal(n.Tag), "a tag: want the value without it")
	case n.Kind == yaml.MappingNode:
		return d.object(path, n)
	case n.Kind == yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, element := range n.Content {
			list[i] = d.node(fmt.Sprintf("%s[%d]", path, i), element)
		}
		return list
	default:
		return d.scalar(path, n)
	}
	return nil
}

func (d *document) object(path string, n *yaml.Node) any {
	out := map[string]any{}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := below(path, key.Value)
		switch line := first[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Anchor != "":
			d.Add(path, nil, "want a plain name before each colon")
			continue
		case key.ShortTag() == "!!merge":
			d.Add(at, nil, "a merge key: want the keys themselves")
		case key.ShortTag() != "!!str" || key.Value == "":
			d.Add(at, nil, "want a name before the colon, or quotes around it")
		case line > 0:
			d.Add(at, nil, "given twice: it stands in line %d, too", line)
		default:
			first[key.Value] = key.Line
			out[key.Value] = d.node(at, value)
		}
		d.lines[at] = key.Line // not the value's, which may begin below
	}
	return out
}

var (
	plainInt = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	// switches are words that YAML 1.1 takes for true and false, and YAML 1.2 for words.
	switches = []string{"yes", "no", "on", "off", "y", "n"}
)

func (d *document) scalar(path string, n *yaml.Node) any {
	switch tag := n.ShortTag(); {
	case tag == "!!null":
		d.Add(path, nil, "nothing there: want a value, or no such key")
	case tag == "!!bool":
		return strings.EqualFold(n.Value, "true")
	case tag == "!!int" && !plainInt.MatchString(n.Value), tag == "!!float" && !json.Valid([]byte(n.Value)):
		d.Add(path, config.Literal(n.Value), "want a number as people write it, or quotes around it")
	case tag == "!!int", tag == "!!float":
		return json.Number(n.Value)
	case n.Style == 0 && slices.Contains(switches, strings.ToLower(n.Value)):
		d.Add(path, config.Literal(n.Value), "want quotes around it, or true or false: not every reader of YAML takes it for a word")
	default:
		return n.Value
	}
	return nil
}
