package aws_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Several hands on one account: whatever each of them gets, the account is sound after every step, and in order at the end.
func TestConcurrent(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	for i := range rounds {
		seed := *seedFlag + uint64(i)
		if trace, err := crowd(seed, 6); err != nil {
			t.Fatalf("%v\nreplay: go test ./aws -run TestConcurrent -seed %d\n%s", err, seed, strings.Join(trace, "\n"))
		}
	}
}

// crowd lets hands do a sequence each, in a world that one of them has prepared.
func crowd(seed uint64, hands int) (trace []string, err error) {
	dir, remove, err := memory()
	if err != nil {
		return nil, err
	}
	defer remove()
	w, err := newWorld(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.cloud.Close() }()
	for i, s := range foundation {
		s.n, s.seed, s.verb = i, seed, "create"
		if err := w.do(s); err != nil {
			return w.trace, err
		}
	}
	w.shared = true
	failed := make([]error, hands)
	var wait sync.WaitGroup
	for hand := range hands {
		wait.Go(func() { failed[hand] = w.hand(seed*100+uint64(hand), hand) })
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return w.trace, err
		}
	}
	w.shared = false
	return w.trace, w.finish()
}

func (w *world) hand(seed uint64, hand int) error {
	for _, s := range sequence(seed) {
		if s.verb == "restart" || s.verb == "settle" { // which nobody else may disturb
			continue
		}
		s.n += 1000 * (hand + 1)
		if err := w.do(s); err != nil {
			return fmt.Errorf("step %d, %s: %w", s.n, s.verb, err)
		}
	}
	return nil
}
