package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"paddock/sandbox/daemon"
)

// recover clears what a killed Pulumi left: its lock on the stack, and creates of which nobody heard the end. The cloud
// knows how those ended, so they are taken over instead of being made a second time.
func (a *app) recover(ctx context.Context, p *pulumi) error {
	locked, err := a.staleLock(p)
	if err != nil {
		return fmt.Errorf("locks of stack %s: %w", p.stack, err)
	}
	if locked {
		fmt.Fprintf(os.Stderr, "an earlier run on stack %s was killed; releasing its lock\n", p.stack)
		if _, err := p.output("cancel", "--yes"); err != nil {
			return err
		}
	}
	pending, err := pendingCreates(p.file)
	if err != nil || len(pending) == 0 {
		return err
	}
	fmt.Fprintf(os.Stderr, "an earlier run on stack %s was killed while it made %d resources; taking them over\n", p.stack, len(pending))
	return a.adopt(ctx, p, pending)
}

// staleLock tells whether the stack is locked by processes of this machine that are gone.
func (a *app) staleLock(p *pulumi) (bool, error) {
	files, err := filepath.Glob(a.path("state", ".pulumi", "locks", "organization", project, p.stack, "*.json"))
	if err != nil || len(files) == 0 {
		return false, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return false, err
		}
		var lock struct {
			PID int `json:"pid"`
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			return false, fmt.Errorf("%s: %w", file, err)
		}
		if lock.PID > 0 && syscall.Kill(lock.PID, 0) == nil {
			return false, nil // Pulumi itself will say who holds it
		}
	}
	return true, nil
}

// pendingCreates lists the URNs whose create had begun when the state was last written.
func pendingCreates(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var state struct {
		Checkpoint struct {
			Latest struct {
				Pending []struct {
					Type     string `json:"type"`
					Resource struct {
						URN string `json:"urn"`
					} `json:"resource"`
				} `json:"pending_operations"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var urns []string
	for _, op := range state.Checkpoint.Latest.Pending {
		if op.Type == "creating" {
			urns = append(urns, op.Resource.URN)
		}
	}
	return urns, nil
}

// adopt imports the creates that ended well and drops the others, which `up` then makes.
func (a *app) adopt(ctx context.Context, p *pulumi, urns []string) error {
	args := []string{"refresh", "--yes", "--skip-preview", "--clear-pending-creates"}
	for _, urn := range urns {
		var made daemon.Created
		if err := a.client().Call(ctx, http.MethodGet, "/created?urn="+url.QueryEscape(urn), nil, &made); err != nil {
			return err
		}
		if made.ID != "" {
			args = append(args, "--import-pending-creates", urn, "--import-pending-creates", made.ID)
		}
	}
	return p.run(args...)
}
