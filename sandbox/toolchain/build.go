package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Layout is where things are in one checkout.
type Layout struct {
	Root    string // the checkout
	Sandbox string // <Root>/.sandbox
	Cache   string // CacheDir
	Tests   bool   // also what only the tests run
}

// Bin is the folder that goes first on PATH.
func (l Layout) Bin() string { return filepath.Join(l.Sandbox, "bin") }

// PulumiHome is the sandbox's own PULUMI_HOME, so that nothing of the user's is touched.
func (l Layout) PulumiHome() string { return filepath.Join(l.Sandbox, "pulumi") }

func (l Layout) tools(name string) string { return filepath.Join(l.Root, "sandbox", "tools", name) }

// Ensure builds what is missing and links everything into Bin and PulumiHome.
func Ensure(ctx context.Context, l Layout, show *Progress) error {
	for _, dir := range []string{l.Bin(), l.PulumiHome()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs, err := l.jobs(ctx)
	if err != nil {
		return err
	}
	show.plan(jobs)
	// npm waits for the network while Go keeps the processors busy, so it runs beside the other steps.
	first, ended := jobs[0], make(chan error, 1)
	go func() { ended <- show.beside(first) }()
	for _, j := range jobs[1:] {
		if err := show.run(j); err != nil {
			cancel() // npm must not outlive this
			<-ended
			return fmt.Errorf("%s: %w", j.name, err)
		}
	}
	if err := <-ended; err != nil {
		return fmt.Errorf("%s: %w", first.name, err)
	}
	return nil
}

// job is one step of the set-up. done tells whether the cache has it; such a step is not shown.
type job struct {
	name string
	done bool
	big  bool                                      // fills the caches
	run  func(report func(built, total int)) error // report may be nil: nobody watches
	link func() error
}

// jobs lists the steps: npm's first, then those of Go in the order in which `up` needs their results.
func (l Layout) jobs(ctx context.Context) ([]job, error) {
	var jobs []job
	for _, set := range sets() {
		j, err := l.setJob(ctx, set)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.Name, err)
		}
		jobs = append(jobs, j)
	}
	eks, err := l.eksJob(ctx)
	if err != nil {
		return nil, fmt.Errorf("eks: %w", err)
	}
	jobs = append(append([]job{eks}, jobs...), l.ownJob(ctx), l.programJob(ctx))
	if !l.Tests {
		return jobs, nil
	}
	for _, of := range []func(context.Context) (job, error){l.awscliJob, l.pipelinesJob} {
		j, err := of(ctx)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func (l Layout) setJob(ctx context.Context, set Set) (job, error) {
	dir := l.tools(set.Name)
	flags, err := l.linkerFlags(set)
	if err != nil {
		return job{}, err
	}
	hash, err := key(dir, fmt.Sprint(flags, set))
	if err != nil {
		return job{}, err
	}
	final := filepath.Join(l.Cache, set.Name+"-"+hash)
	whole := func() bool { return set.whole(final) }
	return job{
		name: set.Name,
		done: whole(),
		big:  true,
		run: func(report func(int, int)) error {
			return cached(final, whole, func(out string) error { return buildSet(ctx, dir, out, set, flags, report) })
		},
		link: func() error { return l.link(final, set) },
	}, nil
}

// linkerFlags are one for the whole set: a stamp that a program does not have is ignored by the linker, and one
// `go build` keeps both cores busy where one for each program would link alone.
func (l Layout) linkerFlags(set Set) (string, error) {
	flags := "-s -w"
	if set.Stamp == "" {
		return flags, nil
	}
	from, prefix := filepath.Join(l.tools(set.Name), "go.mod"), "v"
	if set.Module == SDKKubernetes { // a plugin is asked for by its SDK's version, without the v
		from, prefix = filepath.Join(l.Root, "go.mod"), ""
	}
	version, err := Pinned(from, set.Module)
	if err != nil {
		return "", err
	}
	return flags + " -X " + set.Stamp + "=" + prefix + version, nil
}

func buildSet(ctx context.Context, dir, out string, set Set, flags string, report func(int, int)) error {
	what := []string{"-tags=" + set.Tags}
	for _, p := range set.Programs {
		what = append(what, p.Package)
	}
	args := append([]string{"build", "-v", "-ldflags=" + flags, "-o", out + string(filepath.Separator)}, what...)
	cmd := command(ctx, "go", args...)
	cmd.Dir = dir
	if err := newCounter(dir, what, report).run(cmd); err != nil {
		return err
	}
	for _, p := range set.Programs {
		if p.Built == "" {
			continue
		}
		if err := os.Rename(filepath.Join(out, p.Built), filepath.Join(out, p.Name)); err != nil {
			return err
		}
	}
	for _, f := range set.Files {
		if err := copyFromModule(dir, out, f); err != nil {
			return err
		}
	}
	return nil
}

// command is asked to end with ctx, so that it can end its own children, and killed if it does not.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// whole tells whether a folder of the cache holds all of the set.
func (s Set) whole(dir string) bool {
	for _, p := range s.Programs {
		if !exists(filepath.Join(dir, p.Name)) {
			return false
		}
	}
	for _, f := range s.Files {
		if !exists(filepath.Join(dir, f.Name)) {
			return false
		}
	}
	return true
}

func copyFromModule(dir, out string, f File) error {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", f.Module)
	cmd.Dir = dir
	where, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("folder of %s: %w", f.Module, err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(where)), filepath.FromSlash(f.Path)))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, f.Name), text, 0o644)
}

// link puts the set's programs where they are looked for.
func (l Layout) link(final string, set Set) error {
	for _, p := range set.Programs {
		target, dir, put := filepath.Join(final, p.Name), l.Bin(), symlink
		if p.Hard {
			put = hardlink
		}
		if p.Plugin != "" {
			var err error
			if dir, err = l.pluginDir(p.Plugin); err != nil {
				return err
			}
		}
		if err := put(target, filepath.Join(dir, p.Name)); err != nil {
			return err
		}
	}
	return nil
}

func symlink(target, name string) error {
	if now, err := os.Readlink(name); err == nil && now == target {
		return nil
	}
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	return os.Symlink(target, name)
}

// hardlink falls back to a copy where the cache is on another file system.
func hardlink(target, name string) error {
	a, errA := os.Stat(target)
	if errA != nil {
		return errA
	}
	b, errB := os.Stat(name)
	if errB == nil && (os.SameFile(a, b) || a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())) {
		return nil
	}
	if err := os.RemoveAll(name); err != nil {
		return err
	}
	if os.Link(target, name) == nil {
		return nil
	}
	text, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, text, 0o755); err != nil {
		return err
	}
	return os.Chtimes(name, a.ModTime(), a.ModTime())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
