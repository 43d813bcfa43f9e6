// Command grade measures how well a cluster scales: it drives demand, watches what answers it, and grades the result.
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
	exitPartial = 3
)

const long = `grade drives demand against a workload of its own, watches the HPA, the Cluster Autoscaler and the nodes answer it, and grades
the answer with the metrics of the literature on elasticity.

It makes the namespace paddock-grade and deletes it at the end, however it ends; what a killed run left is removed by the next.
Partial results of a run that was interrupted or killed are kept in the output folder and are marked as such.

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage; 3 interrupted, the target went away, or a run
never began: there are partial results.`

// usageError is the caller's fault.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errPartial means that there are results, but not all.
var errPartial = errors.New("partial results")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait for the cleaning up; the next run does it
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs a command line and gives its exit code.
func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	root := &cobra.Command{Use: "grade", Short: "grade how well a cluster scales", Long: long, SilenceUsage: true, SilenceErrors: true}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(runCommand(), compareCommand(), reportCommand(), scaleCommand(), loadCommand(), serveCommand(), calibrateCommand(), cleanCommand())
	found, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(errs, "grade:", err)
	var wrong usageError
	switch {
	case errors.Is(err, errPartial):
		return exitPartial
	case errors.As(err, &wrong) || found == root: // cobra's own: no such command
		fmt.Fprintf(errs, "see `%s --help`\n", found.CommandPath())
		return exitUsage
	}
	return exitFailed
}
