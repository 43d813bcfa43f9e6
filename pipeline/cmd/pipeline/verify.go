package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/pipeline/verify"
)

const verifyLong = `verify looks at a platform after a deploy: are the nodes Ready, do metrics answer, is the autoscaler well, do the fences of the teams
hold. It changes nothing: pods are created as dry runs, rights are asked for.

  pulumi stack output --json --stack dev | pipeline verify --stack-output -

The stack's output says where the cluster is and which teams there are. Without it the cluster is that of the kubeconfig, and teams
are skipped. Who runs it needs an access entry that may read kube-system, create pods in the teams' namespaces (which the dry runs
ask for) and create SubjectAccessReviews.

What takes time after a deploy is waited for, up to --timeout; what will not change by itself is not. All that is wrong is told at
once.

Exit codes: 0 all checks are ok or skipped; 1 a check failed, or the cluster cannot be asked; 2 wrong usage.`

func verifyCommand(sys *system) *cobra.Command {
	var kubeconfig, stackOutput string
	var timeout time.Duration
	var asJSON bool
	cmd := &cobra.Command{Use: "verify", Short: "look at a platform after a deploy", Long: verifyLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := verify.Options{Kubeconfig: kubeconfig, Timeout: timeout, Progress: sys.err}
			if stackOutput != "" {
				stack, err := readStack(sys.in, stackOutput)
				if err != nil {
					return fmt.Errorf("verify: %w", err)
				}
				o.Stack = stack
			}
			return runVerify(cmd.Context(), sys.out, o, asJSON)
		}}
	flags := cmd.Flags()
	flags.StringVar(&kubeconfig, "kubeconfig", "", "kubeconfig of the cluster (default: the stack output's; without one "+
		"KUBECONFIG, then ~/.kube/config)")
	flags.StringVar(&stackOutput, "stack-output", "", "file with what `pulumi stack output --json` printed; - is standard input "+
		"(default: teams are skipped)")
	flags.DurationVar(&timeout, "timeout", 5*time.Minute, "how long to wait for what takes time after a deploy")
	flags.BoolVar(&asJSON, "json", false, "print the results as JSON on standard output")
	return cmd
}

func readStack(in io.Reader, file string) (*verify.Stack, error) {
	if file == "-" {
		return verify.ReadStack(in)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return verify.ReadStack(f)
}

func runVerify(ctx context.Context, out io.Writer, o verify.Options, asJSON bool) error {
	results, err := verify.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if asJSON {
		if err := printJSON(out, results); err != nil {
			return err
		}
	}
	var bad []string
	for _, r := range results {
		if !asJSON {
			fmt.Fprintf(out, "%-7s  %s: %s\n", r.State, r.Name, r.Reason)
		}
		if r.State == verify.Failed && asJSON { // the log of the job has the reasons in any case, once
			bad = append(bad, fmt.Sprintf("\n  %s: %s", r.Name, r.Reason))
		} else if r.State == verify.Failed {
			bad = append(bad, "\n  "+r.Name)
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("verify: %d of %d checks failed:%s", len(bad), len(results), strings.Join(bad, ""))
	}
	return nil
}
