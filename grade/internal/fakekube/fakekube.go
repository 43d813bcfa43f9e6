// Package fakekube is an API server for tests: it lists and watches what it is given, and can be made to fail.
package fakekube

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"paddock/grade/kube"
)

// Server holds objects by the path of their list. Every change reaches the watches of that path.
type Server struct {
	Client *kube.Client

	mu      sync.Mutex
	lists   map[string]map[string]any // path, then name
	version int
	made    map[string]time.Time // by path: when the last object came
	watches map[string]map[chan []byte]bool
	broken  map[string]int // path to status; 0 = never answer
	http    *httptest.Server
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{lists: map[string]map[string]any{"/api/v1/namespaces": {}}, watches: map[string]map[chan []byte]bool{}, made: map[string]time.Time{}, broken: map[string]int{}}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.Stop)
	client, err := kube.FromConfig(&rest.Config{Host: s.http.URL})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = client
	return s
}

// Stop ends the server: nobody listens any more.
func (s *Server) Stop() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Break makes a path answer with a status; 200 mends it.
func (s *Server) Break(path string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.broken, path)
	if status != http.StatusOK {
		s.broken[path] = status
	}
}

// Put adds or changes an object.
func (s *Server) Put(path, name string, object map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := "MODIFIED"
	if s.lists[path] == nil {
		s.lists[path] = map[string]any{}
	}
	if s.lists[path][name] == nil {
		kind = "ADDED"
		s.made[path] = time.Now()
	}
	s.version++
	meta, _ := object["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		object["metadata"] = meta
	}
	meta["name"], meta["resourceVersion"] = name, strconv.Itoa(s.version)
	s.lists[path][name] = object
	s.tell(path, kind, object)
}

// Delete removes an object.
func (s *Server) Delete(path, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if object := s.lists[path][name]; object != nil {
		delete(s.lists[path], name)
		s.tell(path, "DELETED", object)
	}
}

// Names lists what a path holds.
func (s *Server) Names(path string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name := range s.lists[path] {
		out = append(out, name)
	}
	return out
}

// Made tells when the last object of a path was made.
func (s *Server) Made(path string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made[path]
}

func (s *Server) tell(path, kind string, object any) {
	line, _ := json.Marshal(map[string]any{"type": kind, "object": object})
	for watch := range s.watches[path] {
		watch <- line
	}
}

// ServeHTTP answers lists, watches, single objects, creations and deletions.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	status, broken := s.broken[r.URL.Path]
	s.mu.Unlock()
	switch {
	case broken && status == 0:
		<-r.Context().Done()
	case broken:
		http.Error(w, "broken on purpose", status)
	case r.URL.Query().Get("watch") != "":
		s.watch(w, r)
	case r.Method == http.MethodPost:
		var object map[string]any
		_ = json.NewDecoder(r.Body).Decode(&object)
		meta, _ := object["metadata"].(map[string]any)
		name, _ := meta["name"].(string)
		s.Put(r.URL.Path, name, object)
		_ = json.NewEncoder(w).Encode(object)
	case r.Method == http.MethodGet || r.Method == http.MethodDelete:
		s.one(w, r)
	default:
		_, _ = w.Write([]byte("{}"))
	}
}

// one answers a list, or else a single object.
func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	list, isList := s.lists[r.URL.Path]
	items := []any{}
	for _, object := range list {
		items = append(items, object)
	}
	version := strconv.Itoa(s.version)
	slash := strings.LastIndex(r.URL.Path, "/")
	folder, name := r.URL.Path[:slash], r.URL.Path[slash+1:]
	object := s.lists[folder][name]
	text, _ := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": version}, "items": items})
	if object != nil && !isList {
		text, _ = json.Marshal(object)
	}
	s.mu.Unlock()
	switch {
	case r.Method == http.MethodDelete:
		s.Delete(folder, name)
	case object == nil && s.lists[folder] != nil && !isList:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(text)
}

// since tells a watch what has changed between the list before it and its beginning; s.mu is held. Deletions are not kept.
func (s *Server) since(r *http.Request, watch chan<- []byte) {
	seen, err := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	if err != nil {
		return
	}
	for _, object := range s.lists[r.URL.Path] {
		object := object.(map[string]any)
		version, _ := strconv.Atoi(object["metadata"].(map[string]any)["resourceVersion"].(string))
		if version > seen {
			line, _ := json.Marshal(map[string]any{"type": "MODIFIED", "object": object})
			watch <- line
		}
	}
}

func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	lines := make(chan []byte, 1000)
	s.mu.Lock()
	if s.watches[r.URL.Path] == nil {
		s.watches[r.URL.Path] = map[chan []byte]bool{}
	}
	s.watches[r.URL.Path][lines] = true
	s.since(r, lines)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watches[r.URL.Path], lines)
	}()
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case line := <-lines:
			_, _ = w.Write(append(line, '\n'))
			_ = flush.Flush()
		case <-time.After(10 * time.Second):
			return
		}
	}
}
