package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// eksJob installs the EKS component provider, which is a Node program.
func (l Layout) eksJob(ctx context.Context) (job, error) {
	dir := l.tools("eks")
	hash, err := key(dir)
	if err != nil {
		return job{}, err
	}
	final := filepath.Join(l.Cache, "eks-"+hash)
	return job{
		name: "eks provider (npm)",
		done: exists(final),
		run: func(func(int, int)) error {
			return cached(final, func(out string) error { return npmInstall(ctx, dir, out) })
		},
		link: func() error { return l.linkEKS(final) },
	}, nil
}

// linkEKS writes the wrapper that starts the provider under Node.
func (l Layout) linkEKS(final string) error {
	dir, err := l.pluginDir("eks")
	if err != nil {
		return err
	}
	main := filepath.Join(final, "node_modules", "@pulumi", "eks", "cmd", "provider", "index.js")
	text := fmt.Sprintf("#!/bin/sh\nexec node %q \"$@\"\n", main)
	return os.WriteFile(filepath.Join(dir, "pulumi-resource-eks"), []byte(text), 0o755)
}

// pluginDir is the folder in PULUMI_HOME where the engine finds a provider under the version that the program's SDK asks
// for, so that it downloads nothing.
func (l Layout) pluginDir(name string) (string, error) {
	version, err := Pinned(filepath.Join(l.Root, "go.mod"), plugins[name])
	if err != nil {
		return "", err
	}
	dir := filepath.Join(l.PulumiHome(), "plugins", "resource-"+name+"-v"+version)
	return dir, os.MkdirAll(dir, 0o755)
}

func npmInstall(ctx context.Context, dir, out string) error {
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	// --ignore-scripts: the packages' install scripts only try to download plugins.
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = out
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, text)
	}
	return nil
}

// ownJob builds the sandbox's own programs. Go decides what is stale, so it runs every time.
func (l Layout) ownJob() job {
	packages := []string{}
	for _, name := range own {
		packages = append(packages, "./cmd/"+name)
	}
	return job{name: "sandbox", done: exists(filepath.Join(l.Bin(), own[0])), run: func(report func(int, int)) error {
		dir := filepath.Join(l.Root, "sandbox")
		if err := goBuild(dir, l.Bin()+string(filepath.Separator), packages, report); err != nil {
			return err
		}
		plugin, err := l.pluginDir("aws")
		if err != nil {
			return err
		}
		return goBuild(dir, filepath.Join(plugin, ownProvider), []string{"./cmd/" + ownProvider}, report)
	}}
}

// programJob builds the Pulumi program itself, where the language host looks for it.
func (l Layout) programJob() job {
	out := filepath.Join(l.Bin(), ProgramName)
	return job{name: "program", done: exists(out), run: func(report func(int, int)) error {
		return goBuild(l.Root, out, []string{"."}, report)
	}}
}

// ProgramName is the file, beside the sandbox's own programs, that holds the Pulumi program.
const ProgramName = "program"

// BuildProgram builds the Pulumi program that stands in dir; it does as little as programJob did where that has run.
func BuildProgram(dir, out string) error {
	return goBuild(dir, out, []string{"."}, func(int, int) {})
}

func goBuild(dir, out string, packages []string, report func(int, int)) error {
	args := append([]string{"build", "-v", "-ldflags=-s -w", "-o", out}, packages...)
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	return newCounter(dir, packages, report).run(cmd)
}
