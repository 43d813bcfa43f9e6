package aws

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// wants are the calls of an operation, in the order in which AWS's provider makes them. was are the inputs in force and tags
// those that the resource has; both are nil but for an update.
func (o *Op) wants(verb string, was, tags Props) []act {
	table := callsOf[o.Kind.Token] // of what a program asks for: the rest is never operated on
	switch verb {
	case "create": // after it the provider looks at what it has made
		return slices.Concat(o.applying(table.create, nil), o.tagging(table, true, nil), o.looking(table.read))
	case "update":
		return slices.Concat(o.applying(table.update, was), o.tagging(table, false, tags), o.applying(table.read, nil))
	case "delete":
		return o.applying(table.delete, nil)
	}
	return o.applying(table.read, nil)
}

// looking are the calls that look at what has just been made, which has its tags by then.
func (o *Op) looking(list []act) []act {
	out := o.applying(list, nil)
	for i := range out {
		if out[i].on == nil {
			out[i].on = made
		}
	}
	return out
}

func (o *Op) applying(list []act, was Props) []act {
	var out []act
	for _, a := range list {
		if !a.applies(was, o.In) || a.unless != nil && a.unless(o) {
			continue
		}
		a.action = strings.ReplaceAll(a.action, "{type}", titled(str(o.In, "type")))
		if a.tags {
			a.tagKeys = requestTags(mapAt(o.In, "tags"))
		}
		out = append(out, a)
	}
	return out
}

// tagging are the calls that bring tags from what they were to what they are to be. EC2 asks for the tags of a create by
// themselves, and tells in which call they come.
func (o *Op) tagging(table *acts, create bool, was Props) []act {
	if !o.Kind.Tagged {
		return nil
	}
	now, set, gone := mapAt(o.In, "tags"), Props{}, []string{}
	for k, v := range now {
		if !reflect.DeepEqual(was[k], v) { // of a tag that is no text
			set[k] = v
		}
	}
	for k := range was {
		if _, still := now[k]; !still {
			gone = append(gone, k)
		}
	}
	var out []act
	if len(set) > 0 {
		keys := requestTags(set)
		if action, ec2 := strings.CutPrefix(table.create[0].action, "ec2:"); create && ec2 && table.create[0].tags {
			keys["ec2:CreateAction"] = []string{action}
		}
		out = append(out, tagged(table.tag, keys)...)
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		out = append(out, tagged(table.untag, map[string][]string{"aws:TagKeys": gone})...)
	}
	return out
}

func tagged(list []act, keys map[string][]string) []act {
	out := slices.Clone(list)
	for i := range out {
		out[i].tagKeys = keys
	}
	return out
}

func requestTags(tags Props) map[string][]string {
	keys := map[string][]string{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		keys["aws:RequestTag/"+k] = []string{fmt.Sprint(tags[k])}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], k)
	}
	return keys
}

// actions are the calls that an operation is about to make, by name: what faults are matched with.
func (o *Op) actions(verb string) []string {
	var out []string
	o.Cloud.store.view(func(t *Tx) {
		draft, tags := *o, Props(nil)
		draft.Tx = t
		if r := t.peek(o.Kind.Token, o.ID); r != nil && verb != "create" {
			tags = mapAt(r.State, "tags")
			if draft.In == nil {
				draft.In = r.Inputs
			}
			if draft.Was == nil {
				draft.Was = r.Inputs
			}
		}
		for _, a := range draft.wants(verb, draft.Was, tags) {
			out = append(out, a.action)
		}
	})
	return out
}
