package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"paddock/sandbox/daemon"
	"paddock/sandbox/images"
)

// build makes what stands for the images of a team's services, and returns their tags by service. A folder that is no Go module,
// and a service that names its own image, are somebody else's to build: `sandbox image add` says what runs for them.
func (r *appsRun) build(ctx context.Context, t appsTeam, repositories map[string]string) (map[string]string, error) {
	tags := map[string]string{}
	for _, s := range t.services {
		repository := repositories[s.Name]
		if _, err := os.Stat(filepath.Join(s.folder, "go.mod")); s.Image != "" || repository == "" || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		tag, err := hashOf(s.folder)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		program := r.path(appsProject, s.Name, tag)
		if err := compile(ctx, s.folder, program, tag); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		image := images.Image{Ref: repository + ":" + tag, Dir: s.folder, Command: []string{program}}
		if err := r.client().Call(ctx, http.MethodPost, "/images", image, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		tags[s.Name] = tag
	}
	return tags, nil
}

// compile does in the folder what its Dockerfile does.
func compile(ctx context.Context, folder, program, version string) error {
	if _, err := os.Stat(program); err == nil {
		return nil // its name says what is in it
	}
	fmt.Fprintf(os.Stderr, "apps: builds %s\n", filepath.Base(folder)+":"+version)
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w -X main.version="+version, "-o", program, ".")
	cmd.Dir = folder
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// beside a service's sources lies what says how it is built and deployed, which changes nothing of what it does.
var beside = []string{"service.yaml", "Dockerfile", ".dockerignore"}

// hashOf is the start of the hash of what a service is built from.
func hashOf(folder string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(beside, entry.Name()) || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", strings.TrimPrefix(path, folder), len(text))
		sum.Write(text)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil))[:12], err
}

// show tells where the services are.
func (r *appsRun) show(ctx context.Context, w io.Writer) error {
	var door daemon.Edge
	if err := r.client().Call(ctx, http.MethodGet, "/edge", nil, &door); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nThe services are up. As others in the cluster call them, and where they are on this machine:\n")
	exposed := false
	for _, team := range r.teams {
		p := &pulumi{
			root: filepath.Join(r.root, appsProject), stack: team.stack,
			binary: r.path("bin", "pulumi"), env: environ(r.variables(r.keys)),
		}
		text, err := p.output("stack", "output", "services", "--json")
		if err != nil {
			return err
		}
		var services map[string]struct{ Address, URL string }
		if err := json.Unmarshal(text, &services); err != nil {
			return fmt.Errorf("exports of stack %s: %w", team.stack, err)
		}
		for _, name := range slices.Sorted(maps.Keys(services)) {
			s := services[name]
			here := "not exposed"
			if u, err := url.Parse(s.URL); err == nil && u.Host != "" {
				here, exposed = strings.TrimSuffix(address(door, u.Host), "/")+u.Path, true
			}
			fmt.Fprintf(t, "  %s\t%s\n", s.Address, here)
		}
	}
	if exposed {
		fmt.Fprintf(t, "  curl --cacert %s ...\n", door.CAFile)
	}
	return t.Flush()
}
