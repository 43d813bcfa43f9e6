package aws

import (
	"context"
	"time"
)

// nextLook is the pause between looks for an instance to strike, while none is in service.
const nextLook = 100 * time.Millisecond

// strikes lets the faults that end running instances happen, each in its time, which counts anew after a restart. They stay in
// the conditions until they have struck, and other conditions call them off.
func (c *Cloud) strikes() {
	c.conditions.mu.Lock()
	defer c.conditions.mu.Unlock()
	if c.conditions.halt != nil {
		return // they are waiting already
	}
	ctx, halt := context.WithCancel(c.life)
	c.conditions.halt = halt
	for _, m := range c.conditions.is.Faults {
		if m.Fault == "instance-dies" {
			c.background("instance dies", func(context.Context) error { return c.strikeAll(ctx, m) })
		}
	}
}

// strikeAll ends as many instances as the fault says, once it is due.
func (c *Cloud) strikeAll(ctx context.Context, m Mishap) error {
	if pause(ctx, m.After.Duration) != nil {
		return nil //nolint:nilerr // called off
	}
	for left := m.Times; left > 0; {
		struck, err := c.strike(ctx, m)
		if err != nil {
			return err
		}
		if struck {
			left--
		} else if pause(ctx, nextLook) != nil {
			return nil //nolint:nilerr // called off
		}
	}
	return nil
}

// strike ends an instance that serves, as a failed status check does: the group makes another.
func (c *Cloud) strike(ctx context.Context, m Mishap) (struck bool, err error) {
	group := ""
	err = c.store.update(func(t *Tx) error {
		for _, r := range t.list(tokenInstance) {
			if str(r.State, "lifecycleState") != stateInService {
				continue
			}
			_, due := c.conditions.take(func(f Mishap) bool { return ctx.Err() == nil && f.Fault == m.Fault && f.After == m.After })
			if !due {
				return nil
			}
			group = str(r.State, "group")
			return t.terminate(r.clone(), false, "an instance was taken out of service in response to an EC2 instance status checks failure.")
		}
		return nil
	})
	if err != nil || group == "" {
		return false, err
	}
	c.scaleSoon(group)
	return true, nil
}
