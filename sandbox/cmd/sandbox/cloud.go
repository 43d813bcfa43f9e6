package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/aws"
	"paddock/sandbox/daemon"
)

// errLeft makes `leftovers` exit 1 after it has told what is left.
var errLeft = errors.New("something is left; `make destroy` removes what a stack made")

// cloudCommands are the verbs that look at the local cloud, or change it behind Pulumi's back.
func (a *app) cloudCommands() []*cobra.Command {
	down := &cobra.Command{Use: "down", Short: "end every process; all state is kept", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.down(cmd.Context()) }}
	status := &cobra.Command{Use: "status", Short: "show processes, clusters, nodes and AWS resources", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s daemon.Status
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/status", nil, &s); err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), s, func(w io.Writer) { printStatus(w, s) })
		}}
	dump := &cobra.Command{Use: "dump", Short: "print all AWS state (always JSON)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var state any
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/dump", nil, &state); err != nil {
				return err
			}
			return printJSON(cmd.OutOrStdout(), state)
		}}
	left := &cobra.Command{Use: "leftovers", Short: "list what destroyed stacks left; exit 1 if anything", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows []aws.Leftover
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/leftovers", nil, &rows); err != nil {
				return err
			}
			if err := a.show(cmd.OutOrStdout(), rows, func(w io.Writer) { printLeftovers(w, rows) }); err != nil || len(rows) == 0 {
				return err
			}
			return errLeft
		}}
	for _, cmd := range []*cobra.Command{status, dump, left} {
		cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	}
	return append([]*cobra.Command{down, status, dump, left, a.desiredCommand(), a.imageCommand()}, a.accountCommands()...)
}

func (a *app) desiredCommand() *cobra.Command {
	ask := daemon.DesiredRequest{}
	cmd := &cobra.Command{Use: "desired --group NAME --nodes N", Short: "set an Auto Scaling group's desired size behind Pulumi's back", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.client().Call(cmd.Context(), http.MethodPost, "/desired", ask, nil)
		}}
	cmd.Flags().StringVar(&ask.Group, "group", "", "the Auto Scaling group (`sandbox dump` lists them)")
	cmd.Flags().IntVar(&ask.Desired, "nodes", 0, "the new desired size")
	_ = cmd.MarkFlagRequired("group") // the flag is defined above
	_ = cmd.MarkFlagRequired("nodes")
	return cmd
}

func (a *app) show(w io.Writer, v any, human func(io.Writer)) error {
	if a.json {
		return printJSON(w, v)
	}
	human(w)
	return nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// address is where a host is reached on this machine.
func address(e daemon.Edge, host string) string {
	return fmt.Sprintf("https://%s%s:%d/", host, e.Suffix, e.HTTPS)
}

func printLeftovers(w io.Writer, rows []aws.Leftover) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Kind, r.ID, r.Name)
	}
}

func printStatus(w io.Writer, s daemon.Status) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "PROCESS\tPID\tSTATE\tMEMORY\tUP\n")
	var sum int64
	for _, p := range s.Processes {
		sum += p.RSS
		fmt.Fprintf(t, "%s\t%d\t%s\t%d MiB\t%s\n", p.Name, p.PID, p.State, p.RSS>>20, p.Uptime.Round(time.Second))
	}
	fmt.Fprintf(t, "together\t\t\t%d MiB\t\n", sum>>20)
	for _, name := range slices.Sorted(maps.Keys(s.Clusters)) {
		c := s.Clusters[name]
		fmt.Fprintf(t, "\nCLUSTER %s\tREADY\tTYPE\tZONE\tCPU\tMEMORY\tPODS\tKUBELET\n", name)
		for _, n := range c.Nodes {
			fmt.Fprintf(t, "%s\t%t\t%s\t%s\t%s\t%s\t%s\t%s\n", n.Name, n.Ready, n.InstanceType, n.Zone, n.CPU, n.Memory, n.Pods, n.Kubelet)
		}
		if c.Mesh != "" {
			fmt.Fprintf(t, "the way to its Services\t%s\n", c.Mesh)
		}
		if c.Fault != "" {
			fmt.Fprintf(t, "%s\n", c.Fault)
		}
	}
	fmt.Fprintf(t, "\nFRONT DOOR\t127.0.0.1: https %d, http %d\nits authority\t%s\n", s.Edge.HTTPS, s.Edge.HTTP, s.Edge.CAFile)
	for _, h := range s.Edge.Hosts {
		fmt.Fprintf(t, "%s\t%s of cluster %s\n", address(s.Edge, h.Name), h.Ingress, h.Cluster)
	}
	for _, line := range inForce(s.Conditions) {
		fmt.Fprintf(t, "\nCONDITION\t%s", line)
	}
	fmt.Fprintf(t, "\nAWS RESOURCES\tACCOUNT %s\n", s.Account)
	for _, kind := range slices.Sorted(maps.Keys(s.Resources)) {
		fmt.Fprintf(t, "%s\t%d\n", kind, s.Resources[kind])
	}
	if s.Fault != "" {
		fmt.Fprintf(t, "\nnot all clusters are back: %s\n", s.Fault)
	}
}
