package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A watch is asked to end after watchFor and is followed by another; one whose server says nothing at all for that long and
// a little more is given up. Between two failures there is a pause.
const (
	watchFor   = 240 * time.Second
	followWait = 500 * time.Millisecond
)

// Object is what every kind has; *T of Follow is one.
type Object[T any] interface {
	*T
	metav1.Object
}

// Handler hears of a kind's objects, one call at a time.
type Handler[T any] struct {
	Replace func(items []T)            // after each list: all that there is
	Change  func(item T, deleted bool) // then each change
	Failed  func(err error)            // the API did not answer; nil error = it does again
}

// Follow lists a path, then watches it, until ctx ends; whatever goes wrong, it lists again. query may hold selectors.
func Follow[T any, P Object[T]](ctx context.Context, c *Client, path, query string, h Handler[T]) {
	failing := false
	for ctx.Err() == nil {
		err := followOnce[T, P](ctx, c, path, query, h, func() {
			if failing {
				failing = false
				h.Failed(nil)
			}
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failing = true
			h.Failed(err)
			select {
			case <-ctx.Done():
			case <-time.After(followWait):
			}
		}
	}
}

// followOnce lists, then watches until the watch ends; an orderly end is no error.
func followOnce[T any, P Object[T]](ctx context.Context, c *Client, path, query string, h Handler[T], works func()) error {
	var list struct {
		Metadata metav1.ListMeta `json:"metadata"`
		Items    []T             `json:"items"`
	}
	if err := c.Get(ctx, path+"?"+query, &list); err != nil {
		return err
	}
	works()
	h.Replace(list.Items)
	version := list.Metadata.ResourceVersion
	for ctx.Err() == nil {
		next, err := watchOnce[T, P](ctx, c, path, query, version, h)
		if err != nil {
			return fmt.Errorf("watch %s: %w", path, err)
		}
		if next == "" { // too old: list again
			return nil
		}
		version = next
	}
	return nil
}

// watchOnce hands on changes after version and gives the last version it saw; "" means that the server has forgotten it.
func watchOnce[T any, P Object[T]](ctx context.Context, c *Client, path, query, version string, h Handler[T]) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, watchFor+Within)
	defer cancel()
	q := fmt.Sprintf("%s?%s&watch=true&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s", path, query, int(watchFor.Seconds()), version)
	body, err := c.open(ctx, http.MethodGet, q, "", nil)
	if err != nil {
		return "", err
	}
	defer body.Close()
	dec := json.NewDecoder(body)
	for {
		var event struct {
			Type   string
			Object json.RawMessage
		}
		if err := dec.Decode(&event); errors.Is(err, io.EOF) {
			return version, nil
		} else if err != nil {
			return "", err
		}
		if event.Type == "ERROR" {
			return "", nil
		}
		var item T
		if err := json.Unmarshal(event.Object, &item); err != nil {
			return "", err
		}
		version = P(&item).GetResourceVersion()
		if event.Type != "BOOKMARK" {
			h.Change(item, event.Type == "DELETED")
		}
	}
}
