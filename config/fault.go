// Package config reads what an operator typed, strictly: every key is known, every value has its type, and all faults come at once.
package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong in a config: where, what stands there, and the rule.
type Fault struct {
	Path  string // such as paddock:network.block
	Value string // as typed; empty if the fault is that nothing stands there
	Rule  string // such as: want a private IPv4 block from /16 to /20
}

func (f Fault) Error() string {
	if f.Value == "" {
		return f.Path + ": " + f.Rule
	}
	return f.Path + ": " + f.Value + ": " + f.Rule
}

// Faults is every fault of a config at once.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Sorted orders the faults by path, so that the same file always gives the same
// report, and drops repetitions.
func (f Faults) Sorted() Faults {
	s := slices.Clone(f)
	slices.SortStableFunc(s, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(s)
}

// Judge notes the faults of one program's config.
type Judge struct {
	Faults
	Namespace string // the part of a config key before the colon; "" = keys have no such part
}

// Add notes a fault at a path below the namespace.
func (j *Judge) Add(path string, value any, rule string, args ...any) {
	if j.Namespace != "" {
		path = j.Namespace + ":" + path
	}
	j.Faults = append(j.Faults, Fault{Path: path, Value: show(value), Rule: fmt.Sprintf(rule, args...)})
}

// Err is nil if there is no fault.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f.Sorted()
}

// Literal is a value that is written out already.
type Literal string

// show writes a value as the operator would, quoted only where its ends would
// otherwise not be seen.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case Literal:
		return string(v)
	case string:
		if v == "" || strings.ContainsAny(v, " \t\n\"") {
			return fmt.Sprintf("%q", v)
		}
		return v
	case fmt.Stringer:
		return v.String()
	case []string:
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(raw)
	}
	return fmt.Sprint(value)
}

// OneOf faults a value that is not in a list.
func (j *Judge) OneOf(path, value string, list ...string) {
	if !slices.Contains(list, value) {
		j.Add(path, value, "want one of %s", strings.Join(list, ", "))
	}
}

// Unique faults every value that a list holds for the second time.
func (j *Judge) Unique(path string, list []string) {
	seen := map[string]bool{}
	for i, v := range list {
		if seen[v] {
			j.Add(fmt.Sprintf("%s[%d]", path, i), v, "want each once")
		}
		seen[v] = true
	}
}
