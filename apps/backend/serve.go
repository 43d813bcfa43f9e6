package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// drain is how long open requests may take to finish after SIGTERM: less than the pod's stopSeconds, or the kernel cuts them off.
const drain = 20 * time.Second

// serve answers until ctx ends, then lets the open requests finish.
func serve(ctx context.Context, address string, h http.Handler, log *slog.Logger) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		IdleTimeout: 75 * time.Second, // longer than a load balancer's 60, which would else send into a connection that is being closed
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("listens", "address", l.Addr().String())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("is asked to end, and finishes the open requests")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return fmt.Errorf("open requests were cut off after %v: %w", drain, errors.Join(err, server.Close()))
	}
	return nil
}

// logged writes a line for each request but those of probes, which come every few seconds.
func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, told := time.Now(), &teller{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(told, r)
		level := slog.LevelInfo
		switch {
		case told.status >= http.StatusInternalServerError:
			level = slog.LevelError
		case r.URL.Path == "/healthz", r.URL.Path == "/livez":
			level = slog.LevelDebug
		}
		log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", told.status,
			"ms", time.Since(start).Milliseconds())
	})
}

// teller remembers the status of an answer.
type teller struct {
	http.ResponseWriter
	status int
}

func (t *teller) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}
