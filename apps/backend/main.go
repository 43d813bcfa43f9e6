// Command backend keeps the jobs, in a SQLite file on its volume.
package main

import (
	"context"
	"errors"
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
		fmt.Fprintln(os.Stderr, "backend:", err)
		os.Exit(2)
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.level})).With("service", "backend", "version", version)
	if err := run(ctx, s, log); err != nil {
		log.Error("ends", "cause", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. The file is closed after the last answer, so that nothing of it is left to be recovered.
func run(ctx context.Context, s settings, log *slog.Logger) (err error) {
	jobs, err := open(ctx, s.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, jobs.close()) }()
	return serve(ctx, s.address, routes(jobs, log), log)
}
