package gitlab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// Where the throw-away repositories would be.
const (
	host    = "gitlab.example.com"
	project = "shop/services"
	id      = "1217" // gitlab-ci-local's own
	fork    = "99"
)

// isMade is the job that tells whether a pipeline is made at all.
const isMade = "is-made"

// program is gitlab-ci-local, where `make test` has put it.
func program(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("PADDOCK_TOOLS")
	if bin == "" {
		t.Skip("PADDOCK_TOOLS is not set; `make test` sets it")
	}
	name := filepath.Join(filepath.Dir(bin), "tests", "gitlab-ci-local")
	if _, err := os.Stat(name); err != nil {
		t.Fatalf("%v; run `make setup SETUP=-tests`", err)
	}
	return name
}

// checkout reads a file of this repository.
func checkout(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	must(t, err)
	return string(text)
}

// repository is a project of a test's own.
type repository struct {
	dir  string
	bin  string // goes first on PATH
	runs atomic.Int64
}

// newRepository commits files. What later commits change is compared with this one.
func newRepository(t *testing.T, files map[string]string) *repository {
	t.Helper()
	r := &repository{dir: t.TempDir(), bin: t.TempDir()}
	for name, text := range files {
		r.write(t, name, text)
	}
	// gitlab-ci-local does not hold itself to workflow:rules: a job with the same rules tells. It reads this file beside GitLab's.
	asks := isMade + ":\n  stage: .pre\n  script: [\"true\"]\n"
	if strings.Contains(files[".gitlab-ci.yml"], "\nworkflow:") {
		asks += "  rules:\n    - !reference [workflow, rules]\n"
	}
	r.write(t, ".gitlab-ci-local.yml", asks)
	r.git(t, "init", "--quiet", "--initial-branch=main")
	r.git(t, "remote", "add", "origin", "https://"+host+"/"+project+".git")
	r.commit(t, "Begin")
	// gitlab-ci-local compares with origin's default branch, whatever the event. GitLab compares a merge request, and a `compare_to`,
	// with where the branch began, a push with the commit before it: all of these are this commit here.
	r.git(t, "update-ref", "refs/remotes/origin/main", "HEAD")
	r.git(t, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	return r
}

func (r *repository) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(r.dir, name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(text), 0o644))
}

// change commits a change of each file, or a new one.
func (r *repository) change(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(r.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		r.write(t, name, string(text)+"\n# changed\n")
	}
	r.commit(t, "Change")
}

func (r *repository) commit(t *testing.T, message string) {
	t.Helper()
	r.git(t, "add", "--all", "--force")
	r.git(t, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--allow-empty", "--message", message)
}

func (r *repository) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// event is why GitLab makes a pipeline.
type event struct {
	source   string
	branch   string            // "" = a tag's, or a merge request's
	compares bool              // there is a commit to compare with; without one GitLab takes every file for changed
	more     map[string]string // variables
}

func mergeRequest(more map[string]string) event {
	variables := map[string]string{
		"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": id, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": id,
		"CI_OPEN_MERGE_REQUESTS": project + "!7",
	}
	maps.Copy(variables, more)
	return event{source: "merge_request_event", compares: true, more: variables}
}

// flags tell gitlab-ci-local of an event and of the project's variables.
func (e event) flags(variables map[string]string) []string {
	all := map[string]string{"CI_PIPELINE_SOURCE": e.source}
	maps.Copy(all, variables)
	maps.Copy(all, e.more)
	flags := []string{"--no-color"}
	if e.branch == "" {
		flags = append(flags, "--unset-variable", "CI_COMMIT_BRANCH")
	} else {
		all["CI_COMMIT_BRANCH"] = e.branch
	}
	if !e.compares {
		flags = append(flags, "--evaluate-rule-changes=false")
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		flags = append(flags, "--variable", name+"="+all[name])
	}
	return append(flags, "--ignore-predefined-vars", strings.Join(slices.Sorted(maps.Keys(all)), ","))
}

// jobs are those of the event's pipeline, sorted, with "manual" behind the names of those that wait for somebody; none where
// workflow:rules let no pipeline be made.
func (r *repository) jobs(t *testing.T, e event, variables map[string]string) []string {
	t.Helper()
	out := r.run(t, append(e.flags(variables), "--list-json", "--json-schema-validation=false")...)
	if out.code != 0 {
		t.Fatalf("gitlab-ci-local: exit %d\n%s%s", out.code, out.out, out.err)
	}
	var listed []struct{ Name, When string }
	at := max(0, strings.Index(out.out, "["))
	if err := json.Unmarshal([]byte(out.out[at:]), &listed); err != nil {
		t.Fatalf("gitlab-ci-local: %v\n%s%s", err, out.out, out.err)
	}
	names, made := []string{}, false
	for _, job := range listed {
		switch {
		case job.When == "never":
		case job.Name == isMade:
			made = true
		case job.When == "on_success":
			names = append(names, job.Name)
		default:
			names = append(names, job.Name+" "+job.When)
		}
	}
	if !made {
		return nil
	}
	slices.Sort(names)
	return names
}

type result struct {
	code     int
	out, err string
}

// run is gitlab-ci-local in the repository, without a user's own settings of it.
func (r *repository) run(t *testing.T, args ...string) result {
	t.Helper()
	state := fmt.Sprintf(".gitlab-ci-local/%d", r.runs.Add(1)) // runs beside each other must not share it
	cmd := exec.Command(program(t), append(args, "--state-dir", state)...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, &out, &errs
	cmd.Env = append(os.Environ(), "HOME="+r.dir, "PATH="+r.bin+":"+os.Getenv("PATH"))
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
