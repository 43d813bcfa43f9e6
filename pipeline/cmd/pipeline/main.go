// Command pipeline holds what a pipeline runs beside the tools themselves: it tells a merge request what a preview says, and
// looks at a platform after a deploy.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
	exitPreview = 4
)

const long = `pipeline holds what a pipeline runs beside the tools themselves.

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage; 3 the preview would replace or delete something
protected, and the merge request does not carry the label; 4 the preview itself failed. With 3 and 4 the note is posted.`

// usageError is the caller's fault.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// noArgs refuses arguments, as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s: %q: want no arguments", cmd.Name(), args)
	}
	return nil
}

// Why a job fails although all was told.
var (
	errRefused = errors.New("refused")
	errPreview = errors.New("the preview failed")
)

// system is what a command knows of the world around it.
type system struct {
	env      func(string) string
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := execute(ctx, os.Args[1:], &system{os.Getenv, os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// execute runs a command line and gives its exit code.
func execute(ctx context.Context, args []string, sys *system) int {
	root := &cobra.Command{Use: "pipeline", Short: "what a pipeline runs beside the tools", Long: long, SilenceUsage: true,
		SilenceErrors: true}
	root.SetArgs(args)
	root.SetOut(sys.out)
	root.SetErr(sys.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(noteCommand(sys), verifyCommand(sys))
	found, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(sys.err, "pipeline:", err)
	var wrong usageError
	switch {
	case errors.Is(err, errPreview):
		return exitPreview
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.As(err, &wrong) || found == root: // cobra's own: no such command
		fmt.Fprintf(sys.err, "see `%s --help`\n", found.CommandPath())
		return exitUsage
	}
	return exitFailed
}
