package aws

import (
	"context"
	"encoding/base64"

	"paddock/sandbox/machine"
)

// settleCluster brings the control plane up, or in line, and records where it serves.
func settleCluster(ctx context.Context, c *Cloud, name string) error {
	r, err := c.find(tokenCluster, name)
	if err != nil {
		return err
	}
	want := machine.Cluster{
		Name: name, Region: r.Region, Version: str(r.State, "version"), ID: str(r.Private, "oidc"),
		ServiceBlock: str(r.State, "kubernetesNetworkConfig.serviceIpv4Cidr"), Port: num(r.Private, "port", 0), AuthCA: c.options.AuthCA,
	}
	if c.options.AuthURL != nil {
		want.AuthURL = c.options.AuthURL(name)
	}
	at, err := c.machine.EnsureCluster(ctx, want)
	if err != nil {
		return fail("ClusterNotReady", "cluster %s: control plane: %v", name, err)
	}
	return c.store.update(func(t *Tx) error {
		r := t.get(tokenCluster, name)
		if r == nil {
			return noCluster(name)
		}
		ca := Props{"data": base64.StdEncoding.EncodeToString(at.CA)}
		r.Private["port"] = at.Port
		delete(r.Private, "phase")
		r.State["endpoint"], r.State["status"] = at.URL, "ACTIVE"
		r.State["certificateAuthority"], r.State["certificateAuthorities"] = ca, []any{ca}
		t.put(r)
		return nil
	})
}

func teardownCluster(ctx context.Context, c *Cloud, r *Record) error {
	if err := c.machine.DeleteCluster(ctx, r.ID); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.turns, r.ID) // its nodes are gone
	return nil
}
