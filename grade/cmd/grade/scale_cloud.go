package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"paddock/grade/run"
	"paddock/grade/scale"
	"paddock/grade/workload"
)

// raise lets the groups grow to the nodes that so many pods need, and gives how many that may be, and the way back.
func (b *bench) raise(ctx context.Context, s workload.Setting, pods int) (most int, lower func(), err error) {
	survey, err := run.Look(ctx, b.rig.API, nil)
	if err != nil {
		return 0, nil, err
	}
	nodes := len(survey.Instance) + pods/max(1, survey.Fits(s.RequestMilli, s.RequestMi)) + 1
	group, before, back, err := b.groups.Raise(ctx, nodes)
	if err != nil {
		return 0, nil, err
	}
	if back != nil {
		b.rig.Say("group %s may grow until there are %d nodes, for now; its own largest size is %d", group, nodes, before)
	}
	lower = func() {
		if back == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), restoreMost)
		defer cancel()
		if err := back(ctx); err != nil {
			b.rig.Say("%v; `aws autoscaling update-auto-scaling-group --auto-scaling-group-name %s --max-size %d` puts it back", err, group, before)
		}
	}
	b.rig.Bounds[0], b.rig.Bounds[1], err = b.groups.Bounds(ctx)
	if err != nil {
		lower()
	}
	return b.rig.Bounds[1], lower, err
}

// programs are those of the local cloud, and this one.
func programs(ctx context.Context) ([]scale.Process, error) {
	text, err := sandbox(ctx, "status", "--json")
	if err != nil {
		return nil, err
	}
	var status struct{ Processes []scale.Process }
	if err := json.Unmarshal(text, &status); err != nil {
		return nil, fmt.Errorf("sandbox status: %w", err)
	}
	return append(status.Processes, scale.Process{Name: "grade", PID: os.Getpid()}), nil
}
