package gitlab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/pipeline/gitlab/fakegitlab"
)

const (
	token  = "glpat-0123456789abcdefghij"
	marker = "<!-- pipeline note: shop/dev -->"
)

var bot = fakegitlab.Account{ID: 7, Scope: "api"}

func open(t *testing.T, s *fakegitlab.Server) *MergeRequest {
	t.Helper()
	shortest, longest = time.Millisecond, 20*time.Millisecond
	s.Accounts[token] = bot
	mr, err := Open(s.URL, fakegitlab.Project, fakegitlab.IID, token)
	if err != nil {
		t.Fatal(err)
	}
	return mr
}

// others are n notes of other people, and of GitLab itself.
func others(n int) []fakegitlab.Note {
	var out []fakegitlab.Note
	for i := range n {
		out = append(out, fakegitlab.Note{ID: int64(i + 1), Body: "a comment", System: i%2 == 0, Author: fakegitlab.Account{ID: 99}})
	}
	return out
}

func TestFirstPushCreatesTheNextUpdates(t *testing.T) {
	s := fakegitlab.New(t)
	mr := open(t, s)
	id, created, err := mr.Put(context.Background(), marker, marker+"\nfirst")
	if err != nil || !created || id != 1 {
		t.Fatalf("first: %d, %v, %v", id, created, err)
	}
	id, created, err = mr.Put(context.Background(), marker, marker+"\nsecond")
	if err != nil || created || id != 1 {
		t.Fatalf("second: %d, %v, %v", id, created, err)
	}
	if len(s.Notes) != 1 || s.Notes[0].Body != marker+"\nsecond" {
		t.Errorf("notes %+v", s.Notes)
	}
	want := []string{"GET /user", "GET /projects/17/merge_requests/4/notes", "POST /projects/17/merge_requests/4/notes",
		"GET /user", "GET /projects/17/merge_requests/4/notes", "PUT /projects/17/merge_requests/4/notes/1"}
	if got := s.Did(); !slices.Equal(got, want) {
		t.Errorf("asked %q", got)
	}
}

func TestTheNoteIsFoundAmongOthers(t *testing.T) {
	s := fakegitlab.New(t)
	mr := open(t, s)
	s.Notes = append(others(250),
		fakegitlab.Note{ID: 300, Body: marker + "\nof somebody else", Author: fakegitlab.Account{ID: 8}},
		fakegitlab.Note{ID: 301, Body: "quoting " + marker, Author: bot},
		fakegitlab.Note{ID: 302, Body: "<!-- pipeline note: shop/prod -->\nanother stack", Author: bot},
		fakegitlab.Note{ID: 303, Body: marker + "\nours", Author: bot})
	s.Notes = append(s.Notes, others(40)...)
	id, created, err := mr.Put(context.Background(), marker, marker+"\nnew")
	if err != nil || created || id != 303 {
		t.Fatalf("%d, %v, %v", id, created, err)
	}
	pages := 0
	for _, r := range s.Requests {
		if r.Method == "GET" && strings.HasSuffix(r.Path, "/notes") {
			pages++
		}
	}
	if pages != 3 {
		t.Errorf("%d pages, want 3", pages)
	}
}

// A note that is deleted between the look and the update is made anew.
func TestADeletedNoteIsMadeAnew(t *testing.T) {
	s := fakegitlab.New(t)
	mr := open(t, s)
	s.Notes = []fakegitlab.Note{{ID: 5, Body: marker + "\nold", Author: bot}}
	s.OnUpdate = func(s *fakegitlab.Server) { s.Notes = nil }
	id, created, err := mr.Put(context.Background(), marker, marker+"\nnew")
	if err != nil || !created {
		t.Fatalf("%d, %v, %v", id, created, err)
	}
	if len(s.Notes) != 1 || s.Notes[0].Body != marker+"\nnew" {
		t.Errorf("notes %+v", s.Notes)
	}
}

func TestFaultsThatPass(t *testing.T) {
	for name, fault := range map[string]fakegitlab.Fault{
		"too many requests": {Method: "GET", Path: "/user", Status: 429, Times: 2,
			Header: map[string]string{"Retry-After": "0"}},
		"too many notes":                 {Method: "POST", Path: "/notes", Status: 429, Times: 2},
		"server fault on a look":         {Method: "GET", Path: "/notes", Status: 502, Times: 3},
		"server fault on a create":       {Method: "POST", Path: "/notes", Status: 500, Times: 1},
		"the answer of a create is lost": {Method: "POST", Path: "/notes", Status: 504, Times: 1, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakegitlab.New(t)
			mr := open(t, s)
			s.Faults = []*fakegitlab.Fault{&fault}
			if _, _, err := mr.Put(context.Background(), marker, marker+"\nx"); err != nil {
				t.Fatal(err)
			}
			if len(s.Notes) != 1 {
				t.Errorf("%d notes, want one", len(s.Notes))
			}
		})
	}
}

func TestFaultsThatStayAreExplained(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*fakegitlab.Server)
		want   string
		tries  int // at most
	}{
		"no such token": {func(s *fakegitlab.Server) { delete(s.Accounts, token) }, "CI_JOB_TOKEN cannot post notes", 1},
		"scope too small": {func(s *fakegitlab.Server) { s.Accounts[token] = fakegitlab.Account{ID: 7, Scope: "read_api"} },
			"needs the scope api", 3},
		"no merge request": {func(s *fakegitlab.Server) { s.Faults = fault("GET", "/notes", 404) }, "there is no such merge request", 2},
		"always too many": {func(s *fakegitlab.Server) { s.Faults = fault("GET", "/user", 429) }, "limit of requests is used up",
			retries + 1},
		"always broken": {func(s *fakegitlab.Server) { s.Faults = fault("GET", "/user", 503) }, "GitLab has a fault", retries + 1},
		"creates broken": {func(s *fakegitlab.Server) { s.Faults = fault("POST", "/notes", 500) }, "GitLab has a fault",
			1 + 2*attempts},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakegitlab.New(t)
			mr := open(t, s)
			tc.change(s)
			_, _, err := mr.Put(context.Background(), marker, marker+"\nx")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			for _, form := range []string{"%v", "%+v", "%#v"} {
				if strings.Contains(fmt.Sprintf(form, err), token) {
					t.Errorf("the error tells the token")
				}
			}
			if len(s.Requests) > tc.tries {
				t.Errorf("%d requests, want at most %d", len(s.Requests), tc.tries)
			}
		})
	}
}

func fault(method, path string, status int) []*fakegitlab.Fault {
	return []*fakegitlab.Fault{{Method: method, Path: path, Status: status, Times: 1000}}
}

func TestNobodyAnswers(t *testing.T) {
	s := fakegitlab.New(t)
	mr := open(t, s)
	mr, err := Open("http://127.0.0.1:1/api/v4", mr.Project, mr.IID, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := mr.Put(context.Background(), marker, "x"); err == nil || strings.Contains(err.Error(), token) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := mr.Put(ctx, marker, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "0": 0, "Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "": -1, "soon": -1,
	} {
		got, ok := retryAfter(header, now)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestLabels(t *testing.T) {
	s := fakegitlab.New(t)
	mr := open(t, s)
	s.Labels = []string{"allow-destroy", "team::red"}
	got, err := mr.Labels(context.Background())
	if err != nil || !slices.Equal(got, s.Labels) {
		t.Errorf("%v, %v", got, err)
	}
}
