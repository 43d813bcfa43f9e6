package process_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"paddock/sandbox/process"
)

// grandchild starts one that would live on, and writes its number into a file.
const grandchild = `sh -c 'trap "" TERM HUP INT; echo $$ > "$0.new"; mv "$0.new" "$0"; while :; do sleep 0.05; done' "$1" & `

func written(t *testing.T, file string) int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("%s was never written", file)
	return 0
}

func goes(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return
		}
		if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil && strings.Contains(string(text), ") Z ") {
			return // nobody waits for it
		}
	}
	t.Errorf("%d lives on", pid)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// What a process has started ends with it: when it exits, and when it is stopped.
func TestWholeEnds(t *testing.T) {
	for name, script := range map[string]string{"exits": grandchild + `while [ ! -e "$1" ]; do sleep 0.02; done`, "is stopped": grandchild + "wait"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			p, err := process.Start(t.Context(), process.Spec{
				Name: name, Path: "/bin/sh", Args: []string{"-c", script, "sh", file}, Env: []string{"PATH=/usr/bin:/bin"}, Log: filepath.Join(t.TempDir(), "log"), Whole: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			pid := written(t, file)
			if name == "is stopped" {
				if err := p.Stop(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			goes(t, pid)
			<-p.Done()
		})
	}
}

// And when the program that watches over it is killed, which can do nothing any more.
func TestWholeEndsWithUs(t *testing.T) {
	if file := os.Getenv("WHOLE_TEST_FILE"); file != "" {
		_, err := process.Start(t.Context(), process.Spec{
			Name: "whole", Path: "/bin/sh", Args: []string{"-c", grandchild + "wait", "sh", file}, Env: []string{"PATH=/usr/bin:/bin"}, Log: file + ".log", Whole: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(self, "-test.run", "^TestWholeEndsWithUs$")
	cmd.Env = append(os.Environ(), "WHOLE_TEST_FILE="+file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := written(t, file)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	goes(t, pid)
}
