package aws

import (
	"fmt"
	"strings"
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
	if d.Delete {
		return c.away(&Op{Cloud: c, Env: c.env(found.Region), Kind: k, ID: found.ID})
	}
	err = c.store.update(func(t *Tx) error {
		r := t.get(k.Token, found.ID)
		if r == nil {
			return k.missing(found.ID)
		}
		for path, value := range d.Set {
			set(r.State, path, likeBefore(get(r.State, path), value))
		}
		t.put(r)
		return nil
	})
	if err != nil {
		return err
	}
	return c.settle(c.life, k, found.ID)
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
