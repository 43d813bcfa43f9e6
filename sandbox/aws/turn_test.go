package aws

import (
	"context"
	"errors"
	"testing"
)

// One cluster's nodes do not keep another's waiting, and whoever is called off does not wait.
func TestTurns(t *testing.T) {
	c := stocked(t)
	of := func(cluster string) *Record { return &Record{ID: "i-1", State: Props{"cluster": cluster}} }
	var last func()
	for range turnsEach {
		done, err := c.turn(t.Context(), of("dev"))
		if err != nil {
			t.Fatal(err)
		}
		last = done
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.turn(over, of("dev")); !errors.Is(err, context.Canceled) {
		t.Errorf("one too many: %v, want that it was called off", err)
	}
	if _, err := c.turn(t.Context(), of("prod")); err != nil {
		t.Error(err)
	}
	last()
	if _, err := c.turn(t.Context(), of("dev")); err != nil {
		t.Error(err)
	}
}

// What scales a group is forgotten with the group, once its loop rests.
func TestScalersAreRetired(t *testing.T) {
	c := &Cloud{scaling: map[string]*scaler{}}
	c.scaler("idle")
	c.scaler("busy").looping = true
	for _, group := range []string{"idle", "busy", "unknown"} {
		c.retire(group)
	}
	if len(c.scaling) != 1 {
		t.Fatalf("%d scalers, want the one at work", len(c.scaling))
	}
	if !c.rests("busy", c.scaling["busy"]) || len(c.scaling) != 0 {
		t.Errorf("%d scalers are left", len(c.scaling))
	}
}
