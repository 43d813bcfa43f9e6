package aws

import (
	"encoding/json"
	"sort"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tx is one transaction: it sees its own writes and nobody else's.
type Tx struct {
	store  *store
	writes map[string]*Record // nil = deleted
	keys   []string           // of writes, in order of first write
	notes  []groupNote        // what Auto Scaling groups did
}

func (t *Tx) save(tx *bolt.Tx) error {
	b := tx.Bucket(bucketRecords)
	for _, k := range t.keys {
		r := t.writes[k]
		if r == nil {
			if err := b.Delete([]byte(k)); err != nil {
				return err
			}
			continue
		}
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if err := b.Put([]byte(k), raw); err != nil {
			return err
		}
	}
	return t.saveNotes(tx)
}

// get returns a copy that the caller may change and put; nil = no such record.
func (t *Tx) get(kind, id string) *Record {
	r := t.peek(kind, id)
	if r == nil {
		return nil
	}
	r = r.clone()
	if r.Private == nil { // empty ones are not kept on disk
		r.Private = Props{}
	}
	return r
}

func (t *Tx) peek(kind, id string) *Record {
	if r, ok := t.writes[key(kind, id)]; ok {
		return r
	}
	return t.store.records[kind][id]
}

// put writes r whole. State is brought to plain JSON types, so that it reads the same before and after a restart.
func (t *Tx) put(r *Record) {
	if r.Order == 0 {
		t.store.order++
		r.Order, r.Created = t.store.order, time.Now().UTC().Truncate(time.Second)
	}
	r.Inputs, r.State, r.Private = normal(r.Inputs), normal(r.State), normal(r.Private)
	t.write(r.Key(), r)
}

func (t *Tx) drop(r *Record) { t.write(r.Key(), nil) }

func (t *Tx) write(k string, r *Record) {
	if _, again := t.writes[k]; !again {
		t.keys = append(t.keys, k)
	}
	t.writes[k] = r
}

// find returns some record of the kind that matches, to read only; nil = none.
func (t *Tx) find(kind string, match func(*Record) bool) *Record {
	for _, r := range t.writes {
		if r != nil && r.Kind == kind && match(r) {
			return r
		}
	}
	for id, r := range t.store.records[kind] {
		if _, stale := t.writes[key(kind, id)]; !stale && match(r) {
			return r
		}
	}
	return nil
}

// list returns the records of a kind in order of creation, to read only.
func (t *Tx) list(kind string) []*Record {
	var found []*Record
	t.find(kind, func(r *Record) bool { found = append(found, r); return false })
	sort.Slice(found, func(i, j int) bool { return found[i].Order < found[j].Order })
	return found
}

// all visits every record, to read only.
func (t *Tx) all(visit func(*Record)) {
	for kind := range t.store.records {
		t.find(kind, func(r *Record) bool { visit(r); return false })
	}
	for _, r := range t.writes {
		if r != nil && t.store.records[r.Kind] == nil {
			visit(r)
		}
	}
}
