package aws

import (
	"context"
	"time"
)

// A group that cannot be scaled is tried again after these pauses, as AWS does.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// scaleSoon scales in the background, by the one loop that the group has. A loop that is there looks again at once.
func (c *Cloud) scaleSoon(group string) {
	c.mu.Lock()
	wake, running := c.scaling[group]
	if !running {
		wake = make(chan struct{}, 1)
		c.scaling[group] = wake
	}
	c.mu.Unlock()
	if running {
		c.rouse(group)
		return
	}
	c.background("scale "+group, func(ctx context.Context) error {
		wait := firstRetry
		for {
			err := c.scale(ctx, group)
			if err == nil && c.rests(group, wake) {
				return nil
			}
			if err == nil {
				continue
			}
			c.log.Warn("scaling is tried again", "group", group, "in", wait, "error", err)
			select {
			case <-time.After(wait):
				wait = min(2*wait, lastRetry)
			case <-wake:
				wait = firstRetry
			case <-ctx.Done():
				return err
			}
		}
	})
}

// rests ends the loop of a group, unless somebody asked for another look.
func (c *Cloud) rests(group string, wake <-chan struct{}) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-wake:
		return false
	default:
		delete(c.scaling, group)
		return true
	}
}

// rouse has the loop of a group look again, or of every group if none is named.
func (c *Cloud) rouse(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, wake := range c.scaling {
		if group == "" || group == name {
			select {
			case wake <- struct{}{}:
			default: // it will look anyway
			}
		}
	}
}
