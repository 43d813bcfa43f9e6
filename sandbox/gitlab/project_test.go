package gitlab

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// sha stands for any digest.
var sha = "@sha256:" + strings.Repeat("0123456789abcdef", 4)

// settled are the variables of a project that is set up.
var settled = map[string]string{
	"PADDOCK_IMAGE":       "registry.example.com/paddock/ci" + sha,
	"PADDOCK_DEV_ACCOUNT": "111111111111", "PADDOCK_DEV_REGION": "us-west-2",
	"PADDOCK_PROD_ACCOUNT": "222222222222", "PADDOCK_PROD_REGION": "us-west-2",
}

// with is the settled project but for some variables; "" takes one away.
func with(changes map[string]string) map[string]string {
	all := maps.Clone(settled)
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// Which jobs this repository's pipeline has, by what happens.
func TestProjectJobs(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{
		".gitlab-ci.yml": checkout(t, ".gitlab-ci.yml"), ".gitlab/environment.yml": checkout(t, ".gitlab/environment.yml"),
	})
	r.change(t, "main.go")
	noProd := map[string]string{"PADDOCK_PROD_ACCOUNT": ""}
	by := func(image string) map[string]string { return with(map[string]string{"PADDOCK_IMAGE": image}) }
	all := []string{"check", "deploy:dev", "deploy:prod manual", "verify:dev", "verify:prod"}
	for name, tc := range map[string]struct {
		event     event
		variables map[string]string
		want      []string
	}{
		"merge request":           {mergeRequest(nil), settled, []string{"check", "preview:dev", "preview:prod"}},
		"push to main":            {toMain, settled, all},
		"first push to main":      {event{source: "push", branch: "main"}, settled, all},
		"by hand on main":         {event{source: "web", branch: "main"}, settled, all},
		"push to a branch":        {event{source: "push", branch: "feature", compares: true}, settled, nil},
		"new branch":              {event{source: "push", branch: "feature"}, settled, nil},
		"by hand on a branch":     {event{source: "web", branch: "feature"}, settled, nil},
		"tag":                     {event{source: "push", more: map[string]string{"CI_COMMIT_TAG": "v1"}}, settled, nil},
		"by hand on a tag":        {event{source: "web", more: map[string]string{"CI_COMMIT_TAG": "v1"}}, settled, nil},
		"schedule":                {event{source: "schedule", branch: "main"}, settled, []string{"drift:dev", "drift:prod"}},
		"schedule on a branch":    {event{source: "schedule", branch: "feature"}, settled, nil},
		"trigger":                 {event{source: "trigger", branch: "main"}, settled, nil},
		"another pipeline":        {event{source: "pipeline", branch: "main"}, settled, nil},
		"API":                     {event{source: "api", branch: "main"}, settled, nil},
		"fork's, run by a member": {mergeRequest(map[string]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": fork}), settled, []string{"check"}},
		"fork's, run in the fork": {inFork(mergeRequest(map[string]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": fork})), settled, []string{"check"}},
		"fork's, run in the fork, which has no variables": {
			inFork(mergeRequest(map[string]string{"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": fork})), nil, []string{"unpinned"}},
		"fork's main, set up alike": {inFork(toMain),
			with(map[string]string{"PADDOCK_DEV_ACCOUNT": "", "PADDOCK_PROD_ACCOUNT": ""}), []string{"check"}},
		"fork without variables": {inFork(toMain), nil, []string{"unpinned"}},

		"no prod yet, merge request": {mergeRequest(nil), with(noProd), []string{"check", "preview:dev"}},
		"no prod yet, push to main": {toMain, with(noProd),
			[]string{"check", "deploy:dev", "verify:dev"}},
		"no prod yet, schedule": {event{source: "schedule", branch: "main"}, with(noProd), []string{"drift:dev"}},
		"prod alone": {toMain, with(map[string]string{"PADDOCK_DEV_ACCOUNT": ""}),
			[]string{"check", "deploy:prod manual", "verify:prod"}},

		"no image":               {mergeRequest(nil), by(""), []string{"unpinned"}},
		"image by tag":           {toMain, by("paddock/ci:1"), []string{"unpinned"}},
		"image by tag, schedule": {event{source: "schedule", branch: "main"}, by("paddock/ci:1"), []string{"unpinned"}},
		"digest cut short":       {mergeRequest(nil), by("paddock/ci" + sha[:70]), []string{"unpinned"}},
		"digest too long":        {mergeRequest(nil), by("paddock/ci" + sha + "0"), []string{"unpinned"}},
		"digest without a name":  {mergeRequest(nil), by(sha), []string{"unpinned"}},
		"tag and digest":         {mergeRequest(nil), by("paddock/ci:1" + sha), []string{"check", "preview:dev", "preview:prod"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := r.jobs(t, tc.event, tc.variables); !slices.Equal(got, tc.want) {
				t.Errorf("jobs %q, want %q", got, tc.want)
			}
		})
	}
}

// inFork is the same event where the fork's own project runs the pipeline.
func inFork(e event) event {
	more := map[string]string{"CI_PROJECT_ID": fork, "CI_PROJECT_PATH": "someone/services"}
	maps.Copy(more, e.more)
	e.more = more
	return e
}
