package aws

import (
	"context"
	"fmt"

	"paddock/sandbox/parallel"
)

// Resume brings every recorded cluster, node and add-on back on the machine. What was being made when the stand-in
// stopped is removed, since whoever asked was told of a failure; what was being deleted is deleted.
//
// It may be called again at any time: a control plane that serves is only asked for its health, one that has died is
// started again, and inside only that is done which has not worked before.
func (c *Cloud) Resume(ctx context.Context) error {
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)() // Close does not wait for what can be done again
	c.strikes()
	return parallel.Each(c.Clusters(), func(name string) error {
		if err := c.resumeCluster(ctx, name); err != nil {
			return fmt.Errorf("cluster %s: resume: %w", name, err)
		}
		return nil
	})
}

func (c *Cloud) resumeCluster(ctx context.Context, name string) error {
	over, err := c.resumeOne(ctx, tokenCluster, name)
	if err != nil || over {
		return err
	}
	for _, token := range []string{tokenNodeGroup, tokenAddon} { // add-ons need nodes to become ready
		var inside []*Record
		c.store.view(func(t *Tx) {
			for _, r := range t.list(token) {
				if str(r.State, "clusterName") == name && (!c.isSettled(r) || str(r.Private, "phase") != "") {
					inside = append(inside, r)
				}
			}
		})
		err := parallel.Each(inside, func(r *Record) error {
			_, err := c.resumeOne(ctx, token, r.ID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resumeOne settles a record again, or ends it if its making or ending was cut short; over says that it is gone.
func (c *Cloud) resumeOne(ctx context.Context, token, id string) (over bool, err error) {
	release, err := c.claim(ctx, key(token, id))
	if err != nil {
		return false, err
	}
	defer release()
	r, err := c.find(token, id)
	if err != nil {
		return true, nil //nolint:nilerr // deleted meanwhile
	}
	k := kinds[token]
	if str(r.Private, "phase") != "" {
		return true, c.end1(k, id)
	}
	if token != tokenCluster && c.isSettled(r) {
		return false, nil // by another, while this one waited
	}
	return false, c.settle(ctx, k, id)
}
