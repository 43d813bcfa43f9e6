// Command setup checks the machine, then builds and links every program that the local cloud runs.
// It imports the standard library only, so that a fresh machine has it in seconds and can show progress from then on.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"paddock/sandbox/toolchain"
)

func main() {
	root := flag.String("root", "..", "the checkout")
	dir := flag.String("sandbox", "", "folder for what a run leaves; default <root>/.sandbox")
	tests := flag.Bool("tests", false, "also what only the tests run: the AWS CLI, gitlab-ci-local")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, *dir, *tests); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, dir string, tests bool) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if dir == "" {
		dir = filepath.Join(root, ".sandbox")
	}
	cache, err := toolchain.CacheDir()
	if err != nil {
		return err
	}
	l := toolchain.Layout{Root: root, Sandbox: dir, Cache: cache, Tests: tests}
	if err := toolchain.Check(l); err != nil {
		return err
	}
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return toolchain.Ensure(ctx, l, &toolchain.Progress{Out: os.Stderr, Terminal: terminal})
}
