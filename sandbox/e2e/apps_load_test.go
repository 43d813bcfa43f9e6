package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// loader sends requests to the front door at a steady rate, as users do: whatever becomes of those before.
type loader struct {
	client *http.Client
	url    func(path string) string
	every  time.Duration

	stop   chan struct{}
	all    sync.WaitGroup
	mu     sync.Mutex
	sent   int
	failed []string
}

func (a *apps) loader(t *testing.T) *loader {
	t.Helper()
	pem, err := os.ReadFile(a.door.CAFile)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	url := func(path string) string { return fmt.Sprintf("https://127.0.0.1:%d%s", a.door.HTTPS, path) }
	return &loader{url: url, every: 100 * time.Millisecond, client: &http.Client{
		Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: shopHost + ".localhost"}, MaxIdleConnsPerHost: 100},
	}}
}

func (l *loader) do(method, path, body string) (int, error) {
	r, err := http.NewRequest(method, l.url(path), strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Host = shopHost + ".localhost" // not every resolver knows names below localhost
	got, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode >= 400 {
		err = fmt.Errorf("%s", strings.TrimSpace(string(text)))
	}
	return got.StatusCode, err
}

func (l *loader) get(path string) (int, error) { return l.do(http.MethodGet, path, "") }

func (l *loader) post(title string) (int, error) {
	return l.do(http.MethodPost, "/api/jobs", fmt.Sprintf(`{"title": %q}`, title))
}

// begin sends a request each time that so much time has gone.
func (l *loader) begin(every time.Duration, request func() (int, error)) {
	l.stop = make(chan struct{})
	l.all.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-tick.C:
				l.all.Go(func() { l.count(request()) })
			}
		}
	})
}

func (l *loader) count(status int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	if err != nil || status >= 400 {
		l.failed = append(l.failed, fmt.Sprintf("%s: %d %v", time.Now().Format("05.000"), status, err))
	}
}

// end waits for the last answer. Not one may be amiss, and there must have been enough to tell.
func (l *loader) end(t *testing.T, least int) {
	t.Helper()
	close(l.stop)
	l.all.Wait()
	t.Logf("%d requests, %d failed", l.sent, len(l.failed))
	if l.sent < least {
		t.Errorf("%d requests, want %d at least", l.sent, least)
	}
	if len(l.failed) > 0 {
		t.Errorf("failed: %s", strings.Join(l.failed[:min(len(l.failed), 10)], "\n"))
	}
}
