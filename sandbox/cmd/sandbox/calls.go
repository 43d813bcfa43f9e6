package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/aws"
)

// callsCommand shows the audit.
func (a *app) callsCommand() *cobra.Command {
	var denied, policy bool
	var principal string
	cmd := &cobra.Command{Use: "calls", Short: "show every call to AWS, with principal, action, resource and outcome; oldest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			query := url.Values{}
			if denied {
				query.Set("denied", "true")
			}
			if principal != "" {
				query.Set("principal", principal)
			}
			var calls []aws.Entry
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/calls?"+query.Encode(), nil, &calls); err != nil {
				return err
			}
			if policy {
				return printPolicy(cmd.OutOrStdout(), needed(calls))
			}
			return a.show(cmd.OutOrStdout(), calls, func(w io.Writer) { printCalls(w, calls) })
		}}
	cmd.Flags().BoolVar(&denied, "denied", false, "only those for which permission was missing")
	cmd.Flags().StringVar(&principal, "principal", "", "only those of principals whose ARN contains this")
	cmd.Flags().BoolVar(&policy, "policy", false, "print the smallest policy by action that allows what was allowed")
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

func printCalls(w io.Writer, calls []aws.Entry) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "TIME\tSECONDS\tPRINCIPAL\tACTION\tRESOURCE\tOUTCOME\n")
	for _, c := range calls {
		_, who, _ := strings.Cut(c.Principal, ":assumed-role/")
		fmt.Fprintf(t, "%s\t%.3f\t%s\t%s\t%s\t%s\n", c.Time.Format(time.RFC3339), c.Seconds, who, c.Action, c.Resource, strings.TrimSpace(c.Outcome+" "+c.Message))
	}
}
