package aws_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// owned is a thing that a step has made.
type owned struct {
	thing
	by int // number of the step
}

// draw is what one step chooses from. Of the things that are there it takes the one that its seed and their makers' numbers
// point to, so that a step chooses the same when other steps are dropped.
type draw struct {
	*rand.Rand
	seed uint64
	hint string // what a step is to make, without faults; empty = anything
	w    *world
}

func (w *world) draw(s step) *draw {
	return &draw{Rand: rand.New(rand.NewPCG(s.seed, 1)), seed: s.seed, hint: s.hint, w: w}
}

// chance is false where a hint says what is to be made: nothing goes wrong there.
func (d *draw) chance(percent int) bool { return d.IntN(100) < percent && d.hint == "" }

func (d *draw) one(of ...string) string { return of[d.IntN(len(of))] }

// name is one of few, so that some meet.
func (d *draw) name(prefix string) string { return fmt.Sprintf("%s%d", prefix, d.IntN(4)) }

func (d *draw) tags() props { return props{d.one("Name", "team", "env"): d.name("v")} }

// things are those of a kind that fit, the one that is liked most first.
func (d *draw) things(token string, fits func(owned) bool) []owned {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	var out []owned
	for _, o := range d.w.things {
		if (token == "" || o.token == token) && (fits == nil || fits(o)) {
			out = append(out, o)
		}
	}
	score := func(o owned) uint64 { return rand.New(rand.NewPCG(d.seed, uint64(o.by))).Uint64() }
	slices.SortStableFunc(out, func(a, b owned) int { return cmp.Compare(score(a), score(b)) })
	return out
}

// some is one of a kind that fits, or else any of the kind, or else one that does not exist.
func (d *draw) some(token string, fits func(owned) bool) owned {
	if !d.chance(4) {
		for _, fit := range []func(owned) bool{fits, nil} {
			if found := d.things(token, fit); len(found) > 0 {
				return found[0]
			}
		}
	}
	return owned{thing: thing{id: "none-0123456789abcdef0", out: props{"arn": "arn:aws:iam::123456789012:role/none", "name": "none"}}}
}

func (d *draw) id(token string) string { return d.some(token, nil).id }

// within says that a thing is of the VPC.
func within(vpc any) func(owned) bool { return func(o owned) bool { return o.out["vpcId"] == vpc } }

// ids are up to n things of a kind in a VPC.
func (d *draw) ids(token string, vpc any, n int) []any {
	out := []any{}
	for _, o := range d.things(token, within(vpc)) {
		if len(out) < n {
			out = append(out, o.id)
		}
	}
	if d.chance(4) {
		out = append(out, "none-0123456789abcdef0")
	}
	return out
}

// role is one that the service may assume, mostly.
func (d *draw) role(trust string) owned {
	return d.some("aws:iam/role:Role", func(o owned) bool { return o.in["assumeRolePolicy"] == trust })
}

// junk is what no input should be, or should be so rarely.
func (d *draw) junk() any {
	junk := []any{"", "none", "10.0.0.0/33", "sg-0", -1.0, 1e9, 0.5, true, []any{}, []any{"none"}, []any{1.0}, props{}, nil, "{"}
	return junk[d.IntN(len(junk))]
}

// spoiled takes an input away, or makes junk of one, at any depth.
func (d *draw) spoiled(in props) props {
	in = maps.Clone(in)
	if len(in) == 0 {
		return in
	}
	keys := slices.Sorted(maps.Keys(in))
	name := keys[d.IntN(len(keys))]
	inner, nested := in[name].(props)
	list, listed := in[name].([]any)
	switch {
	case nested && d.IntN(3) > 0:
		in[name] = d.spoiled(inner)
	case listed && len(list) > 0 && d.IntN(3) > 0:
		list = slices.Clone(list)
		list[d.IntN(len(list))] = d.junk()
		in[name] = list
	case d.IntN(4) == 0:
		delete(in, name)
	default:
		in[name] = d.junk()
	}
	return in
}

// changed takes one or some of the inputs of another draw over old ones.
func (d *draw) changed(old, fresh props) props {
	in := maps.Clone(old)
	names := slices.Sorted(maps.Keys(fresh))
	one := names[d.IntN(len(names))]
	for _, name := range names {
		if name == one || d.IntN(6) == 0 {
			in[name] = fresh[name]
		}
	}
	if _, tagged := fresh["tags"]; tagged && d.IntN(2) == 0 {
		in["tags"] = d.tags()
	}
	return in
}
