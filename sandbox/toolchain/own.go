package toolchain

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

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

// ownJob builds the sandbox's own programs. Go decides what is stale, so it runs every time.
func (l Layout) ownJob(ctx context.Context) job {
	packages := []string{}
	for _, name := range own {
		packages = append(packages, "./cmd/"+name)
	}
	return job{name: "sandbox", done: exists(filepath.Join(l.Bin(), own[0])), run: func(report func(int, int)) error {
		dir := filepath.Join(l.Root, "sandbox")
		if err := goBuild(ctx, dir, l.Bin()+string(filepath.Separator), packages, report); err != nil {
			return err
		}
		plugin, err := l.pluginDir("aws")
		if err != nil {
			return err
		}
		return goBuild(ctx, dir, filepath.Join(plugin, ownProvider), []string{"./cmd/" + ownProvider}, report)
	}}
}

// programJob builds the Pulumi program itself, where the language host looks for it.
func (l Layout) programJob(ctx context.Context) job {
	out := filepath.Join(l.Bin(), ProgramName)
	return job{name: "program", done: exists(out), run: func(report func(int, int)) error {
		return goBuild(ctx, l.Root, out, []string{"."}, report)
	}}
}

// ProgramName is the file, beside the sandbox's own programs, that holds the Pulumi program at the root of the module.
const ProgramName = "program"

// ProgramFile is the file in bin that holds the Pulumi program of a folder. A checkout may have several, in one module or in
// modules of their own, and none takes another's place: each is called by its way from the outermost module.
func ProgramFile(bin, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root := ""
	for at := dir; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, "go.mod")) {
			root = at
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if root == "" {
		return "", fmt.Errorf("%s: no go.mod there or above: the program belongs to no Go module", dir)
	}
	way, err := filepath.Rel(root, dir)
	if err != nil {
		return "", err
	}
	name := ProgramName
	if way != "." {
		name += "-" + strings.ReplaceAll(way, string(filepath.Separator), "-")
	}
	return filepath.Join(bin, name), nil
}

// BuildProgram builds the Pulumi program that stands in dir; it does as little as programJob did where that has run.
func BuildProgram(ctx context.Context, dir, out string) error {
	return goBuild(ctx, dir, out, []string{"."}, nil)
}

func goBuild(ctx context.Context, dir, out string, packages []string, report func(int, int)) error {
	args := append([]string{"build", "-v", "-ldflags=-s -w", "-o", out}, packages...)
	cmd := command(ctx, "go", args...)
	cmd.Dir = dir
	return newCounter(dir, packages, report).run(cmd)
}
