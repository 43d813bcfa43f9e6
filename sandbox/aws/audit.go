package aws

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Entry is one call in the audit: what CloudTrail would tell.
type Entry struct {
	Time      time.Time `json:"time"`
	Seconds   float64   `json:"seconds"`           // of the whole operation that the call is part of
	Principal string    `json:"principal"`         // the session that called
	Action    string    `json:"action"`            // service:Action
	Resource  string    `json:"resource"`          // an ARN; * for actions that know no resources
	Outcome   string    `json:"outcome"`           // ok, or AWS's error code
	Message   string    `json:"message,omitempty"` // of the error
	Region    string    `json:"region"`
	Source    string    `json:"source"`             // pulumi, api, or owner: drift, and a group's size set by hand
	Verb      string    `json:"verb,omitempty"`     // of the operation of Pulumi: create, read, update, delete
	URN       string    `json:"urn,omitempty"`      // the Pulumi resource
	PassedTo  string    `json:"passedTo,omitempty"` // iam:PassRole: the service that gets the role
	Unallowed bool      `json:"denied,omitempty"`   // permission was missing
}

// Outcomes other than AWS's codes.
const (
	outcomeOK     = "ok"
	outcomeFailed = "Failed" // the machine could not follow; the message says why
)

// Denied says that permission was missing.
func (e Entry) Denied() bool { return e.Unallowed }

const (
	auditMost  = 200_000                // entries that are kept; the oldest go first
	auditPause = 200 * time.Millisecond // between two writes to disk: what a kill -9 may cost
	auditBatch = 1000
)

var bucketCalls = []byte("calls")

// audit keeps the calls, oldest first. Entries wait in memory for a moment, so that a read costs no write to disk.
type audit struct {
	db *bolt.DB

	writing sync.Mutex // held until a batch is on disk: who reads then sees it
	mu      sync.Mutex
	waiting []Entry
	full    chan struct{} // tells that a batch is complete
}

func newAudit(db *bolt.DB) (*audit, error) {
	err := db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketCalls)
		return err
	})
	return &audit{db: db, full: make(chan struct{}, 1)}, err
}

func (a *audit) add(entries ...Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, entries...)
	if len(a.waiting) >= auditBatch {
		select {
		case a.full <- struct{}{}:
		default:
		}
	}
}

// run writes what waits, until done closes; the last entries are flushed by whoever closes it.
func (a *audit) run(done <-chan struct{}, failed func(error)) {
	tick := time.NewTicker(auditPause)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		case <-a.full:
		}
		if err := a.flush(); err != nil {
			failed(err)
		}
	}
}

func (a *audit) flush() error {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.mu.Lock()
	batch := a.waiting
	a.waiting = nil
	a.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := a.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketCalls)
		b.FillPercent = 0.9 // keys only rise
		for _, e := range batch {
			n, err := b.NextSequence()
			if err != nil {
				return err
			}
			raw, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if err := b.Put(sequence(n), raw); err != nil {
				return err
			}
			if n > auditMost {
				if err := b.Delete(sequence(n - auditMost)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil { // the next flush writes it
		a.mu.Lock()
		defer a.mu.Unlock()
		a.waiting = append(batch, a.waiting...)
	}
	return err
}

func sequence(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Calls answers the audit from the oldest entry on, those that match.
func (c *Cloud) Calls(match func(Entry) bool) ([]Entry, error) {
	if err := c.audit.flush(); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	out := []Entry{}
	err := c.audit.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketCalls).ForEach(func(_, raw []byte) error {
			var e Entry
			if err := json.Unmarshal(raw, &e); err != nil {
				return err
			}
			if match(e) {
				out = append(out, e)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return out, nil
}

// origin is where calls come from.
type origin struct{ source, verb, urn string }

// report writes an operation's calls into the audit. Of one that failed nothing came, and one call is told: the last that was
// asked for if permission was missing, else the first, which is the one that changes something.
func (c *Cloud) report(e Env, of origin, began time.Time, calls []asked, err error) {
	if len(calls) == 0 {
		return
	}
	outcome, text := outcomeOf(err)
	unallowed := lacksPermission(err)
	switch {
	case unallowed:
		calls = calls[len(calls)-1:]
	case err != nil:
		calls = calls[:1]
	}
	entries := make([]Entry, len(calls))
	for i, call := range calls {
		entries[i] = Entry{
			Time: began.UTC(), Seconds: time.Since(began).Seconds(), Principal: e.CallerID(), Action: call.action, Resource: call.resource,
			Outcome: outcome, Message: text, Region: e.Region, Source: of.source, Verb: of.verb, URN: of.urn, PassedTo: call.passedTo,
			Unallowed: unallowed,
		}
	}
	c.audit.add(entries...)
}

func outcomeOf(err error) (outcome, text string) {
	if err == nil {
		return outcomeOK, ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code, e.Message
	}
	return outcomeFailed, err.Error()
}
