package link_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/sandbox/link"
)

func TestCheckDir(t *testing.T) {
	if err := link.CheckDir("/short"); err != nil {
		t.Error(err)
	}
	if err := link.CheckDir("/" + strings.Repeat("x", 100)); err == nil || !strings.Contains(err.Error(), "move the checkout") {
		t.Errorf("long path: %v, want the remedy", err)
	}
}

// Only where nobody listens is the cloud "not running"; any other fault is told as it is.
func TestCall(t *testing.T) {
	dir, err := os.MkdirTemp("", "pdk") // short: see CheckDir
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	call := func(path string) error {
		return link.New(dir).Call(context.Background(), http.MethodGet, path, nil, nil)
	}
	if err := call("/"); !errors.Is(err, link.ErrStopped) {
		t.Errorf("no socket: %v, want ErrStopped", err)
	}
	listener, err := net.Listen("unix", link.Socket(dir))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			http.Error(w, "Code: what AWS says", http.StatusConflict)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	if err := call("/"); err != nil {
		t.Error(err)
	}
	if err := call("/refused"); err == nil || err.Error() != "Code: what AWS says" {
		t.Errorf("refused: %v, want the daemon's words", err)
	}
	if os.Getuid() == 0 {
		return // root opens every socket
	}
	if err := os.Chmod(link.Socket(dir), 0); err != nil {
		t.Fatal(err)
	}
	if err := call("/"); err == nil || errors.Is(err, link.ErrStopped) {
		t.Errorf("another user's socket: %v, want the cause", err)
	}
}

func TestFromEnvironment(t *testing.T) {
	t.Setenv(link.DirVariable, "")
	if _, err := link.FromEnvironment(); err == nil || !strings.Contains(err.Error(), filepath.Join(".sandbox", "env")) {
		t.Errorf("no folder: %v, want the remedy", err)
	}
}

// A daemon that is killed takes no leave: the kernel still holds the connection that it never read.
func TestCallKilled(t *testing.T) {
	dir, err := os.MkdirTemp("", "pdk")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("unix", link.Socket(dir))
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- link.New(dir).Call(context.Background(), http.MethodPost, "/", nil, nil) }()
	time.Sleep(50 * time.Millisecond) // it has dialled, and waits for an answer
	listener.Close()
	if err := <-failed; !errors.Is(err, link.ErrStopped) {
		t.Errorf("killed: %v, want ErrStopped", err)
	}
}
