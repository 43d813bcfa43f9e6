// Command sandbox runs Paddock's local cloud: it starts the daemon, runs Pulumi against it and tells what is there.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"paddock/sandbox/link"
)

const long = `The local cloud: Paddock's program, whole, on this machine, with no AWS account.

Exit codes: 0 done; 1 failed, with the reason on standard error (leftovers: something is left);
2 the local cloud is not running, so nothing can be told; 130 interrupted; else Pulumi's own.`

// app is what the commands share.
type app struct {
	root  string // the checkout
	dir   string // the sandbox's folder, absolute
	stack string
	in    string // folder of the Pulumi project, below root; empty = root itself
	as    string // IAM role that Pulumi acts as; empty = the account's own key
	json  bool

	weather weather // conditions asked for by flags
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newRoot().ExecuteContext(ctx)
	if err == nil {
		return
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "sandbox: interrupted; `make up` goes on from here, `make down` ends every process")
		os.Exit(130)
	case errors.As(err, &exit):
		os.Exit(max(exit.ExitCode(), 1)) // the program has told why
	}
	fmt.Fprintln(os.Stderr, "sandbox:", err)
	if errors.Is(err, link.ErrStopped) {
		os.Exit(2)
	}
	os.Exit(1)
}

func newRoot() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use: "sandbox", Short: "Paddock's local cloud", Long: long, SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.locate() },
		TraverseChildren:  true, // image add has a --dir of its own, behind its name
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&a.dir, "dir", "", "the sandbox's folder; default $"+link.DirVariable+", then .sandbox beside Pulumi.yaml")
	root.PersistentFlags().StringVar(&a.root, "root", "", "the checkout; default the folder above the sandbox's")
	root.AddCommand(a.stackCommands()...)
	root.AddCommand(a.cloudCommands()...)
	root.AddCommand(a.serveCommand())
	return root
}

// locate settles both folders: flag, environment, default, in this order.
func (a *app) locate() error {
	if a.dir == "" {
		a.dir = os.Getenv(link.DirVariable)
	}
	if a.dir == "" {
		a.dir = ".sandbox"
	}
	var err error
	if a.dir, err = filepath.Abs(a.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(a.dir, 0o755); err != nil {
		return err
	}
	// The kernel tells processes by their real paths.
	if a.dir, err = filepath.EvalSymlinks(a.dir); err != nil {
		return err
	}
	if err := link.CheckDir(a.dir); err != nil {
		return err
	}
	if a.root == "" {
		a.root = filepath.Dir(a.dir)
	}
	if a.root, err = filepath.Abs(a.root); err != nil {
		return err
	}
	return nil
}

func (a *app) path(parts ...string) string {
	return filepath.Join(append([]string{a.dir}, parts...)...)
}

func (a *app) client() *link.Client { return link.New(a.dir) }
