package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// Backend is a single process with a volume: a release of it stops the old one before the new one starts. A request that comes in
// between waits for the new one.
const (
	patience = 30 * time.Second       // for an answer, all attempts together; a load balancer's is 60 s
	attempt  = 5 * time.Second        // for one
	pause    = 100 * time.Millisecond // after the first; doubled after each, up to longestPause
	longest  = time.Second
	largest  = 1 << 20 // bytes of an answer
)

// backend asks the service backend.
type backend struct {
	base     *url.URL
	client   *http.Client
	patience time.Duration
	log      *slog.Logger
}

func newBackend(base *url.URL, log *slog.Logger) *backend {
	transport := http.DefaultTransport.(*http.Transport).Clone() // which honours HTTP_PROXY
	transport.MaxIdleConnsPerHost = 100                          // all requests go to one host; the default keeps 2
	return &backend{base: base, client: &http.Client{Transport: transport}, patience: patience, log: log}
}

// answer is what backend says.
type answer struct {
	status int
	body   []byte
}

// errAway says that no answer came in time.
var errAway = errors.New("backend does not answer")

// ask asks until there is an answer that is backend's own, or patience ends. What is asked must bear being asked twice: an
// attempt without an answer may have been heard.
func (b *backend) ask(ctx context.Context, method, path string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, b.patience)
	defer cancel()
	for n, wait := 1, pause; ; n, wait = n+1, min(2*wait, longest) {
		a, err := b.once(ctx, method, path, body)
		if err == nil {
			return a, nil
		}
		b.log.Warn("backend does not answer", "attempt", n, "cause", err)
		select {
		case <-ctx.Done():
			return answer{}, fmt.Errorf("%w: %d attempts, the last: %w", errAway, n, err)
		case <-time.After(wait/2 + rand.N(wait)): // spread, so that those who wait do not all come back at once
		}
	}
}

func (b *backend) once(ctx context.Context, method, path string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	got, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	switch got.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout: // what stands in front of a backend that is away
		return answer{}, fmt.Errorf("%s %s: %s", method, r.URL, got.Status)
	}
	text, err := io.ReadAll(io.LimitReader(got.Body, largest))
	return answer{got.StatusCode, text}, err
}
