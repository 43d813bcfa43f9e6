package aws

import (
	"fmt"
	"strings"
	"time"
)

// Drift is a change behind Pulumi's back, as somebody makes it in AWS's console. What AWS lets nobody delete stays; for settings
// AWS's own rules are not asked, since there are many ways in.
type Drift struct {
	ID     string            // of the resource; of several kinds with that id, Kind says which
	Kind   string            // type token, or its end; empty = any
	Delete bool              // the resource goes
	Set    map[string]string // state by dotted path; an empty value takes it away
}

// Drift makes the change.
func (c *Cloud) Drift(d Drift) error {
	if d.ID == "" || d.Delete == (len(d.Set) > 0) {
		return fmt.Errorf("drift: want the id of a resource, and either a deletion or settings")
	}
	found, err := c.driftee(d)
	if err != nil {
		return err
	}
	k := kinds[found.Kind]
	release, err := c.hold(k.Token, found.ID)
	if err != nil {
		return err
	}
	defer release()
	o := &Op{Cloud: c, Env: c.env(found.Region), Kind: k, ID: found.ID}
	began := time.Now()
	if d.Delete {
		err = c.away(o)
	} else {
		err = c.drift(o, d.Set)
	}
	c.report(o.Env, origin{source: sourceOwner}, began, o.asked[:min(len(o.asked), 1)], err)
	return err
}

// sourceOwner is where calls come from that the account's owner makes behind Pulumi's back.
const sourceOwner = "owner"

// drift changes state as it is told.
func (c *Cloud) drift(o *Op, to map[string]string) error {
	k := o.Kind
	err := c.store.update(func(t *Tx) error {
		r := t.get(k.Token, o.ID)
		if r == nil {
			return k.missing(o.ID)
		}
		o.Tx, o.Old, o.In = t, r, r.Inputs
		o.askedFirst()
		for path, value := range to {
			set(r.State, path, likeBefore(get(r.State, path), value))
		}
		t.put(r)
		return nil
	})
	if err != nil {
		return err
	}
	return c.settle(c.life, k, o.ID)
}

// askedFirst notes the call that stands for a change: the first that AWS's provider makes for updates of the kind, or for tags.
func (o *Op) askedFirst() {
	calls := callsOf[o.Kind.Token]
	for _, list := range [][]act{calls.update, calls.tag} {
		if len(list) == 0 {
			continue
		}
		targets := itself
		if list[0].on != nil {
			targets = list[0].on
		}
		for _, target := range targets(o) {
			o.asked = append(o.asked, asked{action: strings.ReplaceAll(list[0].action, "{type}", titled(str(o.In, "type"))), resource: target.ARN})
		}
		return
	}
}

// driftee is the one resource that is meant.
func (c *Cloud) driftee(d Drift) (*Record, error) {
	var found []*Record
	c.store.view(func(t *Tx) {
		t.all(func(r *Record) {
			if r.ID == d.ID && !r.Furniture && strings.HasSuffix(r.Kind, d.Kind) && !kinds[r.Kind].Internal {
				found = append(found, r)
			}
		})
	})
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("drift: no resource has the id %q; `sandbox dump` has them all", d.ID)
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("drift: %d resources have the id %q; say which type is meant", len(found), d.ID)
}

// likeBefore reads a value as what stood there before.
func likeBefore(before any, text string) any {
	switch before.(type) {
	case bool:
		return text == "true"
	case float64:
		var n float64
		if _, err := fmt.Sscan(text, &n); err == nil {
			return n
		}
	}
	if text == "" {
		return nil
	}
	return text
}
