package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/sandbox/images"
	"paddock/sandbox/link"
)

// registryDaemon answers for images as the daemon does, in a folder of its own.
func registryDaemon(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sandbox") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	store, err := images.Open(filepath.Join(dir, "images.json"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", link.Socket(dir))
	if err != nil {
		t.Fatal(err)
	}
	said := func(w http.ResponseWriter, v any, err error) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /images", func(w http.ResponseWriter, _ *http.Request) { said(w, store.List(), nil) })
	mux.HandleFunc("DELETE /images", func(w http.ResponseWriter, r *http.Request) { said(w, nil, store.Remove(r.FormValue("ref"))) })
	mux.HandleFunc("POST /images", func(w http.ResponseWriter, r *http.Request) {
		var i images.Image
		said(w, nil, errors.Join(json.NewDecoder(r.Body).Decode(&i), store.Add("123456789012", i)))
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return dir
}

// command runs one of sandbox's, and tells what it printed.
func command(dir string, args ...string) (string, error) {
	root := newRoot()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(append([]string{"--dir", dir}, args...))
	err := root.Execute()
	return out.String(), err
}

func TestImageCommands(t *testing.T) {
	dir, app := registryDaemon(t), t.TempDir()
	tool := file(t, filepath.Join(app, "bin", "tool"), "#!/bin/sh\n")
	if err := os.Chmod(tool, 0o755); err != nil {
		t.Fatal(err)
	}
	const repository = "123456789012.dkr.ecr.us-west-2.amazonaws.com/paddock/red/web"
	for _, row := range []struct {
		args []string
		want string // printed; or, behind a !, the error
	}{
		{[]string{"list", "--json"}, "[]\n"},
		{[]string{"add", repository + ":v1", "--dir", app, "--", "./bin/tool", "--port", "1"}, ""},
		{[]string{"add", repository + ":v2", "--dir", app, "--", "sh", "-c", "x"}, ""},
		{[]string{"list"}, "IMAGE"},
		{[]string{"list"}, repository + ":v1  " + app + "  " + tool + " --port 1\n"},
		{[]string{"list"}, "/sh -c x\n"},
		{[]string{"remove", repository + ":v1"}, ""},
		{[]string{"remove", repository + ":v1"}, "!image " + repository + ":v1: not found"},
		{[]string{"add", repository + ":v1"}, "!requires at least 2 arg(s)"},
		{[]string{"add", repository + ":v1", "--", "no-such-program"}, `!command: exec: "no-such-program": executable file not found in $PATH`},
		{[]string{"add", repository, "--", "sh"}, "!want a tag behind the repository"},
		{[]string{"add", "nginx:1", "--dir", "/none", "--", "sh"}, "!want one of this account's registry"},
		{[]string{"frobnicate"}, "!unknown command"},
	} {
		got, err := command(dir, append([]string{"image"}, row.args...)...)
		if want, fails := strings.CutPrefix(row.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %q", row.args, err, want)
			}
		} else if err != nil || !strings.Contains(got, row.want) {
			t.Errorf("%v: %q, %v; want %q", row.args, got, err, row.want)
		}
	}
}
