package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// need is a program that must be there before anything is built.
type need struct {
	name    string
	args    []string
	major   int // lowest version that works; 0 = any
	minor   int
	because string
	remedy  string
}

var needs = []need{
	{"go", []string{"version"}, 1, 26, "builds Paddock and the tools", "install Go 1.26 or later from https://go.dev/dl"},
	{"git", []string{"--version"}, 0, 0, "Pulumi reads the checkout's history", "apt-get install git"},
	{"make", []string{"--version"}, 0, 0, "runs the commands of the README", "apt-get install make"},
	{"node", []string{"--version"}, 20, 0, "runs Pulumi's EKS provider", "install Node.js 20 or later from https://nodejs.org"},
	{"npm", []string{"--version"}, 9, 0, "installs Pulumi's EKS provider", "install npm, which comes with Node.js"},
}

// Free disk, GiB: a first build fills the Go module and build caches (measured: 11 GiB); a run needs room for etcd.
const (
	freeToBuild = 14
	freeToRun   = 1
)

// Check names everything that is missing on this machine, with the remedy, before any work is done.
func Check(l Layout) error {
	var faults []error
	for _, n := range needs {
		if err := n.check(); err != nil {
			faults = append(faults, err)
		}
	}
	if err := l.checkDisk(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

var versionDigits = regexp.MustCompile(`(\d+)\.(\d+)`)

func (n need) check() error {
	out, err := exec.Command(n.name, n.args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("missing %s (%s): %w; %s", n.name, n.because, err, n.remedy)
	}
	found := versionDigits.FindStringSubmatch(string(out))
	if n.major == 0 || found == nil {
		return nil
	}
	major, _ := strconv.Atoi(found[1]) // the pattern holds digits only
	minor, _ := strconv.Atoi(found[2])
	if major < n.major || major == n.major && minor < n.minor {
		return fmt.Errorf("%s is too old (%s): found %s, want %d.%d or later; %s",
			n.name, n.because, strings.TrimSpace(found[0]), n.major, n.minor, n.remedy)
	}
	return nil
}

func (l Layout) checkDisk() error {
	want := freeToRun
	if jobs, err := l.jobs(context.Background()); err == nil {
		for _, j := range jobs {
			if !j.done {
				want = freeToBuild
			}
		}
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(l.Root, &fs); err != nil {
		return fmt.Errorf("free disk at %s: %w", l.Root, err)
	}
	free := int(uint64(fs.Bsize) * fs.Bavail >> 30)
	if free < want {
		return fmt.Errorf("free disk at %s: %d GiB, want %d GiB; free some, or move the caches (GOCACHE, GOMODCACHE, XDG_CACHE_HOME)",
			l.Root, free, want)
	}
	return nil
}
