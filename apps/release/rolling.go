package release

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"paddock/apps/rollout"
	"paddock/apps/smoke"
)

// rolling is a service's newest version on its way.
type rolling struct {
	cluster *Cluster
	e       *entry
	name    string // of the Deployment
	say     func(string)
	options rollout.Options
	check   smoke.Check
}

// serves waits for the rollout and, beside it, asks the first pod that is ready: pods of the version before serve then still, and one
// that does not work is taken back before they are gone, or soon after.
func (r *rolling) serves(ctx context.Context) error {
	rest, stop := context.WithCancel(ctx)
	defer stop()
	var over atomic.Bool
	r.check.Rolling = func() bool { return !over.Load() }
	asked, rolled := make(chan error, 1), make(chan error, 1)
	go func() { asked <- smoke.Run(rest, r.cluster.Client, r.cluster.Ask, r.e.Namespace, r.name, r.check) }()
	go func() {
		rolled <- rollout.Wait(rest, r.cluster.Client, r.e.Namespace, r.name, r.options)
		over.Store(true)
	}()
	var broken *rollout.Failure
	for range 2 {
		select {
		case err := <-asked:
			if errors.As(err, &broken) {
				stop()
				return r.back(ctx, broken)
			} else if err != nil {
				return err
			}
		case err := <-rolled:
			if err != nil {
				return err
			}
		}
	}
	if err := rollout.Prove(ctx, r.cluster.Client, r.e.Namespace, r.name); err != nil {
		return fmt.Errorf("%s: noting that the version works: %w", r.e.where(), err)
	}
	return nil
}

// back has the version before serve again, and adds to the explanation what came of it.
func (r *rolling) back(ctx context.Context, f *rollout.Failure) error {
	undone, err := rollout.Undo(ctx, r.cluster.Client, r.e.Namespace, r.name)
	switch {
	case err != nil:
		f.Serves = fmt.Sprintf("the version before cannot be put back: %v", err)
		f.Do = "deploy the version before, now; " + f.Do
		return f
	case undone.Version == "":
		f.Serves = fmt.Sprintf("version %s serves all the same: %s", f.Version, undone.Why)
		return f
	}
	r.say(fmt.Sprintf("%s: version %s fails its smoke check; back to version %s", r.e.where(), f.Version, undone.Version))
	options := r.options
	options.Version = undone.Version
	if err := rollout.Wait(ctx, r.cluster.Client, r.e.Namespace, r.name, options); err != nil {
		f.Serves = fmt.Sprintf("version %s is put back, and does not serve yet: %v", undone.Version, err)
		return f
	}
	f.Serves = fmt.Sprintf("version %s is put back, and serves again", undone.Version)
	return f
}
