package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"paddock/grade/report"
	"paddock/grade/run"
	"paddock/grade/trace"
)

func reportCommand() *cobra.Command {
	var asJSON bool
	var out string
	cmd := &cobra.Command{Use: "report DIR...", Short: "grade and show again what runs have left in folders",
		Long: `report reads every run-*.json of the folders, grades the runs anew, and writes report.html, report.json and the pictures into the
first of them. Runs of several settings, from one folder or several, are set side by side; each is compared to the last. That is
also how settings are compared that grade cannot change by itself, such as flags of the autoscaler: one run before the change, one
after it, each with a --name of its own.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("report: want a folder")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, dirs []string) error {
			runs, err := read(dirs)
			if err != nil {
				return err
			}
			if out == "" {
				out = dirs[0]
			}
			return conclude(cmd.OutOrStdout(), cmd.ErrOrStderr(), out, runs, asJSON)
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON on standard output")
	cmd.Flags().StringVar(&out, "out", "", "folder for the report (default: the first one)")
	return cmd
}

// read finds the runs of folders: folder by folder, in order of time.
func read(dirs []string) ([]*trace.Run, error) {
	var out []*trace.Run
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "run-*.json"))
		if err != nil {
			return nil, fmt.Errorf("report: %s: %w", dir, err)
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("report: %s: there is no run-*.json in it", dir)
		}
		var here []*trace.Run
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("report: %w", err)
			}
			r := &trace.Run{}
			if err := json.Unmarshal(text, r); err != nil {
				return nil, fmt.Errorf("report: %s: %w", file, err)
			}
			if r.Schema != trace.Schema {
				return nil, fmt.Errorf("report: %s: schema %d: want %d", file, r.Schema, trace.Schema)
			}
			here = append(here, r)
		}
		slices.SortStableFunc(here, func(a, b *trace.Run) int { return a.Started.Compare(b.Started) })
		out = append(out, here...)
	}
	return out, nil
}

// conclude grades runs, writes the report and prints what it comes to.
func conclude(out, errs io.Writer, dir string, runs []*trace.Run, asJSON bool) error {
	if len(runs) == 0 {
		return nil
	}
	r, err := report.New("How well it scales", runs)
	if err != nil {
		return err
	}
	page := filepath.Join(dir, "report.html")
	if err := draw(page, func(w io.Writer) error { return report.HTML(w, r) }); err != nil {
		return err
	}
	if err := run.Write(filepath.Join(dir, "report.json"), r); err != nil {
		return err
	}
	for _, p := range report.Pictures(r) {
		if err := draw(filepath.Join(dir, p.Name+".svg"), p.Draw); err != nil {
			return err
		}
	}
	if asJSON {
		if err := report.JSON(out, r); err != nil {
			return err
		}
		out = errs
	}
	if err := report.Text(out, r, colours(out)); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nReport: %s\n", page)
	return nil
}

func draw(file string, how func(io.Writer) error) error {
	var text bytes.Buffer
	if err := how(&text); err != nil {
		return err
	}
	return run.WriteText(file, text.Bytes())
}

// colours tells whether a writer is a terminal that shows them.
func colours(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
