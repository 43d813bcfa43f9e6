package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"paddock/sandbox/aws"
)

// recover clears what a killed Pulumi left: its lock on the stack, and operations of which nobody heard the end. The cloud
// knows how creates ended, so they are taken over instead of being made a second time.
func (a *app) recover(ctx context.Context, p *pulumi) error {
	locked, err := a.staleLock(p)
	if err != nil {
		return fmt.Errorf("locks of stack %s: %w", p.stack, err)
	}
	if locked {
		fmt.Fprintf(os.Stderr, "an earlier run on stack %s was killed; releasing its lock\n", p.stack)
		if err := a.endOrphans(ctx); err != nil {
			return err
		}
		if err := a.mend(p); err != nil {
			return fmt.Errorf("stack %s: %w", p.stack, err)
		}
		if _, err := p.output("cancel", "--yes"); err != nil {
			return err
		}
	}
	state, err := readState(p.file)
	if err != nil {
		return err
	}
	n := len(state.pending())
	if n == 0 {
		return a.forget(ctx, p)
	}
	fmt.Fprintf(os.Stderr, "an earlier run on stack %s was killed in the middle of %d operations; finding out how they ended\n", p.stack, n)
	if err := a.adopt(ctx, state); err != nil {
		return fmt.Errorf("stack %s: %w", p.stack, err)
	}
	if err := writeJSON(p.file, state); err != nil {
		return err
	}
	if err := p.run("refresh", "--yes", "--skip-preview"); err != nil {
		return err
	}
	return a.forget(ctx, p)
}

// forget deletes what AWS made for the stack while its answer was lost: no state knows of it, and it would be in the way.
func (a *app) forget(ctx context.Context, p *pulumi) error {
	urn := url.Values{"urn": {fmt.Sprintf("urn:pulumi:%s::%s::", p.stack, p.project)}}
	var gone []aws.Leftover
	if err := a.client().Call(ctx, http.MethodPost, "/forget?"+urn.Encode(), nil, &gone); err != nil {
		return fmt.Errorf("what was made while an answer was lost: %w", err)
	}
	for _, r := range gone {
		fmt.Fprintf(os.Stderr, "the answer to the making of %s %s was lost, so nobody knows of it; deleted\n", r.Kind, r.ID)
	}
	return nil
}

// mend removes what a Pulumi that was killed while it wrote left beside the stack's files: half a new one, and the
// attributes of the present one, which it writes in place and without which it does very well.
func (a *app) mend(p *pulumi) error {
	halves, err := filepath.Glob(p.file + ".*.tmp")
	if err != nil {
		return err
	}
	attributes, err := filepath.Glob(p.file + "*.attrs")
	if err != nil {
		return err
	}
	locks, err := filepath.Glob(a.path("state", ".pulumi", "locks", "organization", p.project, p.stack, "*.attrs"))
	if err != nil {
		return err
	}
	for _, file := range append(attributes, locks...) {
		if text, err := os.ReadFile(file); err == nil && !json.Valid(text) {
			halves = append(halves, file)
		}
	}
	for _, file := range halves {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}
