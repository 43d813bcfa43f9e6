package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var hundred = flag.Bool("hundred", false, "TestHundred: deploy a hundred services of ten teams, and tell how long it takes")

// TestHundred is no part of `make test`: it is there for its figures. Every pod is a real process.
func TestHundred(t *testing.T) {
	if !*hundred {
		t.Skip("run it with -args -hundred")
	}
	const teams, services = 10, 10
	a := newApps(t)
	a.crowd(t, teams, services)
	a.timed(t, "platform: up", "up")
	a.stock(t, teams, services)
	for team := range teams {
		name := fmt.Sprintf("team%d", team)
		flags := []string{"--project", "apps", "--stack", name + "-dev", "--as", "role/paddock-dev-" + name + "-release"}
		a.timed(t, name+": preview", append([]string{"preview"}, flags...)...)
		a.timed(t, name+": up", append(append([]string{"up"}, flags...), "--", "--skip-preview")...)
		a.timed(t, name+": second up", append(append([]string{"up"}, flags...), "--", "--skip-preview", "--expect-no-changes")...)
	}
	a.timed(t, "platform: second up", "up", "--", "--expect-no-changes")
	if r := a.cmd(t, "status"); r.code == 0 {
		t.Log(r.all())
	}
}

// crowd writes the platform's config, and each team's stack and service files.
func (a *apps) crowd(t *testing.T, teams, services int) {
	c := object{}
	for team := range teams {
		name := fmt.Sprintf("team%d", team)
		var folders, tags []string
		for i := range services {
			service := fmt.Sprintf("service%d", i)
			folder := name + "-" + service
			folders, tags = append(folders, folder), append(tags, service+": v1")
			must(t, os.Mkdir(filepath.Join(a.root, "apps", folder), 0o755))
			must(t, os.WriteFile(filepath.Join(a.root, "apps", folder, "service.yaml"), []byte(fmt.Sprintf(`name: %s
team: %s
port: 8080
health: {ready: /healthz, live: /livez}
cpu: {request: 100m, limit: 200m}
memory: {request: 32Mi, limit: 32Mi}
replicas: {min: 2, max: 3}
callers: [team%d/service%d]
`, service, name, (team+1)%teams, i)), 0o644))
		}
		c[name] = object{"delivery": object{"services": stripped(folders, name+"-")}}
		must(t, os.WriteFile(filepath.Join(a.root, "apps", "Pulumi."+name+"-dev.yaml"), []byte(fmt.Sprintf(`config:
  paddock-apps:platform: organization/paddock/dev
  paddock-apps:team: %s
  paddock-apps:services: [%s]
  paddock-apps:tags: {%s}
`, name, strings.Join(folders, ", "), strings.Join(tags, ", "))), 0o644))
	}
	must(t, os.Remove(a.stackFile()))
	platform := dev()
	platform["teams"] = c
	platform["nodeGroups"] = object{"default": object{"min": 13, "max": 20}}
	a.configure(t, platform)
}

func stripped(list []string, prefix string) (out []string) {
	for _, s := range list {
		out = append(out, strings.TrimPrefix(s, prefix))
	}
	return out
}

// stock makes every service's image known: all are the sample frontend.
func (a *apps) stock(t *testing.T, teams, services int) {
	binary := filepath.Join(a.dir, "frontend")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.Join(checkout(t), "apps", "frontend")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	registry := strings.TrimSpace(a.shell(t, "pulumi stack output registry --stack dev").out)
	for team := range teams {
		for i := range services {
			ref := fmt.Sprintf("%s/team%d/service%d:v1", registry, team, i)
			if r := a.cmd(t, "image", "add", ref, "--", binary); r.code != 0 {
				t.Fatalf("sandbox image add: %s", r.all())
			}
		}
	}
}

// timed tells how long a command takes, and how much memory all that it starts has at once; the local cloud itself is not of it.
func (a *apps) timed(t *testing.T, what string, args ...string) {
	t.Helper()
	var peak atomic.Int64
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(300 * time.Millisecond):
				peak.Store(max(peak.Load(), descendants(os.Getpid())))
			}
		}
	}()
	start := time.Now()
	r := a.cmd(t, args...)
	took := time.Since(start)
	close(done)
	if r.code != 0 {
		t.Fatalf("%s: exit %d\n%s", what, r.code, r.all())
	}
	t.Logf("%s: %.1f s, %d MiB", what, took.Seconds(), peak.Load()>>20)
}

// descendants is the resident memory of all that a process has started, in bytes.
func descendants(of int) (sum int64) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	children, memory := map[int][]int{}, map[int]int64{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		parent, _ := strconv.Atoi(fields[1])
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		children[parent] = append(children[parent], pid)
		memory[pid] = pages * int64(os.Getpagesize())
	}
	var add func(int)
	add = func(pid int) {
		for _, child := range children[pid] {
			sum += memory[child]
			add(child)
		}
	}
	add(of)
	return sum
}
