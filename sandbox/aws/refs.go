package aws

import (
	"slices"
	"strings"
)

// sees says that a session finds the record: it is of its region, of a service without regions, or came with the account.
func (e Env) sees(r *Record) bool {
	return r.Region == "" || r.Region == e.Region || strings.HasPrefix(r.Kind, "aws:iam/") || strings.HasPrefix(r.Kind, "aws:route53/")
}

// pointsRight checks that everything the inputs point to exists. What must point somewhere and is empty, or no text at all,
// points to nothing.
func (o *Op) pointsRight() error {
	for _, ref := range o.Kind.Refs {
		if ref.Loose {
			continue
		}
		values := strs(o.In, ref.Field)
		if len(values) == 0 && slices.Contains(o.Kind.Required, ref.Field) {
			return ref.dangles("")
		}
		for _, v := range values {
			to := o.resolve(ref, v)
			if to == nil {
				return ref.dangles(v)
			}
			if str(to.Private, "phase") == phaseDeleting { // it is held by nothing any more, and would go from under what is made now
				return fail("InvalidRequestException", "%s is being deleted: nothing can be made that needs it", v)
			}
		}
	}
	return nil
}

// dangles is AWS's error for a value that points to nothing.
func (r Ref) dangles(value string) error {
	if r.Err != nil {
		return r.Err(value)
	}
	return kinds[r.Kind].missing(value)
}

// resolve is the record that a value points to in the operation's region; nil = none.
func (o *Op) resolve(ref Ref, value string) *Record {
	if ref.By != "" {
		return o.Tx.find(ref.Kind, func(r *Record) bool { return o.Env.sees(r) && str(r.State, ref.By) == value })
	}
	if r := o.Tx.peek(ref.Kind, value); r != nil && o.Env.sees(r) {
		return r
	}
	return nil
}

// resolve is the record that a value points to, in whichever region; nil = none.
func (t *Tx) resolve(ref Ref, value string) *Record {
	if ref.By == "" {
		return t.peek(ref.Kind, value)
	}
	return t.find(ref.Kind, func(r *Record) bool { return str(r.State, ref.By) == value })
}

// named is the record of a kind whose state at path has the value; nil = none.
func (t *Tx) named(kind, path, value string) *Record {
	return t.resolve(Ref{Kind: kind, By: path}, value)
}

// made writes a resource that AWS makes by itself. It belongs to its owner and goes with it; owner nil = to nobody.
func (o *Op) made(owner string, token, id, name string, state Props) *Record {
	r := &Record{Kind: token, ID: id, Name: name, Region: o.Env.Region, Owner: owner, State: state, Private: Props{}}
	o.Tx.put(r)
	return r
}
