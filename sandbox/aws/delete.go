package aws

import "fmt"

// remove deletes a resource; one that does not exist is no error, as in the real provider.
func (c *Cloud) remove(req Request) error {
	k, err := kindOf(req.Token)
	if err != nil {
		return err
	}
	release, err := c.hold(k.Token, req.ID)
	if err != nil {
		return err
	}
	defer release()
	o := &Op{Cloud: c, Env: req.Env, Kind: k, ID: req.ID}
	return c.operate(o, "delete", req.URN, func() error { return c.away(o) })
}

// away deletes the resource of an operation by AWS's rules.
func (c *Cloud) away(o *Op) error {
	gone := false
	err := c.store.update(func(t *Tx) (err error) {
		o.Tx = t
		gone, err = o.part()
		return err
	})
	if err != nil || gone {
		return err
	}
	return c.end1(o.Kind, o.ID)
}

// part begins to delete a resource; gone says that nothing is left to be done.
func (o *Op) part() (gone bool, err error) {
	k, t := o.Kind, o.Tx
	r := t.get(k.Token, o.ID)
	if r != nil && !o.Env.sees(r) {
		r = nil
	}
	if r != nil {
		o.Old, o.Out, o.In, o.Private = r, clone(r.State), clone(r.Inputs), r.Private
	}
	if err := o.permit(o.wants("delete", nil, nil)); err != nil {
		return false, err
	}
	if r == nil {
		return true, nil
	}
	return o.leave(r)
}

// leave is part by all rules but that of permission.
func (o *Op) leave(r *Record) (gone bool, err error) {
	k, t := o.Kind, o.Tx
	if r.Furniture {
		return false, fail("UnmodifiableEntity", "Cannot perform the operation on '%s', which came with the account.", o.ID)
	}
	if err := t.held(k, r); err != nil {
		return false, err
	}
	if k.Delete != nil {
		if err := k.Delete(o); err != nil {
			return false, err
		}
	}
	if k.Teardown == nil {
		return true, t.erase(k, r)
	}
	r.Private = merge(r.Private, Props{"phase": phaseDeleting})
	t.put(r)
	return false, nil
}

// end1 takes one resource off the machine and off the record. It can be repeated after a crash.
func (c *Cloud) end1(k *Kind, id string) error {
	r, err := c.find(k.Token, id)
	if err != nil {
		return nil //nolint:nilerr // gone already
	}
	if k.Teardown != nil {
		if err := k.Teardown(c.life, c, r); err != nil {
			return fmt.Errorf("%s %s: take down: %w", k.Token, id, err)
		}
	}
	return c.store.update(func(t *Tx) error {
		if r := t.get(k.Token, id); r != nil {
			return t.erase(k, r)
		}
		return nil
	})
}

// held refuses a delete that AWS refuses because of what still points here.
func (t *Tx) held(k *Kind, r *Record) error {
	along := map[string]bool{} // what goes with r cannot hold it
	t.dependents(k, r, func(d *Record, ref Ref) {
		if ref.Delete == Cascade {
			along[d.Key()] = true
		}
	})
	var holder *Record
	t.dependents(k, r, func(d *Record, ref Ref) {
		if ref.Delete == Hold && d.Owner != r.Key() && !along[d.Key()] {
			holder = d
		}
	})
	if holder == nil {
		return nil
	}
	if k.InUse != nil {
		return k.InUse(r.ID)
	}
	return fail("DependencyViolation", "resource %s has a dependent object", r.ID)
}

// erase drops a record with all that goes with it.
func (t *Tx) erase(k *Kind, r *Record) error {
	t.drop(r)
	var along []*Record
	t.dependents(k, r, func(d *Record, ref Ref) {
		if ref.Delete == Cascade {
			along = append(along, d)
		}
	})
	t.all(func(d *Record) {
		if d.Owner == r.Key() {
			along = append(along, d)
		}
	})
	for _, d := range along {
		if t.peek(d.Kind, d.ID) == nil {
			continue
		}
		if err := t.erase(kinds[d.Kind], d); err != nil {
			return err
		}
	}
	return nil
}

// dependents visits every record with an input that points to r.
func (t *Tx) dependents(k *Kind, r *Record, visit func(*Record, Ref)) {
	for _, other := range kinds {
		for _, ref := range other.Refs {
			if ref.Kind != k.Token || ref.Delete == Ignore {
				continue
			}
			want := r.ID
			if ref.By != "" {
				want = str(r.State, ref.By)
			}
			t.find(other.Token, func(d *Record) bool {
				for _, v := range strs(d.State, ref.Field) {
					if v == want {
						visit(d, ref)
						break
					}
				}
				return false
			})
		}
	}
}
