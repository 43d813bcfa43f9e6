package iam

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// matcher compares a value of the call with the policy's value it was made of.
type matcher func(value string, r *Request) bool

// kind is what an operator compares; a negated one holds when it does not match.
type kind struct {
	negated bool
	compile func(want string, vars bool) matcher
}

var operators = map[string]kind{
	"StringEquals":              {false, textual(false)},
	"StringNotEquals":           {true, textual(false)},
	"StringEqualsIgnoreCase":    {false, textFold},
	"StringNotEqualsIgnoreCase": {true, textFold},
	"StringLike":                {false, textual(true)},
	"StringNotLike":             {true, textual(true)},
	"NumericEquals":             {false, number(func(d int) bool { return d == 0 })},
	"NumericNotEquals":          {true, number(func(d int) bool { return d == 0 })},
	"NumericLessThan":           {false, number(func(d int) bool { return d < 0 })},
	"NumericLessThanEquals":     {false, number(func(d int) bool { return d <= 0 })},
	"NumericGreaterThan":        {false, number(func(d int) bool { return d > 0 })},
	"NumericGreaterThanEquals":  {false, number(func(d int) bool { return d >= 0 })},
	"DateEquals":                {false, date(func(d int) bool { return d == 0 })},
	"DateNotEquals":             {true, date(func(d int) bool { return d == 0 })},
	"DateLessThan":              {false, date(func(d int) bool { return d < 0 })},
	"DateLessThanEquals":        {false, date(func(d int) bool { return d <= 0 })},
	"DateGreaterThan":           {false, date(func(d int) bool { return d > 0 })},
	"DateGreaterThanEquals":     {false, date(func(d int) bool { return d >= 0 })},
	"Bool":                      {false, boolean},
	"BinaryEquals":              {false, binary},
	"IpAddress":                 {false, address},
	"NotIpAddress":              {true, address},
	"ArnEquals":                 {false, arn}, // the same as ArnLike, says the guide
	"ArnLike":                   {false, arn},
	"ArnNotEquals":              {true, arn},
	"ArnNotLike":                {true, arn},
}

func never(string, *Request) bool { return false }

func textual(wild bool) func(string, bool) matcher {
	return func(want string, vars bool) matcher {
		p := newPattern(want, wild, vars)
		return func(value string, r *Request) bool { return p.matches(value, r, false) }
	}
}

func textFold(want string, vars bool) matcher {
	p := newPattern(want, false, vars)
	return func(value string, r *Request) bool {
		expanded, ok := p.expand(r)
		return ok && strings.EqualFold(expanded, value)
	}
}

// number and date take no variables; what is no number or date matches nothing.
func number(accept func(difference int) bool) func(string, bool) matcher {
	return func(want string, _ bool) matcher {
		w, err := strconv.ParseFloat(want, 64)
		if err != nil {
			return never
		}
		return func(value string, _ *Request) bool {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil || v != v || w != w { // NaN
				return false
			}
			switch {
			case v < w:
				return accept(-1)
			case v > w:
				return accept(1)
			}
			return accept(0)
		}
	}
}

func date(accept func(difference int) bool) func(string, bool) matcher {
	return func(want string, _ bool) matcher {
		w, ok := parseDate(want)
		if !ok {
			return never
		}
		return func(value string, _ *Request) bool {
			v, ok := parseDate(value)
			return ok && accept(v.Compare(w))
		}
	}
}

// dateLayouts are the W3C profiles of ISO 8601 that the guide names, and the same without a zone.
var dateLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01", "2006",
}

// parseDate reads a date or, of five digits and more, seconds since 1970. Four digits are a year.
func parseDate(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) > 4 {
		return time.Unix(seconds, 0), seconds >= 0
	}
	s = strings.ToUpper(s)
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func boolean(want string, _ bool) matcher {
	return func(value string, _ *Request) bool { return strings.EqualFold(value, want) }
}

// binary compares what base64 says, so that padding does not count.
func binary(want string, _ bool) matcher {
	w, ok := unbase64(want)
	if !ok {
		return never
	}
	return func(value string, _ *Request) bool {
		v, ok := unbase64(value)
		return ok && v == w
	}
}

func unbase64(s string) (string, bool) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return string(raw), err == nil
}

// address takes a block or a single address.
func address(want string, _ bool) matcher {
	block, err := netip.ParsePrefix(want)
	if err != nil {
		one, err := netip.ParseAddr(want)
		if err != nil {
			return never
		}
		block = netip.PrefixFrom(one, one.BitLen())
	}
	return func(value string, _ *Request) bool {
		ip, err := netip.ParseAddr(value)
		return err == nil && block.Contains(ip.Unmap())
	}
}

// arn compares the six parts one by one, so that a * cannot eat a colon, except in the last part.
func arn(want string, vars bool) matcher {
	p := newPattern(want, true, vars)
	return func(value string, r *Request) bool {
		expanded, ok := p.expand(r)
		if !ok {
			return false
		}
		for range 5 {
			w, moreWanted, wOK := strings.Cut(expanded, ":")
			v, more, vOK := strings.Cut(value, ":")
			if !wOK || !vOK || !glob(w, v, false) {
				return false
			}
			expanded, value = moreWanted, more
		}
		return glob(expanded, value, false)
	}
}
