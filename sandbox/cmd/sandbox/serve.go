package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/daemon"
	"paddock/sandbox/link"
)

// startTimeout bounds the way from a stopped sandbox to one with all its clusters back.
const startTimeout = 3 * time.Minute

func (a *app) serveCommand() *cobra.Command {
	var boot time.Duration
	cmd := &cobra.Command{
		Use: "serve", Short: "run the daemon in the foreground (`up` starts it in the background)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.NewTextHandler(os.Stderr, nil))
			return daemon.Serve(cmd.Context(), daemon.Config{Dir: a.dir, Bin: a.path("bin"), BootDelay: boot, Log: log})
		},
	}
	cmd.Flags().DurationVar(&boot, "boot-delay", 0, "time from an instance's launch to its node")
	return cmd
}

// start brings the daemon up, or finds it running, and waits until every recorded cluster is back.
func (a *app) start(ctx context.Context) error {
	if err := os.MkdirAll(a.path("logs"), 0o755); err != nil {
		return err
	}
	var status daemon.Status
	err := a.client().Call(ctx, http.MethodGet, "/status", nil, &status)
	if errors.Is(err, link.ErrStopped) {
		return a.launch(ctx)
	}
	if err != nil {
		return err
	}
	build, err := daemon.Build()
	if err != nil {
		return err
	}
	if status.Build != build {
		fmt.Fprintln(os.Stderr, "the daemon is of another build; starting it anew")
		if err := a.down(ctx); err != nil {
			return err
		}
		return a.launch(ctx)
	}
	if status.Ready {
		return nil
	}
	return a.await(ctx, nil)
}

func (a *app) launch(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(a.daemonLog(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(self, "serve", "--dir", a.dir, "--root", a.root)
	cmd.Dir, cmd.Stdout, cmd.Stderr = a.dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C in the terminal ends the command, not the cloud
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	err = a.await(ctx, exited)
	if err != nil && ctx.Err() == nil {
		// A daemon that could not start must not stay; one that is only interrupted is ended by `make down`.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(time.Minute):
		}
	}
	return err
}

func (a *app) daemonLog() string { return filepath.Join(a.dir, "logs", "sandbox.log") }

// await returns when the daemon is ready, has ended, has failed to resume, or startTimeout has passed.
func (a *app) await(ctx context.Context, exited <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-exited:
			return fmt.Errorf("daemon exited before it was ready: %v\n%s", err, a.logTail())
		case <-ctx.Done():
			return fmt.Errorf("daemon not ready: %w\n%s", ctx.Err(), a.logTail())
		case <-tick.C:
		}
		var status daemon.Status
		if err := a.client().Call(ctx, http.MethodGet, "/status", nil, &status); err != nil {
			continue // not listening yet
		}
		if status.Fault != "" {
			return fmt.Errorf("bringing the clusters back: %s", status.Fault)
		}
		if status.Ready {
			return nil
		}
	}
}

func (a *app) logTail() string {
	text, err := os.ReadFile(a.daemonLog())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
