package gitlab

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// including is the pipeline of a team's project that includes the template once for each service, with what is its own.
func including(services ...string) string {
	var text strings.Builder
	text.WriteString("stages: [build]\ninclude:\n")
	for _, inputs := range services {
		fmt.Fprintf(&text, "  - local: build.gitlab-ci.yml\n    inputs: {team: shop, platform: paddock-prod, project: %s, "+
			"account: '111111111111', region: us-west-2, builder_image: 'example.com/builder%s', "+
			"publisher_image: 'example.com/publisher%s', %s}\n", project, sha, sha, inputs)
	}
	return text.String()
}

// three services: each has a folder, two share a lock file, one's Dockerfile is named otherwise.
func three(t *testing.T) *repository {
	return newRepository(t, map[string]string{
		".gitlab-ci.yml": including(
			"service: web, path: services/web/",
			"service: api, path: services/api/, also: [go.sum, 'libs/**/*']",
			"service: mail, path: mail/, dockerfile: build/Containerfile, also: [go.sum], builder: kaniko"),
		"build.gitlab-ci.yml":     checkout(t, "pipeline/templates/build.gitlab-ci.yml"),
		"services/web/Dockerfile": "", "services/api/Dockerfile": "", "mail/build/Containerfile": "", "go.sum": "", "README.md": "",
	})
}

var (
	toMain   = event{source: "push", branch: "main", compares: true}
	toBranch = event{source: "push", branch: "feature", compares: true}
)

// Which services are built, by what has changed.
func TestBuildsWhatHasChanged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changed []string
		want    []string // services
	}{
		"source":                     {[]string{"services/web/index.js"}, []string{"web"}},
		"source, deep":               {[]string{"services/web/src/deep/index.js"}, []string{"web"}},
		"hidden file":                {[]string{"services/web/.npmrc"}, []string{"web"}},
		"new file":                   {[]string{"mail/new/file"}, []string{"mail"}},
		"Dockerfile":                 {[]string{"services/api/Dockerfile"}, []string{"api"}},
		"Dockerfile elsewhere":       {[]string{"mail/build/Containerfile"}, []string{"mail"}},
		"lock file of a service":     {[]string{"services/web/package-lock.json"}, []string{"web"}},
		"lock file of two":           {[]string{"go.sum"}, []string{"api", "mail"}},
		"library":                    {[]string{"libs/log/log.go"}, []string{"api"}},
		"service file":               {[]string{"services/api/service.yaml"}, []string{"api"}},
		"pipeline":                   {[]string{".gitlab-ci.yml"}, []string{"api", "mail", "web"}},
		"two services":               {[]string{"services/web/a", "mail/b"}, []string{"mail", "web"}},
		"none":                       {[]string{"README.md", "docs/web.md"}, nil},
		"name that begins alike":     {[]string{"services/web2/index.js", "services/webber"}, nil},
		"same folder name elsewhere": {[]string{"other/services/web/index.js"}, nil},
		"nothing":                    {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := three(t)
			r.change(t, tc.changed...)
			expect(t, r, mergeRequest(nil), named(tc.want, "build"))
			expect(t, r, toMain, named(tc.want, "build", "publish"))
			expect(t, r, toBranch, named(tc.want, "build"))
		})
	}
}

