package aws

import (
	"time"

	"paddock/sandbox/machine"
)

// asPod makes one change with the credentials that a pod of the service account has.
func (c *Cloud) asPod(cluster string, as machine.ServiceAccount, f func(*Op) error) error {
	done, err := c.begin()
	if err != nil {
		return err
	}
	defer done()
	o, began := &Op{Cloud: c, Kind: kinds[tokenBalancer], Private: Props{}}, time.Now()
	err = c.store.update(func(t *Tx) error {
		o.Tx = t
		if o.Env, err = c.podEnv(t, cluster, as); err != nil {
			return err
		}
		return f(o)
	})
	c.report(o.Env, origin{"controller", "reconcile", ""}, began, o.asked, err)
	return err
}

// podEnv is a call of a pod, by the role that is associated with its service account.
func (c *Cloud) podEnv(t *Tx, cluster string, as machine.ServiceAccount) (Env, error) {
	e := c.env(defaultRegion)
	found, err := t.associationOf(cluster, as)
	if err != nil {
		return e, err
	}
	role := t.role(str(found.State, "roleArn"))
	if role == nil {
		return e, noPodRole(str(found.State, "roleArn"))
	}
	e.Region, e.Caller, e.RoleID = found.Region, str(role.State, "arn"), str(role.State, "uniqueId")
	e.Session, e.Tags = podSession(as), podTags(cluster, as)
	return e, nil
}
