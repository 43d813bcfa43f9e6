package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"paddock/sandbox/images"
	"paddock/sandbox/link"
)

const imageLong = `What runs on this machine for images of the account's registry, in the place of a build and a push. Pods of a repository that has
any image here are run as processes; a tag that is not here cannot be pulled. Pods of all other images are simulated.`

// imageCommand is the registry's owner's.
func (a *app) imageCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "image", Short: "say what runs for images of the account's registry", Long: imageLong,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	list := &cobra.Command{Use: "list", Short: "list the images and what runs for them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []images.Image
			if err := a.client().Call(cmd.Context(), http.MethodGet, "/images", nil, &all); err != nil {
				return err
			}
			return a.show(cmd.OutOrStdout(), all, func(w io.Writer) { printImages(w, all) })
		}}
	list.Flags().BoolVar(&a.json, "json", false, "print JSON")
	remove := &cobra.Command{Use: "remove REF", Short: "forget an image; pods that run go on", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.client().Call(cmd.Context(), http.MethodDelete, "/images?ref="+url.QueryEscape(args[0]), nil, nil)
		}}
	cmd.AddCommand(a.imageAddCommand(), list, remove)
	return cmd
}

func (a *app) imageAddCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "add REF [--dir DIR] -- COMMAND [ARG...]", Short: "say what runs for an image, in the place of a push",
		Args: cobra.MinimumNArgs(2),
		Long: "Say what runs for an image, which REF names as <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>; one of that name is replaced.\n" +
			"COMMAND is looked for on PATH, or in DIR if it has a slash and is not absolute. The process is to listen on $HOST:<its container's port>.\n" +
			"The sandbox's own folder, where it is not the usual one, is named by --dir before `image`, or by $" + link.DirVariable + ".",
		RunE: func(cmd *cobra.Command, args []string) error {
			image := images.Image{Ref: args[0], Dir: dir}
			var err error
			if image.Dir, err = filepath.Abs(dir); err != nil {
				return err
			}
			if image.Command, err = resolved(image.Dir, args[1:]); err != nil {
				return err
			}
			return a.client().Call(cmd.Context(), http.MethodPost, "/images", image, nil)
		}}
	cmd.Flags().StringVar(&dir, "dir", ".", "folder that the command runs in")
	// The flag of that name which all commands have is the sandbox's folder.
	return cmd
}

// resolved is a command line with the program's absolute path.
func resolved(dir string, command []string) ([]string, error) {
	program := command[0]
	switch {
	case filepath.IsAbs(program):
	case strings.Contains(program, string(os.PathSeparator)):
		program = filepath.Join(dir, program)
	default:
		found, err := exec.LookPath(program)
		if err != nil {
			return nil, fmt.Errorf("command: %w", err)
		}
		if program, err = filepath.Abs(found); err != nil {
			return nil, err
		}
	}
	return append([]string{program}, command[1:]...), nil
}

func printImages(w io.Writer, all []images.Image) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "IMAGE\tDIR\tCOMMAND\n")
	for _, i := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\n", i.Ref, i.Dir, strings.Join(i.Command, " "))
	}
}
