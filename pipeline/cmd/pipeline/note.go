package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"paddock/pipeline/gitlab"
	"paddock/pipeline/note"
	"paddock/pipeline/preview"
)

const noteLong = `note reads the output of ` + "`pulumi preview --json`" + ` and posts it as a note on the merge request, or updates the note that it posted
before: one for each project and stack. Without a token, or outside of a merge request, it prints the note.

  pulumi preview --json --stack dev | pipeline note --stack dev

The environment that GitLab gives to jobs of merge requests is read: CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID,
CI_MERGE_REQUEST_LABELS, CI_JOB_URL, CI_COMMIT_SHORT_SHA. The token is in GITLAB_TOKEN, or in the file --token-file; it needs the scope
api. CI_JOB_TOKEN cannot post notes.

The job fails when a resource of a protected type would be replaced or deleted, unless the merge request carries the label of --label.
With a token GitLab is asked for the labels, and the job may be retried after the label was put on. Without one they are those
that the merge request had when the pipeline was made: then a new pipeline is needed. Whoever may set labels may allow it.

Exit codes: 0 done; 1 the note could not be posted; 2 wrong usage; 3 something protected would be replaced or deleted; 4 the preview
failed. With 3 and 4 the note is posted first; where several hold, 4 goes before 3 and 3 before 1.`

// noteFlags are the command's.
type noteFlags struct {
	file, project, stack, label, tokenFile string
	protect                                []string
	json                                   bool
}

func noteCommand(sys *system) *cobra.Command {
	f := &noteFlags{}
	cmd := &cobra.Command{Use: "note", Short: "tell a merge request what a preview says", Long: noteLong, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runNote(cmd.Context(), sys, f) }}
	flags := cmd.Flags()
	flags.StringVar(&f.file, "file", "-", "the preview's JSON; - is standard input")
	flags.StringVar(&f.project, "project", "", "Pulumi project that the note is for (default: as the preview says)")
	flags.StringVar(&f.stack, "stack", "", "stack that the note is for (default: as the preview says, which one that died at once "+
		"does not)")
	flags.StringVar(&f.label, "label", "allow-destroy", "label that allows protected resources to be replaced or deleted")
	flags.StringSliceVar(&f.protect, "protect", nil, "further protected types, such as aws:rds/instance:Instance")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the token (default: the variable GITLAB_TOKEN)")
	flags.BoolVar(&f.json, "json", false, "print what was found as JSON on standard output")
	return cmd
}

// found is what --json prints.
type found struct {
	Project   string         `json:"project"`
	Stack     string         `json:"stack"`
	Counts    map[string]int `json:"counts"` // by kind: create, update, replace, delete, drift, gone, unchanged
	Protected []string       `json:"protected"`
	Allowed   bool           `json:"allowed"` // by the label
	Failed    string         `json:"failed,omitempty"`
	NoteID    int64          `json:"noteId,omitempty"` // absent: it was not posted
	Created   bool           `json:"created"`          // false: updated, or not posted
	Bytes     int            `json:"bytes"`
}

func runNote(ctx context.Context, sys *system, f *noteFlags) error {
	p, err := readPreview(sys.in, f.file)
	if err != nil {
		return err
	}
	mr, err := mergeRequest(sys.env, f.tokenFile)
	if err != nil {
		return err
	}
	args := &note.Args{
		Project: first(f.project, p.Project), Stack: first(f.stack, p.Stack),
		JobURL: sys.env("CI_JOB_URL"), Commit: sys.env("CI_COMMIT_SHORT_SHA"),
		Protected: protected(f.protect), Label: f.label, AsksLabels: mr != nil,
	}
	endangered := p.Endangered(args.Protected)
	if len(endangered) > 0 {
		args.Allowed = labelled(ctx, sys, mr, f.label)
	}
	body, cut := note.Render(p, args)
	result := summary(p, args, endangered, len(body))
	var postErr error
	if mr != nil {
		result.NoteID, result.Created, postErr = mr.Put(ctx, note.Marker(args.Project, args.Stack), body)
	}
	log := sys.out
	if f.json {
		log = sys.err
	}
	if mr == nil || postErr != nil || cut { // what a note was cut of stands in the job's log, to which it links
		fmt.Fprint(log, note.Whole(p, args))
	} else {
		fmt.Fprintf(log, "note %d: %s\n", result.NoteID, map[bool]string{true: "posted", false: "updated"}[result.Created])
	}
	if f.json {
		if err := printJSON(sys.out, result); err != nil {
			return err
		}
	}
	return errors.Join(postErr, verdict(p, args, endangered))
}

