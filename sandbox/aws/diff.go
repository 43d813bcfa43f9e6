package aws

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
)

// computes says that AWS may fill in the state of that name by itself.
func (k *Kind) computes(name string) bool {
	if name == "arn" && k.ARN != nil || name == "tagsAll" {
		return true
	}
	for _, path := range append(append([]string{}, k.Computed...), k.Volatile...) {
		if path == name {
			return true
		}
	}
	return name == k.Name
}

// mixes says that the state of that name holds inputs and what AWS adds to them.
func (k *Kind) mixes(name string) bool {
	for _, path := range k.Computed {
		if strings.HasPrefix(path, name+".") {
			return true
		}
	}
	return false
}

// preview is the state after an update or create as far as it is known before; old nil = create.
func (k *Kind) preview(old, was, in Props) Props {
	in = trim(clone(in))
	if old == nil {
		out := merge(k.Defaults, in)
		for _, path := range k.Computed {
			parent, _, nested := strings.Cut(path, ".")
			if get(out, path) == nil && (!nested || out[parent] != nil) {
				set(out, path, unknown)
			}
		}
		if k.ARN != nil {
			out["arn"] = unknown
		}
		if k.Name != "" && out[k.Name] == nil { // made from a prefix
			out[k.Name] = unknown
		}
		return k.tags(out)
	}
	out := k.next(old, was, in)
	if k.Stirs == nil || k.Stirs(k.diff(was, in)) {
		for _, path := range k.Volatile {
			set(out, path, unknown)
		}
	}
	return k.tags(out)
}

func (k *Kind) tags(out Props) Props {
	if !k.Tagged {
		return out
	}
	out["tagsAll"] = Props{}
	if t := out["tags"]; t != nil {
		out["tagsAll"] = copyValue(t)
	}
	return out
}

// Change is one input that differs.
type Change struct {
	Path    string // as Pulumi writes it: a.b[0].c
	Kind    string // add, delete or update
	Replace bool
}

// diff compares inputs, in order of path.
func (k *Kind) diff(was, in Props) []Change {
	d := &differ{kind: k, was: trim(clone(was)), in: trim(clone(in))}
	for _, path := range k.Sets {
		if list, ok := get(d.in, path).([]any); ok && len(list) == 0 && slices.Contains(k.Computed, path) {
			set(d.in, path, get(d.was, path)) // an empty list asks for nothing, and AWS fills in what it likes
		}
	}
	d.objects("", "", d.was, d.in)
	sort.Slice(d.changes, func(i, j int) bool { return d.changes[i].Path < d.changes[j].Path })
	return d.changes
}

type differ struct {
	kind    *Kind
	was, in Props
	changes []Change
}

// objects compares entry by entry. path is Pulumi's, plain the same without indices.
func (d *differ) objects(path, plain string, was, in Props) {
	names := map[string]bool{}
	for name := range was {
		names[name] = true
	}
	for name := range in {
		names[name] = true
	}
	for name := range names {
		next, nextPlain := name, name
		if strings.ContainsAny(name, `."[]`) {
			next = fmt.Sprintf("[%q]", name)
		} else if path != "" {
			next = "." + name
		}
		if plain != "" {
			nextPlain = plain + "." + name
		}
		d.values(path+next, nextPlain, was[name], in[name])
	}
}

func (d *differ) values(path, plain string, was, in any) {
	wasMap, ok1 := was.(Props)
	inMap, ok2 := in.(Props)
	wasList, ok3 := was.([]any)
	inList, ok4 := in.([]any)
	switch {
	case ok1 && ok2:
		d.objects(path, plain, wasMap, inMap)
	case ok3 && ok4 && d.isSet(plain) && sameSet(wasList, inList):
	case ok3 && ok4:
		for i := range max(len(wasList), len(inList)) {
			d.values(fmt.Sprintf("%s[%d]", path, i), plain, at(wasList, i), at(inList, i))
		}
	case reflect.DeepEqual(was, in):
	case was == nil:
		d.add(path, plain, "add")
	case in == nil:
		d.add(path, plain, "delete")
	default:
		d.add(path, plain, "update")
	}
}

func (d *differ) add(path, plain, kind string) {
	c := Change{Path: path, Kind: kind}
	for _, r := range d.kind.Replace {
		r, removal := strings.CutPrefix(r, "-") // a leading - : only taking it away replaces
		if removal && kind != "delete" {
			continue
		}
		// a field within a replacing object replaces; so does an object that holds a replacing field
		if plain == r || strings.HasPrefix(plain, r+".") || strings.HasPrefix(r, plain+".") {
			c.Replace = true
		}
	}
	if d.kind.Swaps != nil && d.kind.Swaps(plain, d.was, d.in) {
		c.Replace = true
	}
	d.changes = append(d.changes, c)
}

func (d *differ) isSet(plain string) bool {
	for _, s := range d.kind.Sets {
		if s == plain {
			return true
		}
	}
	return false
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func sameSet(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	x, y := make([]string, len(a)), make([]string, len(b))
	for i := range a {
		x[i], y[i] = fmt.Sprint(a[i]), fmt.Sprint(b[i])
	}
	sort.Strings(x)
	sort.Strings(y)
	return reflect.DeepEqual(x, y)
}
