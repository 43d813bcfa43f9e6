package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var quiet = slog.New(slog.DiscardHandler)

// call asks a handler and returns status and body.
func call(h http.Handler, method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, strings.TrimSpace(w.Body.String())
}

// peer is a backend that says what the test wants, request by request.
type peer struct {
	mu    sync.Mutex
	asked []string // method, path and body
	says  []answer // in order; the last one for all that follow
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	now := p.says[min(len(p.asked), len(p.says)-1)]
	p.asked = append(p.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL.Path, body)))
	p.mu.Unlock()
	if now.status == 0 { // dies while it is asked
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(now.status)
	w.Write(now.body)
}

// with is a frontend in front of a peer.
func with(t *testing.T, patience time.Duration, says ...answer) (http.Handler, *peer) {
	t.Helper()
	p := &peer{says: says}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := newBackend(base, quiet)
	b.patience = patience
	return routes(b, quiet), p
}

func says(status int, body string) answer { return answer{status, []byte(body)} }

func TestRequests(t *testing.T) {
	h, _ := with(t, time.Second, says(200, `{"jobs":[]}`))
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"page", "GET", "/", "", 200, "frontend dev"},
		{"nothing else", "GET", "/other", "", 404, ""},
		{"ready", "GET", "/healthz", "", 200, "ok"},
		{"lives", "GET", "/livez", "", 200, "ok"},
		{"version", "GET", "/version", "", 200, "dev"},
		{"smoke", "GET", "/smoke", "", 200, "ok"},
		{"jobs", "GET", "/api/jobs", "", 200, `{"jobs":[]}`},
		{"no JSON", "POST", "/api/jobs", "title", 400, "want {"},
		{"work", "GET", "/work?ms=1", "", 200, "done"},
		{"too much work", "GET", "/work?ms=501", "", 400, `ms: "501": want 0 to 500`},
		{"no work", "GET", "/work?ms=x", "", 400, `ms: "x": want 0 to 500`},
	} {
		if status, body := call(h, c.method, c.path, c.body); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, body, c.status, c.want)
		}
	}
}

// While backend is released, a user's request waits, and is one job in the end.
func TestWaitsForBackend(t *testing.T) {
	h, p := with(t, 10*time.Second, says(0, ""), says(502, ""), says(503, ""), says(201, `{"id":"x"}`))
	status, body := call(h, "POST", "/api/jobs", `{"title": "a", "id": "the user's own"}`)
	if status != 201 || body != `{"id":"x"}` {
		t.Fatalf("%d %s, want backend's answer", status, body)
	}
	if len(p.asked) != 4 || p.asked[0] != p.asked[3] {
		t.Errorf("backend was asked %q, want the same four times", p.asked)
	}
	var job struct{ ID, Title string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(p.asked[0], "POST /jobs ")), &job); err != nil || len(job.ID) < 20 || job.Title != "a" {
		t.Errorf("asked for %+v, %v, want an id of frontend's", job, err)
	}
}

func TestBackendStaysAway(t *testing.T) {
	h, p := with(t, 300*time.Millisecond, says(503, ""))
	start := time.Now()
	status, body := call(h, "GET", "/api/jobs", "")
	if status != 503 || body != `{"error":"the jobs cannot be had at the moment"}` || len(p.asked) < 2 {
		t.Errorf("%d %s after %d attempts", status, body, len(p.asked))
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v, want about its patience", took)
	}
	if status, body := call(h, "GET", "/smoke", ""); status != 502 || !strings.HasPrefix(body, "backend: GET http://") {
		t.Errorf("smoke: %d %s", status, body)
	}
	if status, _ := call(h, "GET", "/healthz", ""); status != 200 {
		t.Errorf("/healthz: %d: must not go down with backend", status)
	}
}

// What backend refuses is refused, at once.
func TestBackendRefuses(t *testing.T) {
	h, p := with(t, 10*time.Second, says(400, `{"error":"title: 0 characters: want 1 to 200"}`))
	if status, body := call(h, "POST", "/api/jobs", `{"title": ""}`); status != 400 || !strings.Contains(body, "0 characters") || len(p.asked) != 1 {
		t.Errorf("%d %s after %d attempts, want backend's own answer", status, body, len(p.asked))
	}
}

func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		env           map[string]string
		address, base string
		fault         string
	}{
		"nothing":         {nil, ":8080", "http://backend.backend", ""},
		"all":             {map[string]string{"HOST": "127.0.0.9", "PORT": "81", "BACKEND_URL": "http://b:1"}, "127.0.0.9:81", "http://b:1", ""},
		"no such port":    {map[string]string{"PORT": "0"}, "", "", `PORT: "0": want a port, 1 to 65535`},
		"no such backend": {map[string]string{"BACKEND_URL": "backend"}, "", "", `BACKEND_URL: "backend": want a URL`},
		"no such level":   {map[string]string{"LOG_LEVEL": "loud"}, "", "", "LOG_LEVEL: "},
	} {
		got, err := settingsOf(func(k string) (string, bool) { v, ok := c.env[k]; return v, ok })
		switch {
		case c.fault != "":
			if err == nil || !strings.HasPrefix(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %s", name, err, c.fault)
			}
		case err != nil || got.address != c.address || got.backend.String() != c.base:
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The CPU time is used, not slept: probes are answered all the while.
func TestWorkLeavesProbes(t *testing.T) {
	h, _ := with(t, time.Second, says(200, ""))
	requests := 4 * runtime.GOMAXPROCS(0)
	var begun, busy sync.WaitGroup
	var done atomic.Int64
	begun.Add(requests)
	for range requests {
		busy.Go(func() {
			begun.Done()
			call(h, "GET", "/work?ms=200", "")
			done.Add(1)
		})
	}
	begun.Wait()
	call(h, "GET", "/healthz", "")
	if done.Load() == int64(requests) {
		t.Error("/healthz was answered only when all work was done")
	}
	busy.Wait()
}
