// Package aws is the stand-in for AWS: one durable store, one table of resource kinds, one engine that keeps their rules.
// It starts no process and knows no Kubernetes; control planes, nodes and add-ons are asked of a machine.Machine.
package aws

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sort"
	"sync"

	"paddock/sandbox/machine"
)

// Options settle how a Cloud behaves; the zero value is an instant, silent cloud without authentication of clusters.
type Options struct {
	Key     []byte                      // that credentials are derived from; nil = a random one, good until Close
	Log     *slog.Logger                // nil = nothing is logged
	AuthURL func(cluster string) string // where a cluster's apiserver asks who a token is; nil = empty
	AuthCA  []byte                      // PEM, authority of AuthURL's certificate; empty = plain http
}

// Cloud is one AWS account in one store. It is safe for concurrent use.
type Cloud struct {
	store   *store
	machine machine.Machine
	options Options
	log     *slog.Logger
	account string

	vault      vault
	audit      *audit
	uploads    uploads // layers of images on their way
	parted     parted  // objects likewise
	conditions *conditions
	policies   policies

	life context.Context // ends with Close: what AWS does for itself outlives every client
	end  context.CancelFunc
	work sync.WaitGroup

	mu       sync.Mutex
	claims   map[string]chan struct{} // what an operation has in hand, by key
	inLine   map[string]bool          // records that the machine is known to be in line with, by key
	scaling  map[string]*scaler       // by group
	turns    map[string]chan struct{} // to change nodes, by cluster
	draining bool
}

// Open opens the store at path, or founds a new account there.
func Open(path string, m machine.Machine, opts Options) (*Cloud, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s, err := openStore(path)
	if err != nil {
		return nil, fmt.Errorf("aws stand-in: open %s: %w", path, err)
	}
	life, end := context.WithCancel(context.Background())
	c := &Cloud{
		store: s, machine: m, options: opts, log: opts.Log, account: s.account, vault: vault{opts.Key},
		life: life, end: end, claims: map[string]chan struct{}{}, inLine: map[string]bool{}, scaling: map[string]*scaler{}, turns: map[string]chan struct{}{},
	}
	if err := c.prepare(); err != nil {
		_ = s.close() // the first fault is the one to tell
		return nil, fmt.Errorf("aws stand-in: %w", err)
	}
	return c, nil
}

// prepare readies what surrounds the store.
func (c *Cloud) prepare() (err error) {
	if c.vault.key == nil {
		c.vault.key = []byte(randomOf("", "0123456789abcdef", 32))
	}
	if c.audit, err = newAudit(c.store.db); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if c.conditions, err = openConditions(c.store.db); err != nil {
		return fmt.Errorf("conditions: %w", err)
	}
	c.store.wrote = func(r *Record) {
		if iamKinds[r.Kind] {
			c.policies.forget()
		}
	}
	if err := c.furnish(); err != nil {
		return fmt.Errorf("furnish account: %w", err)
	}
	if err := c.sweepBlobs(); err != nil {
		return fmt.Errorf("objects: %w", err)
	}
	c.work.Go(func() {
		c.audit.run(c.life.Done(), func(err error) { c.log.Error("audit", "error", err) })
	})
	return nil
}

// Account is the 12-digit id of the account.
func (c *Cloud) Account() string { return c.account }

// CallerARN is the role that calls act as unless they say otherwise.
func (c *Cloud) CallerARN() string { return c.env("").roleARN(callerRole) }

// Clusters names every EKS cluster on record.
func (c *Cloud) Clusters() []string {
	var names []string
	c.store.view(func(t *Tx) {
		for _, r := range t.list(tokenCluster) {
			names = append(names, r.ID)
		}
	})
	sort.Strings(names)
	return names
}

// CreatedByURN answers which id the create of a Pulumi resource got, so that a create whose answer was lost can be taken up.
// known are the ids that the stack's state holds for that URN, which are not meant: of a replacement, the old resource has
// the same URN. A create that is still on its way is waited for.
func (c *Cloud) CreatedByURN(urn string, known []string) (string, bool) {
	r := c.last(urn, known)
	if r == nil {
		return "", false
	}
	release, err := c.claim(c.life, r.Key())
	if err != nil {
		return "", false
	}
	release()
	r, err = c.find(r.Kind, r.ID)
	if err != nil || str(r.Private, "phase") != "" { // not made after all; what is left of it Resume takes away
		return "", false
	}
	return r.ID, true
}

// last is the youngest record of a URN whose id is not known; nil = none.
func (c *Cloud) last(urn string, known []string) *Record {
	var last *Record
	c.store.view(func(t *Tx) {
		t.all(func(r *Record) {
			if r.URN == urn && !slices.Contains(known, r.ID) && (last == nil || r.Order > last.Order) {
				last = r
			}
		})
	})
	return last
}
