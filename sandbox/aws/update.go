package aws

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// update changes a resource in place. What cannot be settled is put back.
func (c *Cloud) update(req Request) (*Record, error) {
	k, err := kindOf(req.Token)
	if err != nil {
		return nil, err
	}
	release, err := c.hold(k.Token, req.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	o := &Op{Cloud: c, Env: req.Env, Kind: k, ID: req.ID, In: normal(req.In), Was: normal(req.OldIn)}
	var now *Record
	err = c.operate(o, "update", req.URN, func() error {
		written, err := c.store.commit(func(t *Tx) error { return o.change(t, req) })
		if err != nil {
			return err
		}
		if err := c.settle(c.life, k, req.ID); err != nil {
			return errors.Join(err, c.putBack(k, req.ID, written))
		}
		now, err = c.find(k.Token, req.ID)
		return err
	})
	return now, err
}

// putBack undoes an update that the machine did not follow: on record, and then on the machine. At shutdown the latter is
// left to Resume.
func (c *Cloud) putBack(k *Kind, id string, written []write) error {
	err := c.store.update(func(t *Tx) error { t.revert(written); return nil })
	if err != nil || c.ending() {
		return err
	}
	if err := c.settle(c.life, k, id); err != nil {
		return fmt.Errorf("%s %s: going back to what was before: %w", k.Token, id, err)
	}
	return nil
}

func (o *Op) change(t *Tx, req Request) error {
	o.Tx = t
	k, before := o.Kind, t.get(o.Kind.Token, o.ID)
	if before == nil || !o.Env.sees(before) {
		if err := o.permit(o.wants("update", Props{}, nil)); err != nil {
			return err
		}
		return k.missing(o.ID)
	}
	o.Old, o.Was, o.Private = before, normal(req.OldIn), merge(Props{}, before.Private)
	if req.OldIn == nil {
		o.Was = before.Inputs
	}
	if k.Live != nil {
		k.Live(t, o.Old)
	}
	if err := o.permit(o.wants("update", o.Was, mapAt(before.State, "tags"))); err != nil {
		return err
	}
	if err := o.pointsRight(); err != nil {
		return err
	}
	o.Out = k.next(o.Old.State, o.Was, o.In)
	if k.Update != nil {
		if err := k.Update(o); err != nil {
			return err
		}
	}
	if err := o.fill(); err != nil {
		return err
	}
	r := o.Old
	if req.URN != "" {
		r.URN = req.URN // an imported resource belongs to the stack from its first update on
	}
	r.Name, r.Inputs, r.State, r.Private = k.nameOf(o), o.In, o.Out, o.Private
	t.put(r)
	return nil
}

// next is the state after inputs changed: only what differs is laid over it, since AWS's provider sends no more. What is no
// longer asked for falls back to AWS's default.
func (k *Kind) next(state, was, in Props) Props {
	out := clone(state)
	k.lay(out, k.Defaults, was, in, "")
	return out
}

func (k *Kind) lay(out, defaults, was, in Props, path string) {
	for name := range was {
		if _, still := in[name]; still {
			continue
		}
		open, _ := out[name].(Props)
		if gone, ok := was[name].(Props); ok && slices.Contains(openMaps, name) && len(open) > len(gone) {
			k.lay(open, nil, gone, nil, path+name+".")
		} else if d, ok := defaults[name]; ok {
			out[name] = copyValue(d)
		} else if !k.computes(path + name) {
			delete(out, name)
		}
	}
	for name, v := range in {
		if reflect.DeepEqual(was[name], v) {
			continue
		}
		now, isObject := v.(Props)
		state, there := out[name].(Props)
		before, asked := was[name].(Props)
		standard, _ := defaults[name].(Props)
		switch {
		case isObject && there && (asked || k.mixes(path+name) || slices.Contains(openMaps, name)):
			k.lay(state, standard, before, now, path+name+".")
		case isObject:
			out[name] = merge(standard, now)
		default:
			out[name] = copyValue(v)
		}
	}
}
