package iam

import (
	"slices"
	"strings"
)

// condition is one operator on one key.
type condition struct {
	key        string
	quantifier quantifier
	ifExists   bool
	null       bool // the operator is Null, which asks only whether the key is there
	unknown    bool // AWS knows no such operator: never holds
	negated    bool
	values     []matcher
	wantAbsent []bool // of Null
}

// quantifier is how many values of the call must satisfy the operator.
type quantifier int

const (
	single quantifier = iota // a key with one value; with several, one match is enough
	forAll                   // ForAllValues: every one of them
	forAny                   // ForAnyValue: at least one
)

// operator is the name of a condition operator taken apart.
type operator struct {
	quantifier quantifier
	base       string
	ifExists   bool
}

// parseOperator says whether AWS knows such an operator (IAM user guide, "Condition operators"). Null takes no IfExists.
func parseOperator(name string) (operator, bool) {
	var o operator
	o.base = name
	if rest, ok := strings.CutPrefix(o.base, "ForAllValues:"); ok {
		o.quantifier, o.base = forAll, rest
	} else if rest, ok := strings.CutPrefix(o.base, "ForAnyValue:"); ok {
		o.quantifier, o.base = forAny, rest
	}
	o.base, o.ifExists = strings.CutSuffix(o.base, "IfExists")
	if o.base == "Null" {
		return o, !o.ifExists
	}
	_, known := operators[o.base]
	return o, known
}

func newConditions(block map[string]map[string]Values, vars bool) []condition {
	var list []condition
	for name, keys := range block {
		o, known := parseOperator(name)
		for key, values := range keys {
			c := condition{key: key, quantifier: o.quantifier, ifExists: o.ifExists, null: o.base == "Null", unknown: !known}
			kind := operators[o.base]
			c.negated = kind.negated
			for _, value := range values {
				switch {
				case c.null:
					c.wantAbsent = append(c.wantAbsent, strings.EqualFold(value, "true"))
				case known:
					c.values = append(c.values, kind.compile(value, vars))
				}
			}
			list = append(list, c)
		}
	}
	return list
}

// holds follows the IAM user guide: a key the call does not have fails a positive operator and satisfies a negated one;
// with IfExists, and for ForAllValues, it satisfies either; for ForAnyValue it fails both. Several values in the policy
// are alternatives, of a negated operator none may match.
func (c *condition) holds(r *Request) bool {
	if c.unknown {
		return false
	}
	have := r.lookup(c.key)
	switch {
	case c.null:
		return slices.Contains(c.wantAbsent, len(have) == 0)
	case len(have) == 0:
		return c.ifExists || c.quantifier == forAll || c.quantifier == single && c.negated
	}
	switch c.quantifier {
	case forAll:
		for _, value := range have {
			if c.matches(value, r) == c.negated {
				return false
			}
		}
		return true
	case forAny:
		for _, value := range have {
			if c.matches(value, r) != c.negated {
				return true
			}
		}
		return false
	}
	for _, value := range have {
		if c.matches(value, r) {
			return !c.negated
		}
	}
	return c.negated
}

// matches says that one of the policy's values matches, before negation.
func (c *condition) matches(value string, r *Request) bool {
	for _, match := range c.values {
		if match(value, r) {
			return true
		}
	}
	return false
}
