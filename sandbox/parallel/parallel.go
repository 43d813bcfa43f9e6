// Package parallel does the same thing to many items at once.
package parallel

import (
	"errors"
	"sync"
)

// atOnce bounds how many items are in hand at the same time, so that a large group does not flood an apiserver.
const atOnce = 16

// Each runs f for every item, whatever becomes of the others, and joins the errors in order of the items.
func Each[T any](items []T, f func(T) error) error {
	slots := make(chan struct{}, atOnce)
	errs := make([]error, len(items))
	var wait sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			errs[i] = f(item)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
