package kube_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"paddock/grade/kube"
)

func client(t *testing.T, handle http.HandlerFunc) *kube.Client {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	c, err := kube.FromConfig(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrorsAreKubernetes(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"kind":"Status","status":"Failure","reason":"AlreadyExists","code":409,"message":"there is one"}`)
		case "/gone":
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"kind":"Status","status":"Failure","reason":"NotFound","code":404}`)
		case "/proxy":
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "service unavailable")
		}
	})
	ctx := context.Background()
	if err := c.Get(ctx, "/status", nil); !apierrors.IsAlreadyExists(err) || !strings.Contains(err.Error(), "GET /status: there is one") {
		t.Errorf("%v", err)
	}
	if err := c.Get(ctx, "/proxy", nil); !apierrors.IsServiceUnavailable(err) || !strings.Contains(err.Error(), "service unavailable") {
		t.Errorf("%v", err)
	}
	if err := c.Delete(ctx, "/gone"); err != nil {
		t.Errorf("deleting what is gone: %v", err)
	}
	var out struct{}
	if err := c.Get(ctx, "/empty", &out); err == nil {
		t.Error("an empty answer was taken for an object")
	}
}

// script answers a list, a watch that goes on, one that the server has forgotten, a failure, and a list again.
type script struct {
	mu    sync.Mutex
	lists int
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	send := func(kind, name, version string) {
		_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": map[string]any{"metadata": map[string]any{"name": name, "resourceVersion": version}}})
	}
	if r.URL.Query().Get("watch") == "" {
		s.lists++
		if s.lists == 3 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"metadata":{"resourceVersion":"%d0"},"items":[{"metadata":{"name":"list-%d"}}]}`, s.lists, s.lists)
		return
	}
	switch version := r.URL.Query().Get("resourceVersion"); version {
	case "10":
		send("ADDED", "a", "11")
		send("BOOKMARK", "", "12")
	case "12":
		send("DELETED", "a", "13")
		_ = json.NewEncoder(w).Encode(map[string]any{"type": "ERROR", "object": map[string]any{"code": 410}})
	case "20":
		fmt.Fprint(w, `{"type":"ADDED","obj`) // a connection that broke
	default:
		<-r.Context().Done()
	}
}

func TestFollowComesBack(t *testing.T) {
	s := &script{}
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("resourceVersion") == "40" {
			<-r.Context().Done()
			return
		}
		s.ServeHTTP(w, r)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var got []string
	kube.Follow(ctx, c, "/api/v1/nodes", "", kube.Handler[corev1.Node]{
		Replace: func(items []corev1.Node) {
			got = append(got, items[0].Name)
			if items[0].Name == "list-4" {
				cancel()
			}
		},
		Change: func(n corev1.Node, deleted bool) { got = append(got, fmt.Sprint(n.Name, " ", deleted)) },
		Failed: func(err error) { got = append(got, fmt.Sprint("failed ", err != nil)) },
	})
	want := "list-1, a false, a true, list-2, failed true, failed true, failed false, list-4"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("heard %s\nwant  %s", text, want)
	}
}
