package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestApps is two product teams that ship onto a platform: their services go up, answer through the front door, are released under
// load, fail on purpose in every way that has a message, and go again.
func TestApps(t *testing.T) {
	t.Parallel()
	a := newApps(t)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"the services go up, each by its team's role", a.up},
		{"a request goes through the front door to frontend, to backend and back", a.answered},
		{"a second up changes nothing", a.unchanged},
		{"a new version rolls out under load, and not a request fails", a.released},
		{"a user's request waits while backend is released", a.waited},
		{"what fails says why, and the old version serves on", a.failures},
		{"a team's role reaches its own namespaces only", a.isolated},
		{"a service acts as a role that the platform gives it", a.identified},
		{"the grader grades frontend by its name", a.graded},
		{"a service that goes and comes again finds its volume", a.returned},
		{"destroy leaves nothing", a.destroyed},
	} {
		if !t.Run(part.story, part.tell) {
			return
		}
	}
}

// apps are the samples, in a checkout of the test's own.
type apps struct {
	*sandbox
	door  door
	build map[string]string // by service: the tag that `apps up` gave it
}

// newApps copies the project whole: the test edits what a product team would.
func newApps(t *testing.T) *apps {
	t.Helper()
	a := &apps{sandbox: newSandbox(t, "dev"), build: map[string]string{}}
	must(t, os.CopyFS(filepath.Join(a.root, "apps"), os.DirFS(filepath.Join(checkout(t), "apps"))))
	must(t, os.Symlink(filepath.Join(checkout(t), "Pulumi.dev.yaml"), filepath.Join(a.root, "Pulumi.dev.yaml")))
	return a
}

func (a *apps) up(t *testing.T) {
	a.succeed(t, "up")
	start := time.Now()
	r := a.cmd(t, "apps", "up")
	if r.code != 0 {
		t.Fatalf("sandbox apps up: exit %d\n%s", r.code, r.all())
	}
	t.Logf("sandbox apps up: %s", time.Since(start).Round(100*time.Millisecond))
	for _, want := range []string{
		"apps: team backend, as arn:aws:iam::", ":role/paddock-dev-backend-release", ":role/paddock-dev-frontend-release",
		"is rolled out: it serves with 1 of 1 pods", "is rolled out: it serves with 2 of 2 pods", "passes its smoke check: GET /smoke",
		"https://" + shopHost + ".localhost:",
	} {
		if !strings.Contains(r.all(), want) {
			t.Errorf("lacks %q:\n%s", want, r.all())
		}
	}
	// Who is called goes up first: frontend's smoke check goes through to backend.
	if b, f := strings.Index(r.all(), "apps: team backend"), strings.Index(r.all(), "apps: team frontend"); b < 0 || f < b {
		t.Errorf("not in order:\n%s", r.all())
	}
	a.door = (&ingress{sandbox: a.sandbox}).door(t)
	for _, service := range []string{"backend", "frontend"} {
		a.build[service] = a.version(t, service)
	}
}

// version is the tag that a service's Deployment is at.
func (a *apps) version(t *testing.T, service string) string {
	t.Helper()
	image := a.image(t, service)
	return image[strings.LastIndex(image, ":")+1:]
}

func (a *apps) image(t *testing.T, service string) string {
	t.Helper()
	r := a.kubectl(t, "get", "deployment", service, "-n", service, "-o", "jsonpath='{.spec.template.spec.containers[0].image}'")
	if r.code != 0 {
		t.Fatal(r.all())
	}
	return strings.TrimSpace(r.out)
}

func (a *apps) url(path string) string {
	return fmt.Sprintf("https://%s.localhost:%d%s", shopHost, a.door.HTTPS, path)
}

func (a *apps) answered(t *testing.T) {
	for path, want := range map[string]string{"/": "frontend " + a.build["frontend"], "/version": a.build["frontend"], "/api/jobs": `{"jobs":[]}`} {
		if status, body, _ := a.door.ask(t, a.url(path)); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, status, body, want)
		}
	}
	l := a.loader(t)
	if status, err := l.post("feed the cattle"); status != http.StatusCreated || err != nil {
		t.Errorf("a job: %d, %v", status, err)
	}
	var got struct{ Jobs []struct{ Title string } }
	_, body, _ := a.door.ask(t, a.url("/api/jobs"))
	must(t, json.Unmarshal([]byte(body), &got))
	if len(got.Jobs) != 1 || got.Jobs[0].Title != "feed the cattle" {
		t.Errorf("jobs %s", body)
	}
}

func (a *apps) unchanged(t *testing.T) {
	r := a.cmd(t, "apps", "up", "--", "--expect-no-changes")
	if r.code != 0 {
		t.Errorf("sandbox apps up: exit %d\n%s", r.code, r.all())
	}
}

// release deploys a team's service at a tag, as its pipeline would.
func (a *apps) release(t *testing.T, service, tag string) result {
	t.Helper()
	return a.releaseAs(t, service, service, tag)
}

