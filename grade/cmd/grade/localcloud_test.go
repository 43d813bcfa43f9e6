package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/grade/internal/fakekube"
	"paddock/grade/measure"
	"paddock/grade/run"
)

// localCloud stands in for the command sandbox. It writes down what it is asked, and fails from the so-manieth question for its
// conditions on.
func localCloud(t *testing.T, fails string) (log func() string) {
	t.Helper()
	dir := t.TempDir()
	script := `#!/bin/sh
echo "$@" >>"` + dir + `/log"
[ "$2" = --json ] || exit 0
[ "$(grep -c json "` + dir + `/log")" -lt ` + fails + ` ] || exit 1
echo '{"bootDelay":"5s"}'
`
	if err := os.WriteFile(filepath.Join(dir, "sandbox"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() string {
		text, err := os.ReadFile(filepath.Join(dir, "log"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
}

func forced(t *testing.T) (*bench, error) {
	t.Helper()
	b := &bench{rig: run.Rig{API: fakekube.New(t).Client, Say: t.Logf}}
	return b, b.force(t.Context(), &options{target: run.Sandbox, boot: 20 * time.Second, pull: -1})
}

func TestConditionsGoBack(t *testing.T) {
	log := localCloud(t, "9")
	b, err := forced(t)
	if err != nil || b.rig.Notes[measure.KeyBoot] != "5s" || b.rig.Notes[measure.KeyScrapes] != "1" {
		t.Errorf("%v, %v", b.rig.Notes, err)
	}
	b.restore()
	if got := log(); !strings.HasSuffix(got, "conditions --boot-delay 5s") {
		t.Errorf("asked:\n%s", got)
	}
}

// A run that never begins leaves no boot delay behind.
func TestConditionsGoBackWhenItFails(t *testing.T) {
	log := localCloud(t, "2")
	if _, err := forced(t); err == nil {
		t.Error("no error")
	}
	if got := log(); !strings.HasSuffix(got, "conditions --boot-delay 5s") {
		t.Errorf("asked:\n%s", got)
	}
}
