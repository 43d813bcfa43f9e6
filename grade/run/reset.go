package run

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/grade/workload"
)

// Shrinker ends instances; cloud.Groups is one.
type Shrinker interface {
	Bounds(ctx context.Context) (least, most int, err error)
	Terminate(ctx context.Context, instances []string) error
}

const (
	resetPoll  = time.Second
	resetTells = 20 * time.Second // between two lines of what is waited for
)

// Reset takes the workload away and waits until there are no more nodes than base. With a shrinker, nodes that hold nothing
// but what every node has are ended at once, down to the groups' least size, and base does not matter: only the local cloud's
// are, since there a wait for the autoscaler would teach nothing. Without one the autoscaler is waited for.
func Reset(ctx context.Context, api API, shrink Shrinker, base int, say func(string, ...any)) error {
	if there, err := workload.Remove(ctx, api); err != nil {
		return err
	} else if there {
		say("reset: the workload is gone")
	}
	ended, told, since := map[string]bool{}, 0, time.Now()
	for {
		s, err := Look(ctx, api, nil)
		if err != nil {
			return fmt.Errorf("reset: %w", err)
		}
		nodes, want := len(s.Instance), base
		if shrink != nil {
			if want, err = s.shrink(ctx, shrink, ended, say); err != nil {
				return fmt.Errorf("reset: %w", err)
			}
		}
		if nodes <= want {
			if shrink == nil {
				return nil
			}
			return unmark(ctx, api, say)
		}
		if shrink == nil && nodes != told {
			say("reset: %d nodes; the autoscaler will take some away until there are %d", nodes, base)
			told = nodes
		}
		if shrink != nil && time.Since(since) >= resetTells {
			say("reset: waiting until %d nodes are %d", nodes, want)
			since = time.Now()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("reset: %d nodes, wanted %d: %w", nodes, want, ctx.Err())
		case <-time.After(resetPoll):
		}
	}
}

// unmarked is how many looks in a row must find no mark. The autoscaler looks each second or so, and may know for a minute of
// nodes that are gone.
const unmarked = 4

// unmark takes the autoscaler's marks off the nodes that stay, until it sets none any more: the next run's pods would all be put on
// the others.
func unmark(ctx context.Context, api API, say func(string, ...any)) error {
	for clean, told := 0, time.Now(); ; {
		s, err := Look(ctx, api, nil)
		if err != nil {
			return fmt.Errorf("reset: %w", err)
		}
		if clean++; len(s.marked) > 0 {
			clean = 0
		}
		if clean == unmarked {
			return nil
		}
		if time.Since(told) >= resetTells {
			say("reset: the autoscaler still marks nodes that have room as to be removed: %d now", len(s.marked))
			told = time.Now()
		}
		for node, others := range s.marked {
			if others == nil {
				others = []corev1.Taint{}
			}
			if err := api.Merge(ctx, "/api/v1/nodes/"+node, map[string]any{"spec": map[string]any{"taints": others}}); err != nil {
				return fmt.Errorf("reset: node %s: take the autoscaler's mark off it: %w", node, err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("reset: nodes are marked by the autoscaler: %w", ctx.Err())
		case <-time.After(resetPoll):
		}
	}
}

// shrink ends empty nodes above the groups' least size, and gives how many nodes should be left.
func (s Survey) shrink(ctx context.Context, shrink Shrinker, ended map[string]bool, say func(string, ...any)) (int, error) {
	least, _, err := shrink.Bounds(ctx)
	if err != nil {
		return 0, err
	}
	want, ids := len(s.Instance), []string(nil)
	for node, id := range s.Instance {
		if s.Loads[node] != 0 || want <= least {
			continue
		}
		want--
		if !ended[id] {
			ended[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return want, nil
	}
	say("reset: %d empty nodes of the local cloud end now; on AWS the autoscaler would take minutes", len(ids))
	return want, shrink.Terminate(ctx, ids)
}
