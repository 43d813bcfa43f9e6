package aws

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Resume brings every recorded cluster, node and add-on back on the machine. What was being made when the stand-in
// stopped is removed, since whoever asked was told of a failure; what was being deleted is deleted.
func (c *Cloud) Resume(ctx context.Context) error {
	clusters := c.Clusters()
	errs := make([]error, len(clusters))
	var wait sync.WaitGroup
	for i, name := range clusters {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if err := c.resumeCluster(ctx, name); err != nil {
				errs[i] = fmt.Errorf("cluster %s: resume: %w", name, err)
			}
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
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
				if str(r.State, "clusterName") == name {
					inside = append(inside, r)
				}
			}
		})
		err := each(inside, func(r *Record) error {
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
	return false, k.Settle(ctx, c, id)
}
