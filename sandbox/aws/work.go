package aws

import (
	"context"
	"errors"
	"fmt"

	"paddock/sandbox/machine"
)

// Drain refuses every new change from now on; those under way go on to their end. Reads are answered as before.
func (c *Cloud) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
}

// Close ends what is still under way and closes the store. What was recorded is taken up again by Resume.
func (c *Cloud) Close() error {
	c.Drain()
	c.end()
	c.work.Wait()
	return errors.Join(c.audit.flush(), c.store.close())
}

// begin counts one change in, which Close then waits for.
func (c *Cloud) begin() (done func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.draining {
		return nil, machine.ErrStopping
	}
	c.work.Add(1)
	return c.work.Done, nil
}

// ending says that the machine is on its way down, too: what fails now is left to Resume.
func (c *Cloud) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// background runs f until it returns; Close waits for it. Once the cloud drains, it is left to Resume.
func (c *Cloud) background(what string, f func(ctx context.Context) error) {
	done, err := c.begin()
	if err != nil {
		return
	}
	go func() {
		defer done()
		if err := f(c.life); err != nil && c.life.Err() == nil {
			c.log.Error("background work failed", "what", what, "error", err)
		}
	}()
}

// claim takes key for one operation, after waiting for the operation that has it.
func (c *Cloud) claim(ctx context.Context, key string) (release func(), err error) {
	for {
		c.mu.Lock()
		held, busy := c.claims[key]
		if !busy {
			done := make(chan struct{})
			c.claims[key] = done
			c.mu.Unlock()
			return func() { c.release(key, done) }, nil
		}
		c.mu.Unlock()
		select {
		case <-held:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: wait for the operation in progress: %w", key, ctx.Err())
		}
	}
}

func (c *Cloud) release(key string, done chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.claims, key)
	close(done)
}

// hold begins a change and takes the record that it is about.
func (c *Cloud) hold(kind, id string) (func(), error) {
	done, err := c.begin()
	if err != nil {
		return nil, err
	}
	release, err := c.claim(c.life, key(kind, id))
	if err != nil {
		done()
		return nil, err
	}
	return func() { release(); done() }, nil
}

// settle makes a record true on the machine, and remembers whether that worked.
func (c *Cloud) settle(ctx context.Context, k *Kind, id string) error {
	if k.Settle == nil {
		return nil
	}
	err := k.Settle(ctx, c, id)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inLine[key(k.Token, id)] = err == nil
	return err
}

func (c *Cloud) isSettled(r *Record) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inLine[r.Key()]
}
