package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInterrupted is what happens to a platform whose makers are stopped half-way. Its parts share one sandbox.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, "dev")
	config := dev()
	config["cluster"].(object)["version"] = "1.33"
	delete(config, "teams")
	s.configure(t, config)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"a control plane that cannot start says why", s.badStart},
		{"ctrl-c while the cluster is made", s.interrupted},
		{"the daemon is killed", s.daemonKilled},
		{"a control plane that cannot come back says why", s.badReturn},
		{"two minors at once are refused", func(t *testing.T) { s.leap(t, config) }},
		{"destroyed after all that", s.destroyed},
		{"pulumi is killed as the cluster's making begins", func(t *testing.T) { s.pulumiKilled(t, "/etcd ") }},
		{"pulumi is killed among the add-ons", func(t *testing.T) { s.pulumiKilled(t, "/metrics-server ") }},
		{"everything is there", func(t *testing.T) { s.succeed(t, "up"); s.whole(t) }},
		{"destroyed once more", s.destroyed},
		{"pulumi is killed as the cluster's making ends", func(t *testing.T) { s.pulumiKilled(t, "/kube-scheduler ") }},
		{"destroyed with half of it made", s.destroyed},
	} {
		t.Run(part.story, part.tell)
	}
}

// whole checks that the platform is there and that Pulumi knows all of it.
func (s *sandbox) whole(t *testing.T) {
	t.Helper()
	s.succeed(t, "up", "--expect-no-changes")
	s.nodes(t, 2)
	s.succeed(t, "refresh", "--expect-no-changes")
}

func (s *sandbox) destroyed(t *testing.T) {
	s.succeed(t, "destroy")
	s.empty(t)
}

// breakProgram puts a program that only complains in the place of one of the sandbox's; what it returns undoes it.
func (s *sandbox) breakProgram(t *testing.T, name string) func() {
	t.Helper()
	real := s.program(name) + ".real"
	must(t, os.Rename(s.program(name), real))
	must(t, os.WriteFile(s.program(name), []byte("#!/bin/sh\necho 'no luck today' >&2\nexit 1\n"), 0o755))
	return func() { must(t, os.Rename(real, s.program(name))) }
}

func (s *sandbox) badStart(t *testing.T) {
	repair := s.breakProgram(t, "kube-apiserver")
	defer repair()
	r := s.verb(t, "up")
	refused(t, "up", r, "apiserver: exited before it was ready: exit status 1", "no luck today", "logs/apiserver.log")
	s.stopped(t)
}

// stopped ends the cloud and checks that nothing runs.
func (s *sandbox) stopped(t *testing.T) {
	t.Helper()
	if r := s.cmd(t, "down"); r.code != 0 {
		t.Errorf("sandbox down: exit %d\n%s", r.code, r.all())
	}
	for pid, line := range s.processes(t) {
		t.Errorf("still runs after `sandbox down`: %d %s", pid, line)
	}
}

func (s *sandbox) interrupted(t *testing.T) {
	b := s.begin(t, "up")
	s.find(t, "/kube-apiserver ")
	b.interrupt()
	r := b.end(t)
	if r.code != 130 || !strings.Contains(r.out, "^C received; cancelling") {
		t.Errorf("exit %d, want 130 after an orderly end\n%s", r.code, r.out)
	}
	if urns := s.pending(t); len(urns) > 0 {
		t.Errorf("Pulumi was not let finish what it had begun: %s", urns)
	}
	s.succeed(t, "up")
	s.whole(t)
}

// pending lists what the state says had begun and never ended.
func (s *sandbox) pending(t *testing.T) []string {
	t.Helper()
	var state struct {
		Checkpoint struct {
			Latest struct {
				Pending []struct {
					Resource struct {
						URN string `json:"urn"`
					} `json:"resource"`
				} `json:"pending_operations"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "state", ".pulumi", "stacks", "paddock", s.stack+".json"))
	must(t, err)
	must(t, json.Unmarshal(text, &state))
	var urns []string
	for _, op := range state.Checkpoint.Latest.Pending {
		urns = append(urns, op.Resource.URN)
	}
	return urns
}

func (s *sandbox) daemonKilled(t *testing.T) {
	kill(s.find(t, "/sandbox serve "))
	s.succeed(t, "up", "--expect-no-changes")
	s.nodes(t, 2)
}

func (s *sandbox) badReturn(t *testing.T) {
	s.stopped(t)
	repair := s.breakProgram(t, "kube-apiserver")
	r := s.verb(t, "preview")
	repair()
	refused(t, "preview", r, "apiserver: exited before it was ready: exit status 1", "no luck today", "logs/apiserver.log")
	s.stopped(t)
	s.succeed(t, "preview", "--expect-no-changes")
	s.nodes(t, 2)
}

func (s *sandbox) leap(t *testing.T, config object) {
	config["cluster"].(object)["version"] = "1.35"
	s.configure(t, config)
	refused(t, "up", s.verb(t, "up"), "Unsupported Kubernetes minor version update from 1.33 to 1.35")
	config["cluster"].(object)["version"] = "1.33"
	s.configure(t, config)
	s.untouched(t)
}

// pulumiKilled kills Pulumi the moment that a process of the control plane appears.
func (s *sandbox) pulumiKilled(t *testing.T, moment string) {
	b := s.begin(t, "up")
	defer b.tell(t)
	s.find(t, moment)
	kill(s.find(t, "/bin/pulumi up "))
	if r := b.end(t); r.code == 0 {
		t.Errorf("up went through\n%s", r.out)
	}
}
