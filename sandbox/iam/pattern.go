package iam

import (
	"strings"
	"unicode/utf8"
)

// In a compiled pattern these bytes stand for * and ?. No UTF-8 text contains them, so that a literal star, from ${*}
// or from the value of a variable, stays a literal.
const (
	anyRun = 0xFF
	anyOne = 0xFE
)

// pattern is text with wildcards and policy variables (IAM user guide, "Variables and tags").
type pattern struct {
	text   string // without variables: the whole; else what precedes parts
	parts  []part // one for each variable
	prefix string // what every match starts with; most patterns fail there, before the work starts
	star   bool   // nothing but *
	plain  bool   // neither wildcard nor variable
}

// part is a variable and the text that follows it.
type part struct {
	key      string
	fallback string
	defaults bool
	text     string
}

// newPattern compiles text. Without wild, * and ? are literals; without vars so is ${...}.
func newPattern(text string, wild, vars bool) pattern {
	var p pattern
	for vars {
		before, after, found := strings.Cut(text, "${")
		name, rest, closed := strings.Cut(after, "}")
		if !found || !closed {
			break
		}
		p.add(wildcards(before, wild))
		switch name {
		case "*", "?", "$":
			p.add(name)
		default:
			p.parts = append(p.parts, newVariable(name))
		}
		text = rest
	}
	p.add(wildcards(text, wild))
	p.star = len(p.parts) == 0 && p.text == string([]byte{anyRun})
	p.prefix = p.text
	if i := firstWildcard(p.text); i >= 0 {
		p.prefix = p.text[:i]
	}
	p.plain = len(p.parts) == 0 && p.prefix == p.text
	return p
}

// newVariable reads "key" or "key, 'what to take where the call has no such key'".
func newVariable(name string) part {
	key, fallback, defaults := strings.Cut(name, ",")
	return part{key: strings.TrimSpace(key), fallback: strings.Trim(strings.TrimSpace(fallback), "'"), defaults: defaults}
}

func (p *pattern) add(text string) {
	if n := len(p.parts); n > 0 {
		p.parts[n-1].text += text
		return
	}
	p.text += text
}

func wildcards(text string, wild bool) string {
	if !wild {
		return text
	}
	out := []byte(text)
	for i, c := range out {
		switch c {
		case '*':
			out[i] = anyRun
		case '?':
			out[i] = anyOne
		}
	}
	return string(out)
}

// firstWildcard looks at bytes: to strings.IndexAny they would be runes.
func firstWildcard(text string) int {
	for i := range len(text) {
		if text[i] == anyRun || text[i] == anyOne {
			return i
		}
	}
	return -1
}

// expand puts in the variables. A variable that the call has no single value for makes the pattern match nothing.
func (p *pattern) expand(r *Request) (string, bool) {
	if len(p.parts) == 0 {
		return p.text, true
	}
	var out strings.Builder
	out.WriteString(p.text)
	for _, v := range p.parts {
		values := r.lookup(v.key)
		switch {
		case len(values) == 1:
			out.WriteString(strings.ToValidUTF8(values[0], "\uFFFD")) // keeps anyRun and anyOne out
		case len(values) == 0 && v.defaults:
			out.WriteString(v.fallback)
		default:
			return "", false
		}
		out.WriteString(v.text)
	}
	return out.String(), true
}

func (p *pattern) matches(text string, r *Request, fold bool) bool {
	switch {
	case p.star:
		return true
	case p.plain:
		return len(p.text) == len(text) && (p.text == text || fold && strings.EqualFold(p.text, text))
	case len(text) < len(p.prefix):
		return false
	}
	if head := text[:len(p.prefix)]; head != p.prefix && !(fold && strings.EqualFold(head, p.prefix)) {
		return false
	}
	if len(p.parts) == 0 {
		return glob(p.text[len(p.prefix):], text[len(p.prefix):], fold)
	}
	expanded, ok := p.expand(r)
	return ok && glob(expanded, text, fold)
}

func matchesAny(list []pattern, text string, r *Request, fold bool) bool {
	for i := range list {
		if list[i].matches(text, r, fold) {
			return true
		}
	}
	return false
}

// glob matches with one step back: to the last star, which is enough and keeps the time at len(pattern) * len(text).
func glob(pattern, text string, fold bool) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == anyRun:
			if p+1 == len(pattern) {
				return true
			}
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == anyOne:
			_, size := utf8.DecodeRuneInString(text[t:])
			p++
			t += size
		case p < len(pattern) && same(pattern[p], text[t], fold):
			p++
			t++
		case star >= 0:
			if from = nextStart(pattern[star+1:], text, from, fold); from < 0 {
				return false
			}
			p, t = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}

// nextStart is where, after from, what follows a star may begin in text: a letter on, or at once at the next place that
// has its first letter; -1 = nowhere.
func nextStart(rest, text string, from int, fold bool) int {
	_, size := utf8.DecodeRuneInString(text[from:])
	from += size
	if fold || rest == "" || rest[0] == anyRun || rest[0] == anyOne {
		return from
	}
	i := strings.IndexByte(text[from:], rest[0])
	if i < 0 {
		return -1
	}
	return from + i
}

// same folds ASCII only: names of actions have nothing else.
func same(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
