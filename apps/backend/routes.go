package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// What a job may be.
const (
	longestID    = 64
	longestTitle = 200
	listed       = 100
	largestBody  = 16 << 10
)

// server answers for the jobs.
type server struct {
	jobs *store
	log  *slog.Logger
}

func routes(jobs *store, log *slog.Logger) http.Handler {
	s := &server{jobs, log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jobs", s.list)
	mux.HandleFunc("POST /jobs", s.add)
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /smoke", s.healthy)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, version) })
	return logged(log, mux)
}

// healthy says whether jobs can be had. That it answers at all is /livez's: a restart mends no disk.
func (s *server) healthy(w http.ResponseWriter, r *http.Request) {
	if err := s.jobs.check(r.Context()); err != nil {
		s.log.Error("is not ready", "cause", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *server) list(w http.ResponseWriter, r *http.Request) {
	jobs, err := s.jobs.last(r.Context(), listed)
	if err != nil {
		s.fail(w, err)
		return
	}
	s.answer(w, http.StatusOK, map[string]any{"jobs": jobs})
}

func (s *server) add(w http.ResponseWriter, r *http.Request) {
	j, err := wanted(http.MaxBytesReader(w, r.Body, largestBody))
	if err != nil {
		s.answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	j.Created = time.Now()
	kept, added, err := s.jobs.add(r.Context(), j)
	switch {
	case err != nil:
		s.fail(w, err)
	case added:
		s.answer(w, http.StatusCreated, kept)
	default:
		s.answer(w, http.StatusOK, kept)
	}
}

// wanted reads a job that is asked for. Without an id it gets one.
func wanted(body io.Reader) (j job, err error) {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	var ask struct{ ID, Title string }
	if err := dec.Decode(&ask); err != nil {
		return j, fmt.Errorf(`want {"title": "..."}: %w`, err)
	}
	ask.Title = strings.TrimSpace(ask.Title)
	var faults []error
	if n := utf8.RuneCountInString(ask.Title); n == 0 || n > longestTitle {
		faults = append(faults, fmt.Errorf("title: %d characters: want 1 to %d", n, longestTitle))
	}
	if len(ask.ID) > longestID {
		faults = append(faults, fmt.Errorf("id: %d bytes: want at most %d", len(ask.ID), longestID))
	}
	if ask.ID == "" {
		ask.ID = rand.Text()
	}
	return job{ID: ask.ID, Title: ask.Title}, errors.Join(faults...)
}

// fail tells the log why, and whoever asked that.
func (s *server) fail(w http.ResponseWriter, err error) {
	s.log.Error("request failed", "cause", err)
	s.answer(w, http.StatusInternalServerError, map[string]string{"error": "the jobs cannot be had at the moment"})
}

func (s *server) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.log.Warn("the answer did not arrive", "cause", err)
	}
}
