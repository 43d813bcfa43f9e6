package plane_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestMain is the service, too, that pods of registered images run here.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "service" {
		serveVersion(os.Args[2])
	}
	os.Exit(m.Run())
}

// serveVersion keeps the contract of a service: it listens at $HOST:$PORT, calls others through $HTTP_PROXY, keeps what is to be kept
// in $DATA, and ends in peace.
func serveVersion(version string) {
	mux := http.NewServeMux()
	mux.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, version, " ", os.Getenv("PASSWORD")) })
	mux.HandleFunc("/call", func(w http.ResponseWriter, r *http.Request) {
		resp, err := http.Get(r.FormValue("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})
	file := filepath.Join(os.Getenv("DATA"), "kept")
	mux.HandleFunc("/keep", func(w http.ResponseWriter, r *http.Request) {
		if err := os.WriteFile(file, []byte(r.FormValue("what")), 0o600); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/kept", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	mux.HandleFunc("/burn", func(http.ResponseWriter, *http.Request) {
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			for range 1000000 {
			}
		}
	})
	server := &http.Server{Addr: os.Getenv("HOST") + ":" + os.Getenv("PORT"), Handler: mux}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		fmt.Println(err)
		os.Exit(1)
	case <-told:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = server.Shutdown(ctx)
	os.Exit(0)
}
