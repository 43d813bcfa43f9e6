package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/daemon"
	"paddock/sandbox/link"
	"paddock/sandbox/process"
)

// startTimeout bounds the way from a stopped sandbox to one with all its clusters back.
const startTimeout = 3 * time.Minute

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "run the daemon in the foreground (`up` starts it in the background)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.NewTextHandler(os.Stderr, nil))
			return daemon.Serve(cmd.Context(), daemon.Config{Dir: a.dir, Bin: a.path("bin"), Log: log})
		},
	}
}

// start brings the daemon up, or finds it running, and waits until every recorded cluster is back and well.
func (a *app) start(ctx context.Context) error {
	if err := os.MkdirAll(a.path("logs"), 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var status daemon.Status
	err := a.client().Call(ctx, http.MethodGet, "/status", nil, &status)
	// Reset or cut short: it was killed as it was asked.
	if errors.Is(err, link.ErrStopped) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) {
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
		if err := a.stopOldBuild(ctx); err != nil {
			return err
		}
		return a.launch(ctx)
	}
	if !status.Ready && status.Fault == "" {
		return a.await(ctx, nil)
	}
	if status.Fault == "" && !slices.ContainsFunc(status.Processes, dead) {
		return nil
	}
	fmt.Fprintln(os.Stderr, "part of the local cloud has died; starting it again")
	return a.revive(ctx)
}

func dead(p process.Info) bool { return p.State == process.Failed || p.State == process.Stopped }

// revive asks the daemon to bring back what is not there.
func (a *app) revive(ctx context.Context) error {
	if err := a.client().Call(ctx, http.MethodPost, "/resume", nil, nil); err != nil {
		return fmt.Errorf("bringing the clusters back: %w; the logs are in %s; `make clean` forgets everything and starts anew", err, a.dir)
	}
	return nil
}

// stopOldBuild ends a daemon that an older build of this program runs as, unless somebody is using it.
func (a *app) stopOldBuild(ctx context.Context) error {
	holder, err := a.lockHolder("*", "*")
	if err != nil {
		return err
	}
	if holder != 0 {
		return fmt.Errorf("the daemon is of another build and process %d works with it; let that end first", holder)
	}
	fmt.Fprintln(os.Stderr, "the daemon is of another build; starting it anew")
	a.askToStop(ctx)
	return nil // launch waits for the old one's lock
}

func (a *app) launch(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(a.daemonLog(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
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
	return a.await(ctx, exited)
}

func (a *app) daemonLog() string { return filepath.Join(a.dir, "logs", "sandbox.log") }

// await returns when the daemon is ready, has ended, or cannot bring its clusters back. In the last case it stays, for
// whoever repairs things; `make down` ends it.
func (a *app) await(ctx context.Context, exited <-chan error) error {
	build, err := daemon.Build()
	if err != nil {
		return err
	}
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
		if err := a.client().Call(ctx, http.MethodGet, "/status", nil, &status); err != nil || status.Build != build {
			continue // not listening yet, or still the one that is to go
		}
		if status.Fault != "" {
			return a.revive(ctx) // once more, with the answer to this command
		}
		if status.Ready {
			return nil
		}
	}
}

func (a *app) logTail() string { return strings.Join(process.LastLines(a.daemonLog(), 0, 20), "\n") }
