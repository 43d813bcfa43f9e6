package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// AWSCLI names the variable that gives the tests an AWS CLI which is there already.
const AWSCLI = "PADDOCK_AWSCLI"

// elsewhere is the way out on a machine without apt.
const elsewhere = "or set " + AWSCLI + " to the path of an AWS CLI, version 2"

// aptNeeds are the programs that get the AWS CLI for the tests where nobody names one.
func (l Layout) aptNeeds() []need {
	if !l.Tests || os.Getenv(AWSCLI) != "" {
		return nil
	}
	return []need{
		{"apt-get", []string{"--version"}, 0, 0, "downloads the AWS CLI for the tests", "run them on Debian, " + elsewhere},
		{"dpkg-deb", []string{"--version"}, 0, 0, "unpacks the AWS CLI for the tests", "run them on Debian, " + elsewhere},
	}
}

// awscli is where the tests find the AWS CLI: not in Bin, where our own aws stands.
func (l Layout) awscli() string { return filepath.Join(l.Sandbox, "tests", "aws") }

// awscliJob provides the real AWS CLI: the one that AWSCLI names, otherwise that of Debian's package, unpacked into the
// cache. Nothing is installed, so it takes no rights.
func (l Layout) awscliJob(ctx context.Context) (job, error) {
	if named := os.Getenv(AWSCLI); named != "" {
		return l.namedAWSCLI(ctx, named)
	}
	dir := l.tools("awscli")
	system, err := os.ReadFile("/etc/os-release") // apt's sources are the system's: another release has other packages
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return job{}, err
	}
	hash, err := key(dir, string(system))
	if err != nil {
		return job{}, err
	}
	final := filepath.Join(l.Cache, "awscli-"+hash)
	whole := func() bool { return exists(filepath.Join(final, "aws")) }
	return job{
		name: "aws cli (apt)",
		done: whole(),
		run: func(report func(int, int)) error {
			return cached(final, whole, func(out string) error { return unpackAWSCLI(ctx, dir, out, report) })
		},
		link: func() error { return l.linkAWSCLI(filepath.Join(final, "aws")) },
	}, nil
}

func (l Layout) namedAWSCLI(ctx context.Context, named string) (job, error) {
	if !filepath.IsAbs(named) { // make and go each have a folder of their own
		return job{}, fmt.Errorf("%s: %s: want the absolute path of an AWS CLI", AWSCLI, named)
	}
	target, err := filepath.EvalSymlinks(named) // it may be the very link that is made here
	if err == nil {
		err = runs(ctx, target)
	}
	if err != nil {
		return job{}, fmt.Errorf("%s: want the absolute path of an AWS CLI: %w", AWSCLI, err)
	}
	return job{
		name: "aws cli", done: true, run: func(func(int, int)) error { return nil },
		link: func() error { return l.linkAWSCLI(target) },
	}, nil
}

func (l Layout) linkAWSCLI(target string) error {
	if err := os.MkdirAll(filepath.Dir(l.awscli()), 0o755); err != nil {
		return err
	}
	return symlink(target, l.awscli())
}

// unpackAWSCLI downloads Debian's awscli with all that it depends on, which apt checks against the system's keys, and
// unpacks it without running anything of the packages.
func unpackAWSCLI(ctx context.Context, dir, out string, report func(int, int)) error {
	work, err := os.MkdirTemp(out, "apt-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	packages, err := download(ctx, filepath.Join(dir, "apt.conf"), work, "awscli")
	if err != nil {
		return fmt.Errorf("%w\nrepair apt's sources, %s", err, elsewhere)
	}
	for i, file := range packages {
		if report != nil {
			report(i, len(packages))
		}
		// The C library belongs to the loader, whose path is the system's.
		if strings.HasPrefix(filepath.Base(file), "libc6_") {
			continue
		}
		if text, err := command(ctx, "dpkg-deb", "--extract", file, out).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg-deb --extract %s: %w\n%s", filepath.Base(file), err, text)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "aws"))
	if err != nil {
		return err
	}
	wrapper := filepath.Join(out, "aws")
	if err := os.WriteFile(wrapper, text, 0o755); err != nil {
		return err
	}
	return runs(ctx, wrapper)
}

// download gets the files of a package and of its dependencies, in a state of apt's that begins empty.
func download(ctx context.Context, config, work, name string) ([]string, error) {
	lists, cache := filepath.Join(work, "lists"), filepath.Join(work, "cache")
	archives := filepath.Join(cache, "archives")
	for _, dir := range []string{lists, archives} {
		if err := os.MkdirAll(filepath.Join(dir, "partial"), 0o755); err != nil {
			return nil, err
		}
	}
	apt := func(args ...string) error {
		args = append([]string{"-q", "-c", config, "-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache=" + cache}, args...)
		cmd := command(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args[7:], " "), err, strings.TrimSpace(string(text)))
		}
		return nil
	}
	// A source that cannot be read, of somebody's own packages maybe, does not matter as long as Debian's can.
	stale := apt("update")
	if err := apt("install", "--download-only", "--yes", name); err != nil {
		return nil, errors.Join(stale, err)
	}
	return filepath.Glob(filepath.Join(archives, "*.deb"))
}

// runs tells whether a program starts, as far as its version.
func runs(ctx context.Context, program string) error {
	if text, err := exec.CommandContext(ctx, program, "--version").CombinedOutput(); err != nil {
		return fmt.Errorf("%s --version: %w\n%s", program, err, text)
	}
	return nil
}