func readPreview(in io.Reader, file string) (*preview.Preview, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("note: %w", err)
		}
		defer f.Close()
		in = f
	}
	return preview.Read(in)
}

// mergeRequest opens the merge request of this job; nil where there is none, or no token.
func mergeRequest(env func(string) string, tokenFile string) (*gitlab.MergeRequest, error) {
	token := env("GITLAB_TOKEN")
	if tokenFile != "" {
		text, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, fmt.Errorf("note: token: %w", err)
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return nil, usage("note: token: %s is empty", tokenFile)
		}
	}
	url, project, iid := env("CI_API_V4_URL"), env("CI_PROJECT_ID"), env("CI_MERGE_REQUEST_IID")
	if token == "" || iid == "" {
		return nil, nil
	}
	if url == "" || project == "" {
		return nil, usage("note: CI_API_V4_URL or CI_PROJECT_ID is not set, but CI_MERGE_REQUEST_IID is: want all three, as GitLab " +
			"sets them")
	}
	n, err := strconv.ParseInt(iid, 10, 64)
	if err != nil {
		return nil, usage("note: CI_MERGE_REQUEST_IID: %q: want a number", iid)
	}
	return gitlab.Open(url, project, n, token)
}

func protected(more []string) map[string]string {
	all := maps.Clone(preview.Protected)
	for _, kind := range more {
		if all[kind] == "" {
			all[kind] = "resource"
		}
	}
	return all
}

// labelled says whether the merge request carries the label: now, if GitLab can be asked, else when the pipeline was made.
func labelled(ctx context.Context, sys *system, mr *gitlab.MergeRequest, label string) bool {
	labels := strings.Split(sys.env("CI_MERGE_REQUEST_LABELS"), ",")
	if mr != nil {
		now, err := mr.Labels(ctx)
		if err == nil {
			return slices.Contains(now, label)
		}
		fmt.Fprintf(sys.err, "pipeline: note: %v; the labels of the pipeline's creation count\n", err)
	}
	return slices.Contains(labels, label)
}

func summary(p *preview.Preview, args *note.Args, endangered []preview.Change, bytes int) *found {
	counts := map[string]int{"unchanged": p.Unchanged}
	for kind, n := range p.Count() {
		counts[string(kind)] = n
	}
	names := []string{}
	for _, c := range endangered {
		names = append(names, c.Type+" "+c.Name)
	}
	return &found{Project: args.Project, Stack: args.Stack, Counts: counts, Protected: names, Allowed: args.Allowed,
		Failed: p.Failed, Bytes: bytes}
}

// verdict is why the job fails although the note was posted.
func verdict(p *preview.Preview, args *note.Args, endangered []preview.Change) error {
	var errs []error
	if p.Failed != "" {
		errs = append(errs, fmt.Errorf("note: %w: %s", errPreview, p.Failed))
	}
	if len(endangered) > 0 && !args.Allowed {
		var names []string
		for _, c := range endangered {
			names = append(names, fmt.Sprintf("  %s %s %q (%s)", c.Kind, args.Protected[c.Type], c.Name, c.Type))
		}
		errs = append(errs, fmt.Errorf("note: %w: protected resources would be replaced or deleted:\n%s\nif this is meant, put the "+
			"label %s on the "+
			"merge request, then %s", errRefused, strings.Join(names, "\n"), args.Label, note.Rerun(args.AsksLabels)))
	}
	return errors.Join(errs...)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
