package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// processes lists every live process that has anything to do with the sandbox: its program, folder, arguments or
// environment lie in or name the test's folder. It shares no code with `sandbox down`, whose work it judges.
func (s *sandbox) processes(t *testing.T) map[int]string {
	t.Helper()
	top := filepath.Dir(s.dir)
	found := map[int]string{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skip("no /proc to look for processes in")
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err != nil || len(line) == 0 { // gone, or waiting to be reaped
			continue
		}
		env, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		program, _ := os.Readlink(filepath.Join("/proc", e.Name(), "exe"))
		folder, _ := os.Readlink(filepath.Join("/proc", e.Name(), "cwd"))
		if strings.Contains(string(line)+string(env)+program+folder, top+"/") {
			found[pid] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}

// find waits for a process of the sandbox whose command line contains all of words.
func (s *sandbox) find(t *testing.T, words ...string) int {
	t.Helper()
	var pid int
	eventually(t, time.Minute, "a process "+strings.Join(words, " "), func() bool {
	next:
		for p, line := range s.processes(t) {
			for _, word := range words {
				if !strings.Contains(line, word) {
					continue next
				}
			}
			pid = p
			return true
		}
		return false
	})
	return pid
}

func kill(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) } // it may have ended meanwhile

// eventually polls until ok, or fails the test.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, within)
		}
	}
}
