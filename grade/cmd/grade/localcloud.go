package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"time"

	"paddock/grade/measure"
	"paddock/grade/run"
)

// inForce is what a record tells of the target: what the cluster says, what the local cloud says, and what --note says.
func (o *options) inForce(ctx context.Context, api run.API) (map[string]string, error) {
	notes := run.Notes(ctx, api)
	if o.target == run.Cluster {
		notes[measure.KeyLag] = "10s" // kubelets take usage every 10 s
	} else {
		text, err := sandbox(ctx, "conditions", "--json")
		if err != nil {
			return nil, err
		}
		delays, err := delays(text)
		if err != nil {
			return nil, err
		}
		if o.real.service == "" {
			notes[measure.KeyScrapes] = "1" // KWOK tells what a pod uses at the moment of the scrape, not its mean since the last
		}
		maps.Copy(notes, delays)
	}
	maps.Copy(notes, o.notes)
	return notes, nil
}

// conditions sets delays of the local cloud, those that are not negative, and gives the way back.
func conditions(ctx context.Context, boot, pull time.Duration) (func(context.Context) error, error) {
	text, err := sandbox(ctx, "conditions", "--json")
	if err != nil {
		return nil, err
	}
	before, err := delays(text)
	if err != nil {
		return nil, err
	}
	there, back := []string{"conditions"}, []string{"conditions"}
	add := func(flag, key string, to time.Duration) {
		if to >= 0 {
			there, back = append(there, flag, to.String()), append(back, flag, cmp.Or(before[key], "0s"))
		}
	}
	add("--boot-delay", measure.KeyBoot, boot)
	add("--pull-delay", measure.KeyPull, pull)
	_, err = sandbox(ctx, there...)
	return func(ctx context.Context) error {
		_, err := sandbox(ctx, back...)
		return err
	}, err
}

// delays are those conditions of the local cloud on which floors depend.
func delays(text []byte) (map[string]string, error) {
	var conditions struct{ BootDelay, PullDelay string }
	if err := json.Unmarshal(text, &conditions); err != nil {
		return nil, fmt.Errorf("sandbox conditions: %w", err)
	}
	out := map[string]string{}
	for key, value := range map[string]string{measure.KeyBoot: conditions.BootDelay, measure.KeyPull: conditions.PullDelay} {
		if value != "" {
			out[key] = value
		}
	}
	return out, nil
}

func sandbox(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "sandbox", args...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("sandbox %s: %w; is it on PATH, by `. .sandbox/env`?", args[0], err)
	}
	return text, nil
}

// audit reads from the local cloud when the size of a group was asked for.
func audit(ctx context.Context, since time.Time) ([]time.Time, error) {
	text, err := sandbox(ctx, "calls", "--json")
	if err != nil {
		return nil, err
	}
	var calls []struct {
		Time            time.Time
		Action, Outcome string
	}
	if err := json.Unmarshal(text, &calls); err != nil {
		return nil, fmt.Errorf("sandbox calls: %w", err)
	}
	var out []time.Time
	for _, c := range calls {
		if c.Action == "autoscaling:SetDesiredCapacity" && c.Outcome == "ok" && c.Time.After(since) {
			out = append(out, c.Time)
		}
	}
	return out, nil
}
