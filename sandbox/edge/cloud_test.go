package edge_test

import (
	"maps"
	"net/netip"
	"sync"

	"paddock/sandbox/aws"
	"paddock/sandbox/machine"
)

// cloud notes what is asked of it, and refuses it with whatever it is told to.
type cloud struct {
	mu      sync.Mutex
	made    map[string]aws.Balancer // by stack
	by      machine.ServiceAccount
	refusal error
}

func (c *cloud) Balance(as machine.ServiceAccount, want aws.Balancer) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil {
		return "", c.refusal
	}
	c.made[want.Stack], c.by = want, as
	return want.Name + domain, nil
}

func (c *cloud) Unbalance(_ machine.ServiceAccount, _, stack string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil {
		return c.refusal
	}
	delete(c.made, stack)
	return nil
}

// address is the one that all load balancers have.
var address = netip.MustParseAddr("10.0.0.7")

// lose forgets all load balancers, as when somebody deletes them.
func (c *cloud) lose() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.made)
}

func (c *cloud) Address(dns string) netip.Addr {
	for _, b := range c.balancers() {
		if b.Name+domain == dns {
			return address
		}
	}
	return netip.Addr{}
}

func (c *cloud) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusal = err
}

func (c *cloud) balancers() map[string]aws.Balancer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.made)
}
