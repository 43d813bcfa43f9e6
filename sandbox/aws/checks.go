package aws

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// check collects faults in the inputs of one resource, in the words of the provider. What is unset or unknown has none.
type check struct {
	in     Props
	faults []Fault
}

// checks makes a Kind's Check of the rules that f applies.
func checks(f func(c *check)) func(Props) []Fault {
	return func(in Props) []Fault {
		c := &check{in: in}
		f(c)
		return c.faults
	}
}

func (c *check) fault(path, format string, args ...any) {
	top, _, _ := strings.Cut(path, ".")
	c.faults = append(c.faults, Fault{top, fmt.Sprintf(format, args...)})
}

// snake is an input's name as the provider's messages have it: metadataOptions.httpTokens is metadata_options.0.http_tokens.
func snake(path string) string {
	var out strings.Builder
	for _, r := range strings.ReplaceAll(path, ".", ".0.") {
		if unicode.IsUpper(r) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

func (c *check) oneOf(path string, allowed ...string) {
	for _, v := range strs(c.in, path) {
		if !slices.Contains(allowed, v) {
			c.fault(path, "expected %s to be one of %q, got %s", snake(path), allowed, v)
		}
	}
}

func (c *check) between(path string, low, high int) {
	if v := get(c.in, path); v == nil || isUnknown(v) {
		return
	}
	if n := num(c.in, path, low); n < low || n > high {
		c.fault(path, "expected %s to be in the range (%d - %d), got %d", snake(path), low, high, n)
	}
}

func (c *check) length(path string, low, high int) {
	s, ok := get(c.in, path).(string)
	if ok && !isUnknown(s) && (len(s) < low || len(s) > high) {
		c.fault(path, "expected length of %s to be in the range (%d - %d), got %s", snake(path), low, high, s)
	}
}

// form demands that the input, if there is one, matches; otherwise says why.
func (c *check) form(path string, re *regexp.Regexp, otherwise string) {
	for _, s := range strs(c.in, path) {
		if !re.MatchString(s) {
			c.fault(path, "invalid value for %s (%s)", snake(path), otherwise)
		}
	}
}

var anARN = regexp.MustCompile(`^arn:[\w-]+:[\w-]+:[\w-]*:\d*:.+$`)

// arn demands that the input, if there is one, has the form of an ARN.
func (c *check) arn(path string) {
	if text := str(c.in, path); text != "" && !anARN.MatchString(text) {
		c.fault(path, "%q (%s) is an invalid ARN: arn: invalid prefix", snake(path), text)
	}
}

// apart refuses two inputs that exclude each other.
func (c *check) apart(path string, others ...string) {
	if !c.has(path) {
		return
	}
	for _, other := range others {
		if c.has(other) {
			c.fault(path, "Conflicting configuration arguments: %q: conflicts with %s", snake(path), snake(other))
		}
	}
}

// has says that an input is there at all, known or not.
func (c *check) has(path string) bool {
	switch v := get(c.in, path).(type) {
	case nil:
		return false
	case string:
		return v != ""
	case bool:
		return v
	case []any:
		return len(v) > 0
	}
	return true
}

// blocks demands CIDR blocks without bits beyond their length.
func (c *check) blocks(path string) {
	for _, text := range strs(c.in, path) {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			c.fault(path, "%q is not a valid CIDR block: invalid CIDR address: %s", text, text)
		case p != p.Masked():
			c.fault(path, "%q is not a valid CIDR block; did you mean %q?", text, p.Masked())
		}
	}
}

// block4 is blocks for an input that takes one block of IPv4.
func (c *check) block4(path string) {
	text := str(c.in, path)
	if text == "" {
		return
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		c.fault(path, "%q is not a valid IPv4 CIDR block: invalid CIDR address: %s", text, text)
	case !p.Addr().Is4():
		c.fault(path, "%q is not a valid IPv4 CIDR block", text)
	case p != p.Masked():
		c.fault(path, "%q is not a valid IPv4 CIDR block; did you mean %q?", text, p.Masked())
	}
}
