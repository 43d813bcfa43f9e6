package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"paddock/sandbox/aws"
)

// criticalPath is the longest chain of AWS resources that wait for each other, and how long the making of the stack took.
type criticalPath struct {
	Steps    []pathStep `json:"steps"`
	Seconds  float64    `json:"seconds"`  // of the chain: the floor
	Makespan float64    `json:"makespan"` // from the first call to the last resource
	Ratio    float64    `json:"ratio"`
}

type pathStep struct {
	URN     string  `json:"urn"`
	Seconds float64 `json:"seconds"`
}

func (a *app) pathCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "path", Short: "show which resources a stack's making had to wait for, one after another", Args: cobra.NoArgs,
		Long: "Show the longest chain of AWS resources that wait for each other, and the time from the first create to the last, of a\n" +
			"stack that was made in one run. Resources inside the cluster count as if they took no time. Most telling with --latency aws.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			project, err := projectOf(a.root)
			if err != nil {
				return err
			}
			state, err := readState(a.stateFile(project))
			if err != nil {
				return fmt.Errorf("stack %s: %w", a.stack, err)
			}
			var calls []aws.Entry
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/calls", nil, &calls); err != nil {
				return err
			}
			p := longest(state, calls)
			if len(p.Steps) == 0 {
				return fmt.Errorf("stack %s: no AWS resource was made that the audit still knows", a.stack)
			}
			return a.show(cmd.OutOrStdout(), p, func(w io.Writer) { printPath(w, p) })
		}}
	cmd.Flags().StringVar(&a.stack, "stack", "dev", "the stack")
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

// made is when AWS made a resource, of the last time that it did.
type made struct {
	began time.Time
	took  float64
}

func lastMade(calls []aws.Entry) map[string]made {
	out := map[string]made{}
	for _, c := range calls {
		if c.Verb == "create" && c.Outcome == "ok" {
			out[c.URN] = made{c.Time, c.Seconds}
		}
	}
	return out
}

// longest walks the resources in the order of the state, in which each comes after what it depends on.
func longest(s state, calls []aws.Entry) criticalPath {
	times := lastMade(calls)
	ends, before := map[string]float64{}, map[string]string{}
	var first, last time.Time
	var end string
	for _, r := range s.resources() {
		if m, ok := times[r.urn]; ok && (first.IsZero() || m.began.Before(first)) {
			first = m.began
		}
		if r.created.After(last) {
			last = r.created
		}
		for _, d := range r.waitsFor {
			if ends[d] > ends[r.urn] {
				ends[r.urn], before[r.urn] = ends[d], d
			}
		}
		ends[r.urn] += times[r.urn].took
		if end == "" || ends[r.urn] > ends[end] {
			end = r.urn
		}
	}
	p := criticalPath{Seconds: ends[end], Makespan: last.Sub(first).Seconds()}
	for urn := end; urn != ""; urn = before[urn] {
		if took := times[urn].took; took > 0 {
			p.Steps = append(p.Steps, pathStep{urn, took})
		}
	}
	slices.Reverse(p.Steps)
	if p.Seconds > 0 {
		p.Ratio = p.Makespan / p.Seconds
	}
	return p
}

// resource is what a state says of one, as far as the path needs it.
type resource struct {
	urn      string
	created  time.Time
	waitsFor []string // URNs of what it depends on, its provider among them
}

func (s state) resources() []resource {
	list, _ := s.latest()["resources"].([]any)
	var out []resource
	for _, e := range list {
		m, _ := e.(map[string]any)
		r := resource{}
		r.urn, _ = m["urn"].(string)
		text, _ := m["created"].(string)
		r.created, _ = time.Parse(time.RFC3339Nano, text) // components have none
		depends, _ := m["dependencies"].([]any)
		for _, d := range depends {
			urn, _ := d.(string)
			r.waitsFor = append(r.waitsFor, urn)
		}
		if provider, ok := m["provider"].(string); ok {
			urn, _ := cutLast(provider, "::")
			r.waitsFor = append(r.waitsFor, urn)
		}
		out = append(out, r)
	}
	return out
}

func cutLast(s, sep string) (before, after string) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):]
	}
	return s, ""
}

func printPath(w io.Writer, p criticalPath) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	at := 0.0
	for _, s := range p.Steps {
		at += s.Seconds
		before, name := cutLast(s.URN, "::")
		_, kind := cutLast(before, "$")
		fmt.Fprintf(t, "%.2f s\t%.2f s\t %s %s\n", at, s.Seconds, kind, name)
	}
	t.Flush()
	fmt.Fprintf(w, "critical path %.2f s, makespan %.2f s, ratio %.3f\n", p.Seconds, p.Makespan, p.Ratio)
}
