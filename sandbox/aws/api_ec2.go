package aws

import "slices"

// describe is one of EC2's Describe calls: all of them find things by ids and filters, and hand them out in pages.
type describe struct {
	set      string                        // the list in the answer
	items    func(t *Tx, in *Call) []Props // all there are in the caller's region
	ids      []identity                    // parameters that ask for some
	filters  map[string]string             // name to path in the item
	untagged bool                          // items have no tags
	pages    *paging                       // nil = EC2's usual
	wrap     func(t *Tx, item Props) Props // what becomes of an item in the answer; nil = nothing
	rules    func(t *Tx, in *Call) error   // of the parameters; nil = none
}

// identity is a parameter that lists what is wanted.
type identity struct {
	param, path string
	missing     func(id string) *Error
}

// byID asks for a kind by id. The error for what does not exist is the kind's own.
func byID(param, path, token string) identity {
	return identity{param, path, func(id string) *Error { return kinds[token].missing(id) }}
}

// unfound is for what has no kind to know its error.
func unfound(param, path, code, format string) identity {
	return identity{param, path, func(id string) *Error { return fail(code, format, id) }}
}

// itemsOf renders every record of a kind.
func itemsOf(token string, item func(t *Tx, r *Record) Props) func(t *Tx, in *Call) []Props {
	return func(t *Tx, in *Call) []Props {
		var out []Props
		for _, r := range regional(t, in, token) {
			out = append(out, item(t, r))
		}
		return out
	}
}

func (d *describe) operation() *operation {
	if d.pages == nil {
		d.pages = &ec2Pages
	}
	return &operation{run: reading(d.run)}
}

func (d *describe) run(t *Tx, in *Call) (Props, error) {
	if paramYes(in, "DryRun") {
		return nil, fail("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	if d.rules != nil {
		if err := d.rules(t, in); err != nil {
			return nil, err
		}
	}
	items := d.items(t, in)
	for _, by := range d.ids {
		var err error
		if items, err = by.among(in, items); err != nil {
			return nil, err
		}
	}
	items, err := filtered(in, items, d.filters, !d.untagged)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, item := range items {
		if d.wrap != nil {
			item = d.wrap(t, item)
		}
		list = append(list, item)
	}
	return d.pages.page(in, d.set, list)
}

// among keeps the items that the call names; each name must be there.
func (by identity) among(in *Call, items []Props) ([]Props, error) {
	ids := strs(in.Params, by.param)
	if len(ids) == 0 {
		return items, nil
	}
	var kept []Props
	there := map[string]bool{}
	for _, item := range items {
		if id := str(item, by.path); slices.Contains(ids, id) {
			kept, there[id] = append(kept, item), true
		}
	}
	for _, id := range ids {
		if !there[id] {
			return nil, by.missing(id)
		}
	}
	return kept, nil
}

func ec2Tags(r *Record) []any { return tagList(tagsOf(r), "key", "value") }

// groupItems are security groups as other things list them.
func groupItems(t *Tx, ids []string) []any {
	out := []any{}
	for _, id := range ids {
		name := ""
		if g := t.peek(tokenSecurityGroup, id); g != nil {
			name = str(g.State, "name")
		}
		out = append(out, Props{"groupId": id, "groupName": name})
	}
	return out
}
