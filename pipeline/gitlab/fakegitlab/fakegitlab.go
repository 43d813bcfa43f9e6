// Package fakegitlab is a GitLab for tests: the notes API of one merge request, with paging, scopes and refusals as GitLab has
// them. It records what it is asked and can be made to fail.
package fakegitlab

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Where the merge request is, and how many characters GitLab takes.
const (
	Project = "17"
	IID     = 4

	mostCharacters = 1_000_000
)

// Account is who a token belongs to.
type Account struct {
	ID    int64
	Scope string // api or read_api
}

// Note is one of the merge request's.
type Note struct {
	ID     int64   `json:"id"`
	Body   string  `json:"body"`
	System bool    `json:"system"`
	Author Account `json:"-"`
}

// Request is one that was made.
type Request struct{ Method, Path, Query, Token, Body string }

// Fault is an answer in place of the right one.
type Fault struct {
	Method string
	Path   string // what the path ends with
	Status int
	Header map[string]string
	Times  int  // how often
	After  bool // it is done nevertheless: only the answer is lost
}

// Server is a GitLab.
type Server struct {
	URL string // of the API, as CI_API_V4_URL says it

	mu       sync.Mutex
	Accounts map[string]Account // by token
	Notes    []Note
	Labels   []string
	Faults   []*Fault
	Requests []Request
	OnUpdate func(*Server) // called before a note is updated, under the lock
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{Accounts: map[string]Account{}}
	http := httptest.NewServer(s)
	t.Cleanup(http.Close)
	s.URL = http.URL + "/api/v4"
	return s
}

// Did lists the requests, one a line, without what is said in them.
func (s *Server) Did() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.Requests {
		out = append(out, r.Method+" "+strings.TrimPrefix(r.Path, "/api/v4"))
	}
	return out
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.Requests = append(s.Requests, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Private-Token"), string(body)})
	if f := s.fault(r); f != nil {
		if f.After {
			s.serve(httptest.NewRecorder(), r, body)
		}
		for key, value := range f.Header {
			w.Header().Set(key, value)
		}
		answer(w, f.Status, map[string]string{"message": fmt.Sprintf("%d %s", f.Status, http.StatusText(f.Status))})
		return
	}
	s.serve(w, r, body)
}

func (s *Server) fault(r *http.Request) *Fault {
	for _, f := range s.Faults {
		if f.Times > 0 && f.Method == r.Method && strings.HasSuffix(r.URL.Path, f.Path) {
			f.Times--
			return f
		}
	}
	return nil
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	me, known := s.Accounts[r.Header.Get("Private-Token")]
	mr := fmt.Sprintf("/api/v4/projects/%s/merge_requests/%d", Project, IID)
	id, isNote := strings.CutPrefix(r.URL.Path, mr+"/notes/")
	switch {
	case !known:
		answer(w, 401, map[string]string{"message": "401 Unauthorized"})
	case me.Scope != "api" && r.Method != http.MethodGet:
		answer(w, 403, map[string]string{"error": "insufficient_scope", "error_description": "The request requires higher privileges " +
			"than provided by the access token."})
	case r.URL.Path == "/api/v4/user":
		answer(w, 200, map[string]any{"id": me.ID, "username": "project_17_bot"})
	case r.URL.Path == mr:
		answer(w, 200, map[string]any{"iid": IID, "labels": s.Labels})
	case r.URL.Path == mr+"/notes" && r.Method == http.MethodGet:
		s.list(w, r)
	case r.URL.Path == mr+"/notes" && r.Method == http.MethodPost:
		s.create(w, me, body)
	case isNote && r.Method == http.MethodPut:
		s.update(w, me, id, body)
	default:
		answer(w, 404, map[string]string{"message": "404 Not found"})
	}
}

// list pages as GitLab does: 20 at a time unless asked, 100 at most, the newest first unless asked.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	per, page := 20, 1
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		per = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		page = n
	}
	notes := slices.Clone(s.Notes)
	if r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(notes)
	}
	from := min((page-1)*per, len(notes))
	to := min(from+per, len(notes))
	next := ""
	if to < len(notes) {
		next = strconv.Itoa(page + 1)
	}
	w.Header().Set("X-Next-Page", next)
	w.Header().Set("X-Page", strconv.Itoa(page))
	w.Header().Set("X-Per-Page", strconv.Itoa(per))
	out := []map[string]any{}
	for _, n := range notes[from:to] {
		out = append(out, shown(n))
	}
	answer(w, 200, out)
}

func shown(n Note) map[string]any {
	return map[string]any{"id": n.ID, "body": n.Body, "system": n.System, "author": map[string]any{"id": n.Author.ID}}
}

func (s *Server) create(w http.ResponseWriter, me Account, body []byte) {
	text, fine := s.text(w, body)
	if !fine {
		return
	}
	id := int64(1)
	for _, n := range s.Notes {
		id = max(id, n.ID+1)
	}
	s.Notes = append(s.Notes, Note{ID: id, Body: text, Author: me})
	answer(w, 201, shown(s.Notes[len(s.Notes)-1]))
}

func (s *Server) update(w http.ResponseWriter, me Account, id string, body []byte) {
	if s.OnUpdate != nil {
		s.OnUpdate(s)
	}
	at := slices.IndexFunc(s.Notes, func(n Note) bool { return strconv.FormatInt(n.ID, 10) == id })
	if at < 0 {
		answer(w, 404, map[string]string{"message": "404 Note Not Found"})
		return
	}
	if s.Notes[at].Author.ID != me.ID {
		answer(w, 403, map[string]string{"message": "403 Forbidden"})
		return
	}
	if text, fine := s.text(w, body); fine {
		s.Notes[at].Body = text
		answer(w, 200, shown(s.Notes[at]))
	}
}

func (s *Server) text(w http.ResponseWriter, body []byte) (string, bool) {
	var in struct{ Body string }
	err := json.Unmarshal(body, &in)
	if err != nil || in.Body == "" || len([]rune(in.Body)) > mostCharacters {
		answer(w, 400, map[string]any{"message": map[string]any{"note": []string{"is too long (maximum is 1000000 characters)"}}})
		return "", false
	}
	return in.Body, true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
