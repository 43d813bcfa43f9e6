package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// notes is as much of GitLab's API as a note takes.
type notes struct {
	url  string
	lock sync.Mutex
	list []map[string]any
}

func newNotes(t *testing.T) *notes {
	n := &notes{}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	n.url = server.URL + "/api/v4"
	return n
}

func (n *notes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.lock.Lock()
	defer n.lock.Unlock()
	const path = "/api/v4/projects/1217/merge_requests/7"
	var sent struct{ Body string }
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &sent) // there is none with GET
	me := map[string]any{"id": 1, "username": "paddock"}
	answer := func(code int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v) // the client went
	}
	var note int
	found, _ := fmt.Sscanf(r.URL.Path, path+"/notes/%d", &note)
	switch {
	case r.Header.Get("Private-Token") != "the-token":
		answer(http.StatusUnauthorized, map[string]any{"message": "401 Unauthorized"})
	case r.URL.Path == "/api/v4/user":
		answer(http.StatusOK, me)
	case r.URL.Path == path:
		answer(http.StatusOK, map[string]any{"iid": 7, "labels": []string{}})
	case r.URL.Path == path+"/notes" && r.Method == http.MethodGet:
		answer(http.StatusOK, n.list)
	case r.URL.Path == path+"/notes" && r.Method == http.MethodPost:
		made := map[string]any{"id": len(n.list) + 1, "body": sent.Body, "author": me, "system": false}
		n.list = append(n.list, made)
		answer(http.StatusCreated, made)
	case found == 1 && r.Method == http.MethodPut && note <= len(n.list):
		n.list[note-1]["body"] = sent.Body
		answer(http.StatusOK, n.list[note-1])
	default:
		answer(http.StatusNotFound, map[string]any{"message": "404 Not Found"})
	}
}

// only is the body of the one note that there is.
func (n *notes) only(t *testing.T) string {
	t.Helper()
	n.lock.Lock()
	defer n.lock.Unlock()
	if len(n.list) != 1 {
		t.Fatalf("%d notes, want one", len(n.list))
	}
	return fmt.Sprint(n.list[0]["body"])
}
