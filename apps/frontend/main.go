// Command frontend is what users see: a page with the jobs, which it asks backend for.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// version is the release; the build sets it.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := settingsOf(os.LookupEnv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "frontend:", err)
		os.Exit(2)
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.level})).With("service", "frontend", "version", version)
	if err := serve(ctx, s.address, routes(newBackend(s.backend, log), log), log); err != nil {
		log.Error("ends", "cause", err)
		os.Exit(1)
	}
}
