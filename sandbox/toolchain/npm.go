package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// nodeProgram is a pinned program that runs under Node.
type nodeProgram struct {
	name  string // also the folder under sandbox/tools
	title string
	main  string // of its package, what Node starts
}

// eksJob installs the EKS component provider.
func (l Layout) eksJob(ctx context.Context) (job, error) {
	p := nodeProgram{"eks", "eks provider (npm)", "@pulumi/eks/cmd/provider/index.js"}
	return l.nodeJob(ctx, p, func() (string, error) {
		dir, err := l.pluginDir("eks")
		return filepath.Join(dir, "pulumi-resource-eks"), err
	})
}

// pipelinesJob installs what evaluates and runs GitLab pipelines in the tests, off the sandbox's PATH.
func (l Layout) pipelinesJob(ctx context.Context) (job, error) {
	p := nodeProgram{"gitlab-ci-local", "gitlab-ci-local (npm)", "gitlab-ci-local/dist/index.js"}
	return l.nodeJob(ctx, p, func() (string, error) {
		name := filepath.Join(l.Sandbox, "tests", p.name)
		return name, os.MkdirAll(filepath.Dir(name), 0o755)
	})
}

// nodeJob installs a program with the packages of its lock file. wrapper names the file that starts it.
func (l Layout) nodeJob(ctx context.Context, p nodeProgram, wrapper func() (string, error)) (job, error) {
	dir := l.tools(p.name)
	hash, err := key(dir)
	if err != nil {
		return job{}, err
	}
	final := filepath.Join(l.Cache, p.name+"-"+hash)
	main := filepath.Join(final, "node_modules", filepath.FromSlash(p.main))
	whole := func() bool { return exists(main) }
	return job{
		name: p.title,
		done: whole(),
		run: func(func(int, int)) error {
			return cached(final, whole, func(out string) error { return npmInstall(ctx, dir, out) })
		},
		link: func() error {
			name, err := wrapper()
			if err != nil {
				return err
			}
			text := fmt.Sprintf("#!/bin/sh\nexec node '%s' \"$@\"\n", strings.ReplaceAll(main, "'", `'\''`))
			return os.WriteFile(name, []byte(text), 0o755)
		},
	}, nil
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
	cmd := command(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = out
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, text)
	}
	return nil
}
