package aws

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

var (
	bucketMeta    = []byte("meta")
	bucketRecords = []byte("records")
)

// Record is one resource of the account, as the store keeps it.
type Record struct {
	Kind      string    `json:"kind"` // type token
	ID        string    `json:"id"`
	URN       string    `json:"urn,omitempty"`  // the Pulumi resource that asked for it; empty = AWS made it by itself
	Name      string    `json:"name,omitempty"` // what people call it, when that is not the id
	Region    string    `json:"region,omitempty"`
	Owner     string    `json:"owner,omitempty"`     // key of the resource it goes with
	Furniture bool      `json:"furniture,omitempty"` // came with the account
	Order     uint64    `json:"order"`               // rising in order of creation
	Created   time.Time `json:"created"`
	Inputs    Props     `json:"inputs,omitempty"`  // as last asked for
	State     Props     `json:"state"`             // as AWS reports it
	Private   Props     `json:"private,omitempty"` // what only the stand-in knows
}

// Key names a record in the whole store.
func (r *Record) Key() string { return key(r.Kind, r.ID) }

func key(kind, id string) string { return kind + "\x00" + id }

func (r *Record) clone() *Record {
	n := *r
	n.Inputs, n.State, n.Private = clone(r.Inputs), clone(r.State), clone(r.Private)
	return &n
}

// store keeps every record in memory and, before anybody sees a change, on disk: a transaction that returned survives kill -9.
type store struct {
	db      *bolt.DB
	account string
	wrote   func(*Record) // told of every record that was written or dropped; nil = nobody asks

	mu      sync.RWMutex
	records map[string]map[string]*Record // kind, id; never changed in place
	order   uint64
}

func openStore(path string) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 5 * time.Second})
	if err != nil {
		return nil, err
	}
	s := &store{db: db, records: map[string]map[string]*Record{}}
	if err := db.Update(s.load); err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

func (s *store) load(tx *bolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	if id := meta.Get([]byte("account")); id != nil {
		s.account = string(id)
	} else {
		n, err := rand.Int(rand.Reader, big.NewInt(900_000_000_000))
		if err != nil {
			return err
		}
		s.account = fmt.Sprint(n.Int64() + 100_000_000_000)
		if err := meta.Put([]byte("account"), []byte(s.account)); err != nil {
			return err
		}
	}
	if _, err := tx.CreateBucketIfNotExists(bucketActivities); err != nil {
		return err
	}
	records, err := tx.CreateBucketIfNotExists(bucketRecords)
	if err != nil {
		return err
	}
	return records.ForEach(func(k, v []byte) error {
		r := &Record{}
		if err := json.Unmarshal(v, r); err != nil {
			return fmt.Errorf("record %q: %w", k, err)
		}
		s.order = max(s.order, r.Order)
		s.keep(r)
		return nil
	})
}

func (s *store) keep(r *Record) {
	if s.records[r.Kind] == nil {
		s.records[r.Kind] = map[string]*Record{}
	}
	s.records[r.Kind][r.ID] = r
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.Close()
}

// view reads one consistent state.
func (s *store) view(f func(*Tx)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f(&Tx{store: s})
}

// update makes all changes of f, or none.
func (s *store) update(f func(*Tx) error) error {
	_, err := s.commit(f)
	return err
}

// commit is update, and answers what was written so that it can be reverted.
func (s *store) commit(f func(*Tx) error) ([]write, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Tx{store: s, writes: map[string]*Record{}}
	if err := f(t); err != nil {
		return nil, err
	}
	if len(t.writes)+len(t.notes) == 0 {
		return nil, nil
	}
	if err := s.db.Update(t.save); err != nil {
		return nil, fmt.Errorf("aws stand-in: store: %w", err)
	}
	var done []write
	for _, k := range t.keys {
		kind, id := splitKey(k)
		was := s.records[kind][id]
		done = append(done, write{was: was, is: t.writes[k]})
		if was == nil {
			was = t.writes[k]
		}
		if s.wrote != nil && was != nil {
			s.wrote(was)
		}
		if r := t.writes[k]; r != nil {
			s.keep(r)
		} else {
			delete(s.records[kind], id)
		}
	}
	return done, nil
}
