package aws

import (
	"maps"
	"slices"
	"strings"
)

// ActionsOf are the calls that an operation on a kind may make.
func ActionsOf(token, verb string) []string {
	var out []string
	if of := callsOf[token]; of != nil {
		for _, a := range map[string][]act{"create": of.create, "read": of.read, "update": of.update, "delete": of.delete}[verb] {
			out = append(out, a.action)
		}
	}
	return out
}

// InPlace are the inputs of a kind, as far as it states them, that change without a replacement.
func InPlace(token string) []string {
	k := kinds[token]
	names := map[string]bool{}
	for name := range k.Defaults {
		names[name] = true
	}
	paths := slices.Concat(k.Required, k.Computed, k.Volatile, k.Sets)
	for _, ref := range k.Refs {
		paths = append(paths, ref.Field)
	}
	for _, path := range paths {
		top, _, _ := strings.Cut(path, ".")
		names[top] = true
	}
	for _, path := range k.Replace {
		delete(names, path)
	}
	return slices.Sorted(maps.Keys(names))
}

// ChangesOf are the calls that an update makes, those aside that only look.
func ChangesOf(token string, was, in Props) []string {
	var out []string
	for _, a := range (&Op{Kind: kinds[token], In: in}).applying(callsOf[token].update, was) {
		if !strings.Contains(a.action, ":Describe") {
			out = append(out, a.action)
		}
	}
	return out
}

// RoleExists says whether IAM knows the role or user of that ARN.
func (c *Cloud) RoleExists(arn string) bool {
	found := false
	c.store.view(func(t *Tx) { found = principal(t, arn) != nil })
	return found
}
