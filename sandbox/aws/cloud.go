// Package aws is the stand-in for AWS: one durable store, one table of resource kinds, one engine that keeps their rules.
// It starts no process and knows no Kubernetes; control planes, nodes and add-ons are asked of a machine.Machine.
package aws

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"time"

	"paddock/sandbox/machine"
)

// Options settle how a Cloud behaves; the zero value is an instant, silent cloud without authentication of clusters.
type Options struct {
	BootDelay time.Duration               // from launch of an instance to its node; 0 = at once
	Log       *slog.Logger                // nil = nothing is logged
	AuthURL   func(cluster string) string // where a cluster's apiserver asks who a token is; nil = empty
	AuthCA    []byte                      // PEM, authority of AuthURL's certificate; empty = plain http
}

// Cloud is one AWS account in one store. It is safe for concurrent use.
type Cloud struct {
	store   *store
	machine machine.Machine
	options Options
	log     *slog.Logger
	account string

	life context.Context // ends with Close: what AWS does for itself outlives every client
	end  context.CancelFunc
	work sync.WaitGroup

	claims   map[string]chan struct{} // what an operation has in hand, by key
	claimsMu sync.Mutex
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
		store: s, machine: m, options: opts, log: opts.Log, account: s.account,
		life: life, end: end, claims: map[string]chan struct{}{},
	}
	if err := c.furnish(); err != nil {
		return nil, fmt.Errorf("aws stand-in: furnish account: %w", err)
	}
	return c, nil
}

// Close ends background work and closes the store. What was recorded is taken up again by Resume.
func (c *Cloud) Close() error {
	c.end()
	c.work.Wait()
	return c.store.close()
}

// Account is the 12-digit id of the account.
func (c *Cloud) Account() string { return c.account }

// CallerARN is the principal that every Pulumi session acts as.
func (c *Cloud) CallerARN() string { return c.env("").roleARN(callerRole) }

// RoleExists says whether IAM knows the role or user of that ARN.
func (c *Cloud) RoleExists(arn string) bool {
	found := false
	c.store.view(func(t *Tx) { found = principal(t, arn) != nil })
	return found
}

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
func (c *Cloud) CreatedByURN(urn string) (string, bool) {
	var last *Record
	c.store.view(func(t *Tx) {
		t.all(func(r *Record) {
			if r.URN == urn && (last == nil || r.Order > last.Order) {
				last = r
			}
		})
	})
	if last == nil {
		return "", false
	}
	return last.ID, true
}

// claim takes key for one operation, after waiting for the operation that has it.
func (c *Cloud) claim(ctx context.Context, key string) (func(), error) {
	for {
		c.claimsMu.Lock()
		held, busy := c.claims[key]
		if !busy {
			done := make(chan struct{})
			c.claims[key] = done
			c.claimsMu.Unlock()
			return func() { c.release(key, done) }, nil
		}
		c.claimsMu.Unlock()
		select {
		case <-held:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: wait for the operation in progress: %w", key, ctx.Err())
		}
	}
}

func (c *Cloud) release(key string, done chan struct{}) {
	c.claimsMu.Lock()
	defer c.claimsMu.Unlock()
	delete(c.claims, key)
	close(done)
}

// background runs f until it returns; Close waits for it.
func (c *Cloud) background(what string, f func(ctx context.Context) error) {
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		if err := f(c.life); err != nil && c.life.Err() == nil {
			c.log.Error("background work failed", "what", what, "error", err)
		}
	}()
}
