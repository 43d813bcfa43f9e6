package parallel_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"paddock/sandbox/parallel"
)

func TestEach(t *testing.T) {
	var now, most atomic.Int32
	items := make([]int, 50)
	for i := range items {
		items[i] = i
	}
	odd := errors.New("odd")
	var done atomic.Int32
	err := parallel.Each(items, func(i int) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer now.Add(-1)
		time.Sleep(time.Millisecond)
		done.Add(1)
		if i == 7 || i == 9 {
			return fmt.Errorf("item %d: %w", i, odd)
		}
		return nil
	})
	if done.Load() != 50 || most.Load() < 2 || most.Load() > 16 {
		t.Errorf("%d items done, at most %d at once; want 50, up to 16", done.Load(), most.Load())
	}
	if !errors.Is(err, odd) || err.Error() != "item 7: odd\nitem 9: odd" {
		t.Errorf("error = %v, want both in order", err)
	}
	if err := parallel.Each(nil, func(int) error { return odd }); err != nil {
		t.Errorf("no items: %v", err)
	}
}
