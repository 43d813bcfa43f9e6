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

// scaler is the one loop that scales a group.
type scaler struct {
	poked   chan struct{} // somebody asks it to look again
	looping bool
	retired bool // its group is gone
}

// scaler finds the group's, or makes an idle one.
func (c *Cloud) scaler(group string) *scaler {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.scaling[group]
	if !known {
		s = &scaler{poked: make(chan struct{}, 1)}
		c.scaling[group] = s
	}
	return s
}

func (s *scaler) poke() {
	select {
	case s.poked <- struct{}{}:
	default: // it will look anyway
	}
}

// scaleSoon scales in the background, by the one loop that the group has. A loop that is there looks again at once.
func (c *Cloud) scaleSoon(group string) {
	s := c.scaler(group)
	s.poke()
	c.mu.Lock()
	looping := s.looping
	s.looping = true
	c.mu.Unlock()
	if looping {
		return
	}
	c.background("scale "+group, func(ctx context.Context) error {
		wait := firstRetry
		for {
			err := c.scale(ctx, group)
			if err == nil && c.rests(group, s) {
				return nil
			}
			if err == nil {
				continue
			}
			c.log.Warn("scaling is tried again", "group", group, "in", wait, "error", err)
			select {
			case <-time.After(wait):
				wait = min(2*wait, lastRetry)
			case <-s.poked:
				wait = firstRetry
			case <-ctx.Done():
				return err
			}
		}
	})
}

// rests ends the loop of a group, unless somebody asked for another look.
func (c *Cloud) rests(group string, s *scaler) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-s.poked:
		return false
	default:
		s.looping = false
		if s.retired {
			delete(c.scaling, group)
		}
		return true
	}
}

// retire forgets the scaler of a group that is gone, once its loop rests.
func (c *Cloud) retire(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.scaling[group]
	switch {
	case s == nil:
	case s.looping:
		s.retired = true
	default:
		delete(c.scaling, group)
	}
}

// rouse has every group look again.
func (c *Cloud) rouse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.scaling {
		s.poke()
	}
}
