package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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

func opened(t *testing.T, dir string) *store {
	t.Helper()
	s, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

func TestRequests(t *testing.T) {
	h := routes(opened(t, t.TempDir()), quiet)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"no job yet", "GET", "/jobs", "", 200, `{"jobs":[]}`},
		{"a job", "POST", "/jobs", `{"id": "a", "title": " feed the cattle "}`, 201, `"title":"feed the cattle"`},
		{"asked again for want of an answer", "POST", "/jobs", `{"id": "a", "title": "feed the cattle"}`, 200, `"id":"a"`},
		{"there is one", "GET", "/jobs", "", 200, `{"jobs":[{"id":"a","title":"feed the cattle"`},
		{"no title", "POST", "/jobs", `{"title": " "}`, 400, "title: 0 characters: want 1 to 200"},
		{"long title", "POST", "/jobs", `{"title": "` + strings.Repeat("é", 201) + `"}`, 400, "title: 201 characters"},
		{"long id", "POST", "/jobs", `{"title": "a", "id": "` + strings.Repeat("x", 65) + `"}`, 400, "id: 65 bytes: want at most 64"},
		{"unknown field", "POST", "/jobs", `{"name": "a"}`, 400, `unknown field`},
		{"too much", "POST", "/jobs", `{"title": "` + strings.Repeat("x", 17<<10) + `"}`, 400, "too large"},
		{"wrong method", "DELETE", "/jobs", "", 405, "Method Not Allowed"},
		{"ready", "GET", "/healthz", "", 200, "ok"},
		{"lives", "GET", "/livez", "", 200, "ok"},
		{"smoke", "GET", "/smoke", "", 200, "ok"},
		{"version", "GET", "/version", "", 200, "dev"},
	} {
		if status, body := call(h, c.method, c.path, c.body); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, body, c.status, c.want)
		}
	}
}

// A new process on the same volume has what the one before it kept.
func TestPersists(t *testing.T) {
	dir := t.TempDir()
	first := opened(t, dir)
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i, title := range []string{"first", "second"} {
		if _, added, err := first.add(t.Context(), job{ID: title, Title: title, Created: now.Add(time.Duration(i) * time.Second)}); err != nil || !added {
			t.Fatal(added, err)
		}
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	jobs, err := opened(t, dir).last(t.Context(), 10)
	if err != nil || len(jobs) != 2 || jobs[0].Title != "second" || !jobs[1].Created.Equal(now) {
		t.Errorf("jobs = %v, %v", jobs, err)
	}
}

func TestHealthLosesDatabase(t *testing.T) {
	s := opened(t, t.TempDir())
	h := routes(s, quiet)
	s.close()
	if status, body := call(h, "GET", "/healthz", ""); status != 503 || !strings.HasPrefix(body, "database: ") {
		t.Errorf("/healthz: %d %s, want 503 and the cause", status, body)
	}
	if status, _ := call(h, "GET", "/livez", ""); status != 200 {
		t.Errorf("/livez: %d: a restart mends no database", status)
	}
	if status, body := call(h, "GET", "/jobs", ""); status != 500 || strings.Contains(body, "sql") {
		t.Errorf("/jobs: %d %s, want 500 and nothing of the database's own", status, body)
	}
}

func TestOpenFaults(t *testing.T) {
	if _, err := open(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "jobs.db: ") {
		t.Errorf("no folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jobs.db"), []byte(strings.Repeat("not a database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("somebody else's file: %v", err)
	}
}

func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		env   map[string]string
		want  settings
		fault string
	}{
		"nothing":       {nil, settings{":8080", "/data", slog.LevelInfo}, ""},
		"all":           {map[string]string{"HOST": "127.0.0.9", "PORT": "81", "DATA_DIR": "/d", "LOG_LEVEL": "debug"}, settings{"127.0.0.9:81", "/d", slog.LevelDebug}, ""},
		"no such port":  {map[string]string{"PORT": "http"}, settings{}, `PORT: "http": want a port, 1 to 65535`},
		"no such level": {map[string]string{"LOG_LEVEL": "loud"}, settings{}, "LOG_LEVEL: "},
	} {
		got, err := settingsOf(func(k string) (string, bool) { v, ok := c.env[k]; return v, ok })
		if c.fault != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.fault) {
				t.Errorf("%s: %v, want %s", name, err, c.fault)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

// What is asked before SIGTERM is answered after it.
func TestDrains(t *testing.T) {
	ctx, term := context.WithCancel(t.Context())
	asked, ended := make(chan struct{}), make(chan error, 1)
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond)
		io.WriteString(w, "whole")
	})
	address := freeAddress(t)
	go func() { ended <- serve(ctx, address, slow, quiet) }()
	got := make(chan string, 1)
	go func() {
		for range 100 { // until it listens
			if r, err := http.Get("http://" + address); err == nil {
				body, _ := io.ReadAll(r.Body)
				r.Body.Close()
				got <- string(body)
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		got <- "no answer"
	}()
	<-asked
	term()
	if body, err := <-got, <-ended; body != "whole" || err != nil {
		t.Errorf("answer %q, end %v", body, err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// The log says what was asked and what came of it, in JSON, and nothing of probes that find all well.
func TestLog(t *testing.T) {
	var out strings.Builder
	s := opened(t, t.TempDir())
	h := routes(s, slog.New(slog.NewJSONHandler(&out, nil)))
	for _, path := range []string{"/healthz", "/livez", "/jobs"} {
		call(h, "GET", path, "")
	}
	var line struct {
		Method, Path string
		Status       int
	}
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil || line.Path != "/jobs" || line.Status != 200 {
		t.Errorf("log: %v\n%s", err, &out)
	}
}
