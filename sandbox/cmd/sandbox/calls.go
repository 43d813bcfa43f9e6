package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
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
				return printJSON(cmd.OutOrStdout(), needed(calls))
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

type document struct {
	Version   string
	Statement []allowed
}

type allowed struct {
	Sid      string
	Effect   string
	Action   []string
	Resource any
}

// needed is a policy with one statement for each service and kind of resource, which allows the calls that succeeded.
// Resources are told as far as their kind: what a stack names is not known before it is made.
func needed(calls []aws.Entry) document {
	actions := map[[2]string][]string{} // by service and resource
	for _, c := range calls {
		if c.Denied() || open(c.Action) {
			continue
		}
		service, _, _ := strings.Cut(c.Action, ":")
		k := [2]string{service, kindOf(c.Resource)}
		if !slices.Contains(actions[k], c.Action) {
			actions[k] = append(actions[k], c.Action)
		}
	}
	d := document{Version: "2012-10-17"}
	for k, list := range actions {
		slices.Sort(list)
		d.Statement = append(d.Statement, allowed{Effect: "Allow", Action: list, Resource: k[1], Sid: sid(k)})
	}
	slices.SortFunc(d.Statement, func(a, b allowed) int { return strings.Compare(a.Sid, b.Sid) })
	return d
}

// open are calls that need no permission.
func open(action string) bool { return action == "sts:GetCallerIdentity" }

// kindOf is the ARN with a star for the resource's own name.
func kindOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	if i := strings.IndexAny(parts[5], "/:"); i > 0 {
		parts[5] = parts[5][:i+1] + "*"
	}
	return strings.Join(parts, ":")
}

// sid names a statement after service and kind: Ec2Subnet.
func sid(k [2]string) string {
	kind := "Any"
	if parts := strings.SplitN(k[1], ":", 6); len(parts) == 6 {
		kind = strings.TrimRight(parts[5], "/:*")
	}
	var out strings.Builder
	for _, word := range strings.FieldsFunc(k[0]+"-"+kind, func(r rune) bool { return r == '-' || r == '/' || r == ':' }) {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// String lets a policy be read by people in errors.
func (d document) String() string {
	text, err := json.Marshal(d)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
