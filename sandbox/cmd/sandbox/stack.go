package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/daemon"
)

// stackCommands are the verbs that run Pulumi.
func (a *app) stackCommands() []*cobra.Command {
	verb := func(name, short string, run func(*pulumi, []string) error) *cobra.Command {
		cmd := &cobra.Command{
			Use: name + " [-- flags of pulumi]", Short: short,
			RunE: func(cmd *cobra.Command, args []string) error {
				p, err := a.pulumi(cmd.Context())
				if err != nil {
					return err
				}
				return run(p, args)
			},
		}
		cmd.Flags().StringVar(&a.stack, "stack", "dev", "the stack: Pulumi.<stack>.yaml")
		cmd.Flags().StringVar(&a.in, "project", "", "folder with another Pulumi project of the checkout, such as bootstrap; default the checkout itself")
		cmd.Flags().StringVar(&a.as, "as", "", "the IAM role that Pulumi acts as; default the account's administrator")
		a.weather.flags(cmd)
		return cmd
	}
	// up and destroy keep Pulumi's preview: it refuses what is protected before anything is changed.
	return []*cobra.Command{
		verb("up", "start the local cloud and bring the stack up on it", a.up),
		verb("preview", "show what `up` would change", func(p *pulumi, args []string) error {
			return p.run(append([]string{"preview"}, args...)...)
		}),
		verb("refresh", "bring the stack's state in line with what is there", func(p *pulumi, args []string) error {
			return p.run(append([]string{"refresh", "--yes", "--skip-preview"}, args...)...)
		}),
		verb("destroy", "remove everything the stack made", func(p *pulumi, args []string) error {
			return p.run(append([]string{"destroy", "--yes"}, args...)...)
		}),
	}
}

// pulumi runs the real Pulumi against the local cloud.
type pulumi struct {
	root, stack string
	project     string // the name in Pulumi.yaml; it is part of the state's paths
	binary      string
	file        string // the stack's state
	env         []string
}

var stackName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// pulumi starts the cloud if need be, and readies the stack.
func (a *app) pulumi(ctx context.Context) (*pulumi, error) {
	if err := a.hasStack(); err != nil {
		return nil, err
	}
	keys, err := a.ready(ctx)
	if err != nil {
		return nil, err
	}
	return a.project(ctx, keys)
}

// hasStack looks for the settings of the stack before anything starts.
func (a *app) hasStack() error {
	if !stackName.MatchString(a.stack) {
		return fmt.Errorf("--stack %q: want %s", a.stack, stackName)
	}
	if a.in != "" { // another project may do without settings
		return nil
	}
	if _, err := os.Stat(filepath.Join(a.root, "Pulumi."+a.stack+".yaml")); err != nil {
		return fmt.Errorf("--stack %s: %w", a.stack, err)
	}
	return nil
}

// ready starts the cloud if need be, and writes down how it is reached.
func (a *app) ready(ctx context.Context) (keys daemon.Keys, err error) {
	if err := a.start(ctx); err != nil {
		return keys, fmt.Errorf("local cloud: %w", err)
	}
	if err := a.client().Call(ctx, http.MethodGet, "/keys", nil, &keys); err != nil {
		return keys, err
	}
	if err := a.writeEnv(a.variables(keys)); err != nil {
		return keys, err
	}
	return keys, a.setWeather(ctx)
}

// project readies a stack of a cloud that runs: its state exists, nothing of a killed run is in the way.
func (a *app) project(ctx context.Context, keys daemon.Keys) (*pulumi, error) {
	root := filepath.Join(a.root, a.in)
	project, err := projectOf(root)
	if err != nil {
		return nil, err
	}
	vars := a.variables(keys)
	if err := a.actAs(ctx, vars); err != nil {
		return nil, fmt.Errorf("--as %s: %w", a.as, err)
	}
	p := &pulumi{
		root: root, stack: a.stack, project: project, binary: a.path("bin", "pulumi"), env: environ(vars),
		file: a.stateFile(project),
	}
	if err := a.found(p, keys); err != nil {
		return nil, fmt.Errorf("stack %s: %w", a.stack, err)
	}
	return p, a.recover(ctx, p)
}

// projectOf reads the name of the Pulumi project in a folder.
func projectOf(dir string) (string, error) {
	file := filepath.Join(dir, "Pulumi.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var project struct{ Name string }
	if err := yaml.Unmarshal(text, &project); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if !stackName.MatchString(project.Name) {
		return "", fmt.Errorf("%s: name %q: want %s", file, project.Name, stackName)
	}
	return project.Name, nil
}

func (a *app) stateFile(project string) string {
	return a.path("state", ".pulumi", "stacks", project, a.stack+".json")
}

// found writes an empty state for a new stack by hand, where `pulumi stack init` would write into Pulumi.<stack>.yaml,
// and tells Pulumi where the secrets of such a state are encrypted.
func (a *app) found(p *pulumi, keys daemon.Keys) error {
	credentials := map[string]any{
		"accessTokens": map[string]string{keys.SecretsURL: keys.SecretsToken},
		"accounts":     map[string]any{keys.SecretsURL: map[string]string{"accessToken": keys.SecretsToken}},
	}
	if err := writeJSON(a.path("pulumi", "credentials.json"), credentials); err != nil {
		return err
	}
	if _, err := os.Stat(p.file); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	meta := a.path("state", ".pulumi", "meta.yaml")
	if err := atomicfile.Write(meta, []byte("version: 1\n"), 0o644); err != nil {
		return err
	}
	secrets := map[string]any{"type": "service", "state": map[string]string{
		"url": keys.SecretsURL, "owner": "organization", "project": p.project, "stack": p.stack,
	}}
	return writeJSON(p.file, map[string]any{"version": 3, "checkpoint": map[string]any{
		"stack":  "organization/" + p.project + "/" + p.stack,
		"latest": map[string]any{"manifest": map[string]any{"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}, "secrets_providers": secrets},
	}})
}

func writeJSON(file string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(file, append(text, '\n'), 0o600)
}

// run hands the terminal to Pulumi and passes signals on: at the first Pulumi ends its operations, at a second it stops at
// once. Ctrl-C in a terminal has reached it already and must not count twice.
func (p *pulumi) run(args ...string) error {
	cmd := p.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	terminal := foreground()
	// Without a terminal a signal to our whole group must not count twice either.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: !terminal}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return err
		case s := <-signals:
			if s != os.Interrupt || !terminal {
				_ = cmd.Process.Signal(os.Interrupt) // it may have ended meanwhile
			}
		}
	}
}

// foreground tells whether this process is in the group that the terminal sends Ctrl-C to.
func foreground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (p *pulumi) output(args ...string) ([]byte, error) {
	out, err := p.command(append(args, "--non-interactive")...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("pulumi %s: %v\n%s", args[0], err, exit.Stderr) // %v: main takes an ExitError for told already
		}
		return nil, fmt.Errorf("pulumi %s: %w", args[0], err)
	}
	return out, nil
}

// command names the sandbox's own pulumi by path: this process's PATH may lack it.
func (p *pulumi) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, append(args, "--stack", p.stack)...)
	cmd.Dir, cmd.Env = p.root, p.env
	return cmd
}