// releaseAs deploys it with the role of a team, its own or not.
func (a *apps) releaseAs(t *testing.T, team, service, tag string) result {
	t.Helper()
	file := filepath.Join(a.dir, "Pulumi."+service+"-dev.yaml")
	must(t, os.WriteFile(file, []byte(fmt.Sprintf(`config:
  paddock-apps:platform: organization/paddock/dev
  paddock-apps:team: %[1]s
  paddock-apps:services: [%[1]s]
  paddock-apps:tags: {%[1]s: %[2]s}
`, service, tag)), 0o644))
	start := time.Now()
	r := a.cmd(t, "up", "--project", "apps", "--stack", service+"-dev", "--as", "role/paddock-dev-"+team+"-release", "--", "--skip-preview", "--config-file", file)
	t.Logf("%s:%s: exit %d after %s", service, tag, r.code, time.Since(start).Round(100*time.Millisecond))
	return r
}

// register makes a tag of a service's repository known, and what runs for it.
func (a *apps) register(t *testing.T, service, tag string, command ...string) {
	t.Helper()
	image := a.image(t, service)
	ref := image[:strings.LastIndex(image, ":")+1] + tag
	if r := a.cmd(t, append([]string{"image", "add", ref, "--"}, command...)...); r.code != 0 {
		t.Fatalf("sandbox image add: %s", r.all())
	}
}

// program is what `apps up` has built.
func (a *apps) program(service string) string {
	return filepath.Join(a.dir, "apps", service, a.build[service])
}

func (a *apps) released(t *testing.T) {
	a.register(t, "frontend", "v2", a.program("frontend"))
	l := a.loader(t)
	l.begin(40*time.Millisecond, func() (int, error) { return l.get("/api/jobs") })
	r := a.release(t, "frontend", "v2")
	time.Sleep(time.Second) // the last of the old pods end
	l.end(t, 50)
	if r.code != 0 || !strings.Contains(r.all(), "frontend/frontend: version v2 passes its smoke check") {
		t.Errorf("exit %d\n%s", r.code, r.all())
	}
	if v := a.version(t, "frontend"); v != "v2" {
		t.Errorf("version %s", v)
	}
}

// Backend has a volume, so the old one stops before the new one starts.
func (a *apps) waited(t *testing.T) {
	a.register(t, "backend", "v2", a.program("backend"))
	l := a.loader(t)
	l.begin(200*time.Millisecond, func() (int, error) { return l.post("brush the horses") })
	r := a.release(t, "backend", "v2")
	time.Sleep(time.Second)
	l.end(t, 10)
	if r.code != 0 {
		t.Errorf("exit %d\n%s", r.code, r.all())
	}
	// The list is of the last hundred jobs.
	if _, body, _ := a.door.ask(t, a.url("/api/jobs")); !strings.Contains(body, "feed the cattle") && l.sent < 100 {
		t.Errorf("what backend kept before is gone: %s", body)
	}
}

// The claim outlives backend, and so does what it kept; a larger one is asked for by a hand that did not make it.
func (a *apps) returned(t *testing.T) {
	jobs := func() string {
		_, body, _ := a.door.ask(t, a.url("/api/jobs"))
		return body
	}
	before := jobs()
	a.gone(t)
	a.edit(t, "backend", "size: 1Gi", "size: 2Gi")
	r := a.cmd(t, "apps", "up")
	a.restore(t, "backend")
	if r.code != 0 {
		t.Fatalf("sandbox apps up: exit %d\n%s", r.code, r.all())
	}
	if after := jobs(); !strings.Contains(before, `"title"`) || after != before {
		t.Errorf("kept %s\nfound %s", before, after)
	}
	if r := a.kubectl(t, "get", "pvc", "backend", "-n", "backend", "-o", "jsonpath='{.spec.resources.requests.storage}'"); r.out != "2Gi" {
		t.Errorf("the claim asks for %s", r.all())
	}
}

// gone removes the services; only backend's claim stays.
func (a *apps) gone(t *testing.T) {
	t.Helper()
	if r := a.cmd(t, "apps", "destroy"); r.code != 0 {
		t.Fatalf("sandbox apps destroy: exit %d\n%s", r.code, r.all())
	}
	for ns, left := range map[string]string{"frontend": "", "backend": "persistentvolumeclaim/backend"} {
		eventually(t, time.Minute, "nothing of the services in "+ns, func() bool {
			r := a.kubectl(t, "get", "deploy,pods,svc,ingress,hpa,pdb,pvc", "-n", ns, "-o", "name")
			return r.code == 0 && strings.TrimSpace(r.out) == left
		})
	}
}

func (a *apps) destroyed(t *testing.T) {
	a.gone(t)
	if r := a.kubectl(t, "delete", "pvc", "backend", "-n", "backend"); r.code != 0 {
		t.Errorf("the claim cannot be removed: %s", r.all())
	}
	eventually(t, time.Minute, "no volume", func() bool {
		r := a.kubectl(t, "get", "pv", "-o", "name")
		return r.code == 0 && strings.TrimSpace(r.out) == ""
	})
	a.succeed(t, "destroy")
	if r := a.cmd(t, "leftovers"); r.code != 0 {
		t.Errorf("left:\n%s", r.all())
	}
}
