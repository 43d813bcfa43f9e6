package toolchain

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script puts a program of a few lines into a folder that is all of PATH's but the system's.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := write(t, filepath.Join(dir, name), "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// checkoutWith is a layout that has nothing but the recipe for the AWS CLI.
func checkoutWith(t *testing.T, wrapper string) Layout {
	t.Helper()
	dir := t.TempDir()
	l := Layout{Root: dir, Sandbox: filepath.Join(dir, ".sandbox"), Cache: filepath.Join(dir, "cache"), Tests: true}
	write(t, filepath.Join(l.tools("awscli"), "apt.conf"), "")
	script(t, l.tools("awscli"), "aws", wrapper)
	return l
}

func getAWSCLI(l Layout) error {
	j, err := l.awscliJob(context.Background())
	if err != nil {
		return err
	}
	if err := j.run(nil); err != nil {
		return err
	}
	return j.link()
}

// fakeApt downloads two packages into its archives, if it is not to fail.
const fakeApt = `for arg; do case $arg in Dir::Cache=*) cache=${arg#*=};; install) word=install;; esac; done
test "$word" = install || exit 0
touch "$cache/archives/awscli_1_all.deb" "$cache/archives/libc6_1_amd64.deb"`

func TestAWSCLIIsUnpackedOnce(t *testing.T) {
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	script(t, bin, "apt-get", fakeApt)
	script(t, bin, "dpkg-deb", `echo "${2##*/}" >> `+log)
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv(AWSCLI, "")
	l := checkoutWith(t, "exit 0")
	for range 2 {
		if err := getAWSCLI(l); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(log); string(text) != "awscli_1_all.deb\n" { // and not the C library
		t.Errorf("unpacked %q, %v", text, err)
	}
	if target, err := os.Readlink(l.awscli()); filepath.Dir(filepath.Dir(target)) != l.Cache {
		t.Errorf("linked to %s, %v", target, err)
	}
	if left, _ := filepath.Glob(filepath.Join(l.Cache, "*", "apt-*")); len(left) > 0 {
		t.Errorf("apt's folders are left: %v", left)
	}
}

func TestAWSCLIFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		apt, wrapper string
		want         []string
	}{
		"no mirror":      {"echo no route to mirror; exit 100", "exit 0", []string{"apt-get update", "no route to mirror", "apt-get install", AWSCLI}},
		"does not start": {fakeApt, "echo no such library; exit 1", []string{"--version", "no such library"}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			script(t, bin, "apt-get", tc.apt)
			script(t, bin, "dpkg-deb", "exit 0")
			t.Setenv("PATH", bin+":/usr/bin:/bin")
			t.Setenv(AWSCLI, "")
			l := checkoutWith(t, tc.wrapper)
			err := getAWSCLI(l)
			for _, word := range tc.want {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("got %v, want %q in it", err, word)
				}
			}
			if left, _ := os.ReadDir(l.Cache); len(left) > 0 {
				t.Errorf("the cache holds %v", left)
			}
		})
	}
}

// Somebody's own AWS CLI is taken as it is, also where the variable names the link that an earlier run made.
func TestNamedAWSCLI(t *testing.T) {
	l := checkoutWith(t, "exit 1")
	own := script(t, t.TempDir(), "aws", "echo aws-cli/2.0.0")
	for _, named := range []string{own, l.awscli()} {
		t.Setenv(AWSCLI, named)
		if err := getAWSCLI(l); err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink(l.awscli()); target != own {
			t.Errorf("%s: linked to %s, %v", named, target, err)
		}
	}
	if needs := l.aptNeeds(); len(needs) > 0 {
		t.Errorf("needs %v though an AWS CLI is named", needs)
	}
	for _, named := range []string{filepath.Join(l.Root, "none"), "bin/aws"} {
		t.Setenv(AWSCLI, named)
		if err := getAWSCLI(l); err == nil || !strings.Contains(err.Error(), "want the absolute path of an AWS CLI") {
			t.Errorf("%s: got %v", named, err)
		}
	}
}

func TestAWSCLINeedsApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(AWSCLI, "")
	for _, n := range (Layout{Tests: true}).aptNeeds() {
		if err := n.check(); err == nil || !strings.Contains(err.Error(), "missing "+n.name) || !strings.Contains(err.Error(), AWSCLI) {
			t.Errorf("got %v", err)
		}
	}
	if needs := (Layout{}).aptNeeds(); len(needs) > 0 {
		t.Errorf("needs %v without tests", needs)
	}
}
