package main

import (
	"crypto/rand"
	_ "embed" // the page
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

//go:embed page.html
var page string

// largestBody bounds what a user may send.
const largestBody = 16 << 10

// server is the page and what the page asks for.
type server struct {
	backend *backend
	log     *slog.Logger
}

func routes(b *backend, log *slog.Logger) http.Handler {
	s := &server{b, log}
	say := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, text) }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /api/jobs", s.list)
	mux.HandleFunc("POST /api/jobs", s.add)
	mux.HandleFunc("GET /work", work())
	mux.HandleFunc("GET /smoke", s.smoke)
	mux.HandleFunc("GET /healthz", say("ok")) // without backend this still serves: it must not go down with it
	mux.HandleFunc("GET /livez", say("ok"))
	mux.HandleFunc("GET /version", say(version))
	return logged(log, mux)
}

func (s *server) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
	fmt.Fprint(w, strings.ReplaceAll(page, "{{version}}", version))
}

func (s *server) list(w http.ResponseWriter, r *http.Request) { s.pass(w, r, nil) }

// add gives the job its id, so that it is one job however often backend must be asked.
func (s *server) add(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestBody)).Decode(&ask); err != nil {
		s.answer(w, http.StatusBadRequest, fmt.Sprintf(`want {"title": "..."}: %v`, err))
		return
	}
	ask.ID = rand.Text()
	body, err := json.Marshal(ask)
	if err != nil {
		s.answer(w, http.StatusInternalServerError, err.Error())
		return
	}
	s.pass(w, r, body)
}

// pass hands on to backend, and its answer back.
func (s *server) pass(w http.ResponseWriter, r *http.Request, body []byte) {
	a, err := s.backend.ask(r.Context(), r.Method, "/jobs", body)
	switch {
	case r.Context().Err() != nil: // whoever asked has gone
		return
	case errors.Is(err, errAway):
		w.Header().Set("Retry-After", "5")
		s.answer(w, http.StatusServiceUnavailable, "the jobs cannot be had at the moment")
		return
	case err != nil:
		s.answer(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil {
		s.log.Warn("the answer did not arrive", "cause", err)
	}
}

// smoke is what a release is judged by: this process serves and reaches backend.
func (s *server) smoke(w http.ResponseWriter, r *http.Request) {
	a, err := s.backend.once(r.Context(), http.MethodGet, "/smoke", nil)
	switch {
	case err != nil:
		http.Error(w, fmt.Sprintf("backend: %v", err), http.StatusBadGateway)
	case a.status != http.StatusOK:
		http.Error(w, fmt.Sprintf("backend: %d: %s", a.status, a.body), http.StatusBadGateway)
	default:
		fmt.Fprintln(w, "ok")
	}
}

func (s *server) answer(w http.ResponseWriter, status int, fault string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]string{"error": fault}); err != nil {
		s.log.Warn("the answer did not arrive", "cause", err)
	}
}
