package aws

import (
	"context"
	"errors"
	"time"
)

// Request is one call on one resource, whoever makes it.
type Request struct {
	Env   Env
	Token string
	ID    string // empty at create
	URN   string
	In    Props
	OldIn Props // inputs that the caller believes to be in force; nil = those on record
}

// create makes a resource. Once begun it runs to its end, whatever becomes of the caller, as on AWS. Of an answer that is
// lost AWS's provider hears nothing and asks again.
func (c *Cloud) create(req Request) (*Record, error) {
	made, err := c.createOnce(req)
	if !IsLost(err) {
		return made, err
	}
	if asksSafely(req.Token) {
		return made, nil // the second call carries the token of the first, or says the same once more
	}
	if err := c.unheard(made); err != nil {
		return nil, err
	}
	again, err := c.createOnce(req)
	if IsLost(err) { // once is enough
		err = nil
	}
	return again, err
}

func (c *Cloud) createOnce(req Request) (*Record, error) {
	k, err := kindOf(req.Token)
	if err != nil {
		return nil, err
	}
	o := &Op{Cloud: c, Env: req.Env, Kind: k, In: normal(req.In), Private: Props{}}
	o.generate()
	o.ID = k.newID(o)
	release, err := c.hold(k.Token, o.ID)
	if err != nil {
		return nil, err
	}
	defer release()
	var made *Record
	err = c.operate(o, "create", req.URN, func() error {
		written, err := c.store.commit(func(t *Tx) error { o.Tx = t; return c.insert(o, req.URN) })
		if err != nil {
			return err
		}
		if err := c.settle(c.life, k, o.ID); err != nil {
			return c.undo(k, o.ID, written, err)
		}
		made, err = c.find(k.Token, o.ID)
		return err
	})
	return made, err
}

// operate does one operation with all that surrounds it: faults that strike before and after, the time it takes, and its
// lines in the audit.
func (c *Cloud) operate(o *Op, verb, urn string, f func() error) error {
	began := time.Now()
	actions := o.actions(verb)
	err := c.meet(o, origin{"pulumi", verb, urn}, actions)
	if err == nil {
		if err = f(); err == nil {
			c.linger(o, verb, began)
		}
	}
	c.report(o.Env, origin{"pulumi", verb, urn}, began, o.asked, err)
	if err == nil && c.lose(actions) != nil && verb == "create" {
		return errLost // updates, deletes and reads say the same once more, and all is well
	}
	return err
}

func (c *Cloud) insert(o *Op, urn string) error {
	if err := o.permit(o.wants("create", nil, nil)); err != nil {
		return err
	}
	return o.place(urn)
}

// place makes the resource by all rules but that of permission.
func (o *Op) place(urn string) error {
	if old := o.Tx.peek(o.Kind.Token, o.ID); old != nil && (o.Kind.Over == nil || !o.Kind.Over(o)) {
		return o.Kind.taken(o)
	}
	if err := o.pointsRight(); err != nil {
		return err
	}
	if o.Kind.Unique != nil {
		if err := o.Kind.Unique(o); err != nil {
			return err
		}
	}
	o.Out = merge(o.Kind.Defaults, o.In)
	if o.Kind.Name != "" {
		o.Out[o.Kind.Name] = o.name()
	}
	if err := o.fill(); err != nil {
		return err
	}
	r := &Record{
		Kind: o.Kind.Token, ID: o.ID, URN: urn, Name: o.Kind.nameOf(o), Region: o.Env.Region,
		Inputs: o.In, State: o.Out, Private: o.Private,
	}
	if o.Kind.Settle != nil {
		r.Private["phase"] = phaseCreating
	}
	o.Tx.put(r)
	return nil
}

// Phases of a resource whose making or ending takes the machine.
const (
	phaseCreating = "creating"
	phaseDeleting = "deleting"
)

func (o *Op) fill() error {
	if o.Kind.Tagged {
		o.Out["tagsAll"] = merge(Props{}, mapAt(o.Out, "tags"))
	}
	if o.Kind.ARN != nil && str(o.Out, "arn") == "" {
		o.Out["arn"] = o.Kind.ARN(o)
	}
	if o.Kind.Fill == nil {
		return nil
	}
	return o.Kind.Fill(o)
}

func mapAt(p Props, path string) Props {
	m, _ := get(p, path).(Props)
	return m
}

// undo removes what could not be made, with what AWS made along with it for nobody in particular; the cause is the answer. At
// shutdown it is left to Resume.
func (c *Cloud) undo(k *Kind, id string, written []write, cause error) error {
	if c.ending() {
		return cause
	}
	if err := c.end1(k, id); err != nil {
		return errors.Join(cause, err)
	}
	return errors.Join(cause, c.store.update(func(t *Tx) error { t.revert(written); return nil }))
}

// find answers a record that an operation has just written.
func (c *Cloud) find(token, id string) (*Record, error) {
	var r *Record
	c.store.view(func(t *Tx) { r = t.get(token, id) })
	if r == nil {
		return nil, kinds[token].missing(id)
	}
	return r, nil
}

// read answers the resource as it is now; nil = there is none.
func (c *Cloud) read(ctx context.Context, req Request) (*Record, error) {
	k, err := kindOf(req.Token)
	if err != nil {
		return nil, err
	}
	release, err := c.claim(ctx, key(k.Token, req.ID))
	if err != nil {
		return nil, err
	}
	defer release()
	o := &Op{Cloud: c, Env: req.Env, Kind: k, ID: req.ID}
	var r *Record
	err = c.operate(o, "read", req.URN, func() error {
		var denied error
		c.store.view(func(t *Tx) {
			o.Tx = t
			if r = o.seen(); r != nil {
				o.Old, o.In = r, clone(r.Inputs)
			}
			denied = o.permit(o.wants("read", nil, nil))
		})
		return denied
	})
	if err != nil {
		return nil, err
	}
	if r != nil {
		r.State = normal(r.State)
	}
	return r, nil
}

// seen is a copy of the resource as it is now; nil = there is none in the operation's region.
func (o *Op) seen() *Record {
	k, t := o.Kind, o.Tx
	r := t.get(k.Token, o.ID)
	if r == nil && k.Lookup != nil {
		if found := k.Lookup(t, o.ID); found != nil {
			r = found.clone()
		}
	}
	if r == nil || !o.Env.sees(r) {
		return nil
	}
	if k.Live != nil {
		k.Live(t, r)
	}
	return r
}
