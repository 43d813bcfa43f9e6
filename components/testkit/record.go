package testkit

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Resource is one registration as the program asked for it.
type Resource struct {
	Type, Name, URN string
	ID              string // as created; empty for components
	Inputs          resource.PropertyMap
	Parent          string   // URN; the stack's for a resource without a parent
	DependsOn       []string // URNs, sorted: the dependsOn option and what the inputs were made of
	DeletedWith     string   // URN
	IgnoreChanges   []string
	Timeouts        [3]string // of create, update and delete; empty for the provider's own
	Protect         bool
	RetainOnDelete  bool
	Provider        string            // "<urn>::<id>"; empty for the default provider
	Providers       map[string]string // by package, for remote components
	Custom          bool

	DeleteBeforeReplace bool
	Remote              bool // a component that a plugin constructs
	Read                bool // looked up, not registered
}

// Key is the resource's key in a Record: "<type token> <name>".
func (r Resource) Key() string { return r.Type + " " + r.Name }

// Plain returns the inputs as plain Go: maps, slices, strings, float64, bool, nil; secrets unwrapped.
func (r Resource) Plain() map[string]any {
	plain, _ := Plain(resource.NewProperty(r.Inputs)).(map[string]any)
	return plain
}

// Input returns the plain value at a dotted path of the inputs ("spec.hard"); nil when any step
// is missing. Keys that hold dots themselves are reached through Plain.
func (r Resource) Input(path string) any {
	var v any = r.Plain()
	for step := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[step]
	}
	return v
}

// Record is all that a program registered, by "<type token> <name>", for example "aws:ec2/vpc:Vpc dev".
type Record map[string]Resource

// Keys returns the keys in order.
func (r Record) Keys() []string { return slices.Sorted(maps.Keys(r)) }

// OfType returns the resources of one type, sorted by name.
func (r Record) OfType(token string) []Resource {
	var found []Resource
	for _, key := range r.Keys() {
		if r[key].Type == token {
			found = append(found, r[key])
		}
	}
	return found
}

// Get returns one resource; the test fails at once, listing near keys, if it was not registered.
func (r Record) Get(t testing.TB, key string) Resource {
	t.Helper()
	res, ok := r[key]
	if !ok {
		t.Fatalf("%s: not registered; near it: %s", key, strings.Join(r.near(key), ", "))
	}
	return res
}

// near lists the keys of the same type, else those that share the name, else all.
func (r Record) near(key string) []string {
	typ, name, _ := strings.Cut(key, " ")
	for _, similar := range []func(Resource) bool{
		func(res Resource) bool { return res.Type == typ },
		func(res Resource) bool { return res.Name == name },
		func(Resource) bool { return true },
	} {
		var keys []string
		for _, k := range r.Keys() {
			if similar(r[k]) {
				keys = append(keys, k)
			}
		}
		if len(keys) > 0 {
			return keys
		}
	}
	return nil
}

// Follows says whether later cannot be created before earlier is, and so is deleted before it:
// through dependencies and parents, however many steps.
func (r Record) Follows(t testing.TB, later, earlier string) bool {
	t.Helper()
	byURN := make(map[string]Resource, len(r))
	for _, res := range r {
		byURN[res.URN] = res
	}
	target, seen := r.Get(t, earlier).URN, map[string]bool{}
	var reaches func(urn string) bool
	reaches = func(urn string) bool {
		if seen[urn] {
			return false
		}
		seen[urn] = true
		res := byURN[urn]
		for _, next := range append([]string{res.Parent}, res.DependsOn...) {
			if next == target || next != "" && reaches(next) {
				return true
			}
		}
		return false
	}
	return reaches(r.Get(t, later).URN)
}

// Names turns URNs into keys, "<type token> <name>", sorted.
func Names(urns []string) []string {
	keys := make([]string, len(urns))
	for i, urn := range urns {
		keys[i] = string(resource.URN(urn).Type()) + " " + resource.URN(urn).Name()
	}
	slices.Sort(keys)
	return keys
}

// Plain turns a property into plain Go, secrets and outputs unwrapped.
func Plain(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return Plain(v.SecretValue().Element)
	case v.IsOutput():
		return Plain(v.OutputValue().Element)
	case v.IsArray():
		list := make([]any, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			list[i] = Plain(e)
		}
		return list
	case v.IsObject():
		m := make(map[string]any, len(v.ObjectValue()))
		for k, e := range v.ObjectValue() {
			m[string(k)] = Plain(e)
		}
		return m
	case v.IsResourceReference():
		return string(v.ResourceReferenceValue().URN)
	}
	return v.V
}
