package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"paddock/sandbox/link"
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

// Free disk, GiB: a first build fills Go's module and build caches (measured: 11.1 GiB) and the tool cache (measured: 0.9 GiB);
// a run needs room for etcd and logs.
const (
	freeToBuild  = 14
	freeForTools = 2
	freeToRun    = 1
)

// Check names everything that is missing on this machine, with the remedy, before any work is done.
func Check(l Layout) error {
	var faults []error
	for _, n := range append(slices.Clone(needs), l.aptNeeds()...) {
		if err := n.check(); err != nil {
			faults = append(faults, err)
		}
	}
	if err := link.CheckDir(l.Sandbox); err != nil {
		faults = append(faults, err)
	}
	if len(faults) == 0 { // it asks go
		faults = append(faults, l.checkDisk())
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

// checkDisk looks where the bytes go: a build fills Go's caches and the tool cache, a run only the sandbox.
func (l Layout) checkDisk() error {
	faults := []error{free(l.Root, freeToRun, "move the checkout")}
	jobs, err := l.jobs(context.Background())
	if err != nil || !slices.ContainsFunc(jobs, func(j job) bool { return !j.done && j.big }) {
		return errors.Join(append(faults, err)...)
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		dir, err := exec.Command("go", "env", name).Output()
		if err != nil {
			return errors.Join(append(faults, fmt.Errorf("go env %s: %w", name, err))...)
		}
		faults = append(faults, free(strings.TrimSpace(string(dir)), freeToBuild, "set "+name+" to a folder elsewhere"))
	}
	return errors.Join(append(faults, free(l.Cache, freeForTools, "set XDG_CACHE_HOME to a folder elsewhere"))...)
}

// free makes the folder if need be, which shows that it can be written, and looks at its file system.
func free(dir string, want int, remedy string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w; %s", err, remedy)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("free disk at %s: %w", dir, err)
	}
	if got := int(uint64(fs.Bsize) * fs.Bavail >> 30); got < want {
		return fmt.Errorf("free disk at %s: %d GiB, want %d GiB; free some, or %s", dir, got, want, remedy)
	}
	return nil
}
