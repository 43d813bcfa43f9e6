package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"paddock/sandbox/daemon"
)

// state is a stack's file as it is, so that what this program knows nothing of is written back unharmed.
type state map[string]any

func readState(file string) (state, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s state
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // a float64 would round large ones
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// latest is the part that holds resources and operations.
func (s state) latest() map[string]any {
	checkpoint, _ := s["checkpoint"].(map[string]any)
	latest, _ := checkpoint["latest"].(map[string]any)
	return latest
}

// pending are the operations that had begun when the state was last written, of whatever kind.
func (s state) pending() []any {
	list, _ := s.latest()["pending_operations"].([]any)
	return list
}

// adopt moves the resources whose create the cloud carried out among the stack's own; a refresh then reads what they have
// become. The other pending operations are dropped: the refresh sees how updates and deletes ended, and `up` does what was
// not done. (Pulumi's own --import-pending-creates drops the resource as well.)
func (a *app) adopt(ctx context.Context, s state) error {
	latest := s.latest()
	resources, _ := latest["resources"].([]any)
	for _, op := range s.pending() {
		op, _ := op.(map[string]any)
		resource, _ := op["resource"].(map[string]any)
		urn, _ := resource["urn"].(string)
		if op["type"] != "creating" || urn == "" {
			continue
		}
		query := url.Values{"urn": {urn}, "known": known(resources, urn)}
		var made daemon.Created
		if err := a.client().Call(ctx, http.MethodGet, "/created?"+query.Encode(), nil, &made); err != nil {
			return err
		}
		if made.ID != "" {
			resource["id"], resource["outputs"] = made.ID, map[string]any{}
			resources = append(resources, resource) // last: what it depends on was there before it
		}
	}
	latest["resources"] = resources
	delete(latest, "pending_operations")
	return nil
}

// known are the ids under which the state has the resource already: the old one of a replacement is not the one that a
// pending create made.
func known(resources []any, urn string) []string {
	var ids []string
	for _, r := range resources {
		r, _ := r.(map[string]any)
		if id, ok := r["id"].(string); ok && r["urn"] == urn {
			ids = append(ids, id)
		}
	}
	return ids
}
