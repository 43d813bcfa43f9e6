package images_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"paddock/sandbox/images"
)

const (
	account = "123456789012"
	repo    = account + ".dkr.ecr.us-west-2.amazonaws.com/paddock/backend/backend"
)

func open(t *testing.T, file string) *images.Store {
	t.Helper()
	s, err := images.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runs(t *testing.T, ref string, args ...string) images.Image {
	t.Helper()
	return images.Image{Ref: ref, Dir: t.TempDir(), Command: append([]string{"/bin/sh"}, args...)}
}

// What was added is there for the next one who opens the file, and what was removed is not.
func TestKeeps(t *testing.T) {
	file := filepath.Join(t.TempDir(), "images.json")
	s := open(t, file)
	one, two, digest := runs(t, repo+":v1"), runs(t, repo+":v2"), runs(t, repo+"@sha256:"+strings.Repeat("0a", 32))
	for _, i := range []images.Image{two, one, digest, runs(t, repo+":gone")} {
		if err := s.Add(account, i); err != nil {
			t.Fatal(err)
		}
	}
	again := runs(t, repo+":v2", "-x")
	if err := errors.Join(s.Add(account, again), s.Remove(repo+":gone")); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(repo + ":gone"); !errors.Is(err, images.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if got, want := open(t, file).List(), []images.Image{one, again, digest}; !reflect.DeepEqual(got, want) {
		t.Errorf("kept %+v, want %+v", got, want)
	}
}

func TestFind(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "images.json"))
	digest := "@sha256:" + strings.Repeat("0a", 32)
	for _, tag := range []string{":v1", ":latest", digest} {
		if err := s.Add(account, runs(t, repo+tag)); err != nil {
			t.Fatal(err)
		}
	}
	for ref, row := range map[string]struct {
		registered bool
		finds      string // empty = nothing
	}{
		repo + ":v1": {true, ":v1"}, repo: {true, ":latest"}, repo + ":v3": {true, ""}, repo + digest: {true, digest},
		repo + "2:v1": {false, ""}, "nginx": {false, ""}, "localhost:5000/nginx": {false, ""}, repo + "@sha256:00": {true, ""},
	} {
		if got := s.Registered(ref); got != row.registered {
			t.Errorf("%s: registered %v", ref, got)
		}
		i, err := s.Find(ref)
		if row.finds == "" {
			if !errors.Is(err, images.ErrNotFound) {
				t.Errorf("%s: %+v, %v; want none", ref, i, err)
			}
		} else if err != nil || i.Ref != repo+row.finds {
			t.Errorf("%s: %+v, %v; want %s", ref, i, err, row.finds)
		}
	}
}

// Every fault is told at once, and nothing is kept.
func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		image images.Image
		want  []string
	}{
		"another registry": {images.Image{Ref: "nginx:1", Dir: dir, Command: []string{"/bin/sh"}}, []string{`image: "nginx:1": want one of this account's registry, ` + account}},
		"another account": {images.Image{Ref: "210987654321" + repo[12:] + ":v1", Dir: dir, Command: []string{"/bin/sh"}},
			[]string{"want one of this account's registry"}},
		"no tag":     {images.Image{Ref: repo, Dir: dir, Command: []string{"/bin/sh"}}, []string{"want a tag behind the repository"}},
		"bad digest": {images.Image{Ref: repo + "@sha256:12", Dir: dir, Command: []string{"/bin/sh"}}, []string{"want a tag behind the repository"}},
		"capitals":   {images.Image{Ref: repo[:44] + "/Backend:v1", Dir: dir, Command: []string{"/bin/sh"}}, []string{"want lower-case letters"}},
		"all wrong":  {images.Image{Ref: "x", Dir: "rel"}, []string{"image: ", `dir: "rel": want a folder`, "command: want a program"}},
		"relative":   {images.Image{Ref: repo + ":v1", Dir: dir, Command: []string{"sh"}}, []string{`command: "sh": want a program that exists`}},
		"no program": {images.Image{Ref: repo + ":v1", Dir: dir, Command: []string{plain}}, []string{"cannot be executed"}},
		"a folder":   {images.Image{Ref: repo + ":v1", Dir: plain, Command: []string{dir}}, []string{"dir: ", "cannot be executed"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "images.json"))
			err := s.Add(account, row.image)
			for _, want := range row.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %q", err, want)
				}
			}
			if len(s.List()) != 0 {
				t.Errorf("kept %+v", s.List())
			}
		})
	}
}

// A file that is no list of images is not taken for an empty one.
func TestBrokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "images.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := images.Open(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v, want the file's name", err)
	}
}