// The same change, by what happens.
func TestBuildsByEvent(t *testing.T) {
	t.Parallel()
	r := three(t)
	r.change(t, "services/web/index.js")
	all := []string{"api", "mail", "web"}
	tag := map[string]string{"CI_COMMIT_TAG": "v1"}
	open := map[string]string{"CI_OPEN_MERGE_REQUESTS": project + "!7"}
	otherFork := map[string]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": fork}
	for name, tc := range map[string]struct {
		event event
		want  []string
	}{
		"merge request":                       {mergeRequest(nil), named([]string{"web"}, "build")},
		"merge request of a fork, run here":   {mergeRequest(otherFork), named([]string{"web"}, "build")},
		"merge request of a fork, run there":  {inFork(mergeRequest(otherFork)), named([]string{"web"}, "build")},
		"push to main":                        {toMain, named([]string{"web"}, "build", "publish")},
		"push to main, which a request names": {event{"push", "main", true, open}, named([]string{"web"}, "build", "publish")},
		"first push to main":                  {event{source: "push", branch: "main"}, named(all, "build", "publish")},
		"push to a fork's main":               {inFork(toMain), named([]string{"web"}, "build")},
		"push to a branch":                    {toBranch, named([]string{"web"}, "build")},
		"push to a merge request's branch":    {event{"push", "feature", true, open}, nil},
		"by hand on main":                     {event{source: "web", branch: "main"}, named(all, "build", "publish")},
		"by hand on a fork's main":            {inFork(event{source: "web", branch: "main"}), named(all, "build")},
		"by hand on a branch":                 {event{source: "web", branch: "feature"}, named(all, "build")},
		"by hand on a tag":                    {event{source: "web", more: tag}, nil},
		"tag":                                 {event{source: "push", more: tag}, nil},
		"schedule":                            {event{source: "schedule", branch: "main"}, nil},
		"API":                                 {event{source: "api", branch: "main"}, nil},
		"trigger":                             {event{source: "trigger", branch: "main"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, r, tc.event, tc.want)
		})
	}
}

// A repository that is one service: every file is its own.
func TestBuildsOneService(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		changed string
		branch  string
		event   event
		want    []string
	}{
		"merge request":           {"main.go", "main", mergeRequest(nil), []string{"build:shop"}},
		"file in a folder":        {"cmd/shop/main.go", "main", mergeRequest(nil), []string{"build:shop"}},
		"push to main":            {"Dockerfile", "main", toMain, []string{"build:shop", "publish:shop"}},
		"another branch is it":    {"Dockerfile", "trunk", event{source: "push", branch: "trunk", compares: true}, []string{"build:shop", "publish:shop"}},
		"main is but a branch":    {"Dockerfile", "trunk", toMain, []string{"build:shop"}},
		"pipeline":                {".gitlab-ci.yml", "main", toMain, []string{"build:shop", "publish:shop"}},
		"schedule builds no more": {"main.go", "main", event{source: "schedule", branch: "main"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t, map[string]string{
				".gitlab-ci.yml":      including("service: shop, branch: " + tc.branch),
				"build.gitlab-ci.yml": checkout(t, "pipeline/templates/build.gitlab-ci.yml"), "Dockerfile": "",
			})
			r.change(t, tc.changed)
			expect(t, r, tc.event, tc.want)
		})
	}
}

// What nobody can mean is refused before there is a pipeline.
func TestBuildInputs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ inputs, want string }{
		"image by tag":         {"service: web, builder_image: 'moby/buildkit:rootless'", "builder_image"},
		"folder without slash": {"service: web, path: services/web", "path"},
		"folder above":         {"service: web, path: ../web/", "path"},
		"another builder":      {"service: web, builder: docker", "builder"},
		"service in capitals":  {"service: Web", "service"},
		"no service":           {"path: web/", "service"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t, map[string]string{
				".gitlab-ci.yml": including(tc.inputs), "build.gitlab-ci.yml": checkout(t, "pipeline/templates/build.gitlab-ci.yml"),
			})
			out := r.run(t, append(mergeRequest(nil).flags(nil), "--list-json")...)
			if out.code == 0 || !strings.Contains(out.out+out.err, "`"+tc.want+"` input") {
				t.Errorf("exit %d, want the input %s refused\n%s%s", out.code, tc.want, out.out, out.err)
			}
		})
	}
}

func expect(t *testing.T, r *repository, e event, want []string) {
	t.Helper()
	if got := r.jobs(t, e, nil); !slices.Equal(got, want) {
		t.Errorf("%s %s %v: jobs %q, want %q", e.source, e.branch, slices.Sorted(maps.Keys(e.more)), got, want)
	}
}

// named are the jobs of some services, sorted.
func named(services []string, kinds ...string) []string {
	var names []string
	for _, kind := range kinds {
		for _, service := range services {
			names = append(names, kind+":"+service)
		}
	}
	slices.Sort(names)
	return names
}
