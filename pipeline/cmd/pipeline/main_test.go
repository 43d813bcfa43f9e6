package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/pipeline/gitlab/fakegitlab"
)

const token = "glpat-0123456789abcdefghij"

// run runs a command line in an environment; the preview is a recorded one.
func run(t *testing.T, env map[string]string, file string, args ...string) (code int, out, errs string) {
	t.Helper()
	in, err := os.Open(filepath.Join("..", "..", "preview", "testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var o, e bytes.Buffer
	code = execute(context.Background(), args, &system{func(key string) string { return env[key] }, in, &o, &e})
	if strings.Contains(o.String()+e.String(), token) {
		t.Errorf("the token is printed:\n%s%s", o.String(), e.String())
	}
	return code, o.String(), e.String()
}

// job is the environment of a merge request's job at a GitLab.
func job(s *fakegitlab.Server) map[string]string {
	s.Accounts[token] = fakegitlab.Account{ID: 7, Scope: "api"}
	return map[string]string{"GITLAB_TOKEN": token, "CI_API_V4_URL": s.URL, "CI_PROJECT_ID": fakegitlab.Project,

		"CI_MERGE_REQUEST_IID": "4", "CI_JOB_URL": "https://gitlab.example/-/jobs/1", "CI_COMMIT_SHORT_SHA": "1a2b3c4d"}
}

func TestNoteExitCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		file   string
		change func(*fakegitlab.Server, map[string]string)
		args   []string
		code   int
		says   string // on standard error
		notes  int
	}{
		"all is well": {file: "update.json", code: 0, notes: 1},
		"nothing":     {file: "nothing.json", code: 0, notes: 1},
		"protected": {file: "replace.json", code: 3, says: "put the label allow-destroy on the merge request, then " +
			"retry this job", notes: 1},
		"failed": {file: "failed.json", code: 4, says: "the preview failed", notes: 1},
		"died":   {file: "died.txt", code: 4, says: "printed this instead", notes: 1},
		"silent": {file: "silent.txt", code: 4, says: "printed nothing", notes: 1},
		"further protected type": {file: "delete.json", args: []string{"--protect", "kubernetes:core/v1:Namespace"}, code: 3,
			says: `delete resource "backend-backend"`, notes: 1},
		"deletes of nothing protected": {file: "delete.json", code: 0, notes: 1},
		"label": {file: "replace.json", change: func(s *fakegitlab.Server, _ map[string]string) { s.Labels = []string{"allow-destroy"} },
			code: 0, notes: 1},
		"label of another name": {file: "replace.json", change: func(s *fakegitlab.Server, _ map[string]string) {
			s.Labels = []string{"danger"}
		},
			args: []string{"--label", "danger"}, code: 0, notes: 1},
		"label taken off since the pipeline began": {file: "replace.json", change: func(_ *fakegitlab.Server, env map[string]string) {
			env["CI_MERGE_REQUEST_LABELS"] = "allow-destroy"
		}, code: 3, notes: 1},
		"labels cannot be asked": {file: "replace.json", change: func(s *fakegitlab.Server, env map[string]string) {
			env["CI_MERGE_REQUEST_LABELS"] = "x,allow-destroy"
			s.Faults = []*fakegitlab.Fault{{Method: "GET", Path: "/merge_requests/4", Status: 403, Times: 9}}
		}, code: 0, says: "the labels of the pipeline's creation count", notes: 1},
		"no token, label": {file: "replace.json", change: func(_ *fakegitlab.Server, env map[string]string) {
			env["GITLAB_TOKEN"], env["CI_MERGE_REQUEST_LABELS"] = "", "allow-destroy"
		}, code: 0},
		"no token": {file: "replace.json", change: func(_ *fakegitlab.Server, env map[string]string) { env["GITLAB_TOKEN"] = "" },
			code: 3, says: "run a new pipeline"},
		"not permitted": {file: "update.json", change: func(s *fakegitlab.Server, _ map[string]string) {
			s.Accounts[token] = fakegitlab.Account{ID: 7, Scope: "read_api"}
		}, code: 1, says: "needs the scope api"},
		"not permitted and protected": {file: "replace.json", change: func(s *fakegitlab.Server, _ map[string]string) {
			s.Accounts = nil
		},
			code: 3, says: "CI_JOB_TOKEN cannot post notes"},
		"wrong number": {file: "update.json", change: func(_ *fakegitlab.Server, env map[string]string) {
			env["CI_MERGE_REQUEST_IID"] = "four"
		}, code: 2, says: "want a number"},
		"no URL": {file: "update.json", change: func(_ *fakegitlab.Server, env map[string]string) {
			env["CI_API_V4_URL"] = ""
		}, code: 2, says: "CI_API_V4_URL"},
		"no such flag":     {file: "update.json", args: []string{"--token", "x"}, code: 2, says: "unknown flag"},
		"no token in file": {file: "update.json", args: []string{"--token-file", os.DevNull}, code: 2, says: "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fakegitlab.New(t)
			env := job(s)
			if tc.change != nil {
				tc.change(s, env)
			}
			code, out, errs := run(t, env, tc.file, append([]string{"note", "--stack", "dev", "--project", "paddock"}, tc.args...)...)
			if code != tc.code || !strings.Contains(errs, tc.says) {
				t.Errorf("exit %d, want %d; says %q, want %q", code, tc.code, errs, tc.says)
			}
			if len(s.Notes) != tc.notes {
				t.Errorf("%d notes, want %d", len(s.Notes), tc.notes)
			}
			if tc.code != 2 && tc.notes == 0 && !strings.Contains(out, "<!-- pipeline note: paddock/dev -->") {
				t.Errorf("the note is not printed: %q", out)
			}
		})
	}
}

// Several stacks of a merge request have a note each, and each push updates its own.
func TestNotePerStack(t *testing.T) {
	s := fakegitlab.New(t)
	env := job(s)
	for _, stack := range []string{"dev", "prod", "dev", "prod"} {
		if code, _, errs := run(t, env, "update.json", "note", "--stack", stack); code != 0 {
			t.Fatal(errs)
		}
	}
	if len(s.Notes) != 2 || !strings.Contains(s.Notes[0].Body, "`paddock/dev`") ||
		!strings.Contains(s.Notes[1].Body, "`paddock/prod`") {
		t.Errorf("notes %+v", s.Notes)
	}
}

func TestNoteJSON(t *testing.T) {
	s := fakegitlab.New(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := job(s)
	delete(env, "GITLAB_TOKEN")
	code, out, _ := run(t, env, "replace.json", "note", "--json", "--token-file", file)
	var got found
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if code != 3 || got.NoteID != 1 || !got.Created || got.Project != "paddock" || got.Stack != "dev" ||
		got.Counts["replace"] != 5 || got.Counts["unchanged"] != 59 ||
		len(got.Protected) != 2 || got.Allowed {
		t.Errorf("exit %d, %+v", code, got)
	}
}

func TestVerifyCannotBegin(t *testing.T) {
	for args, want := range map[string]string{
		"verify --kubeconfig /no/such/file": "kubeconfig",
		"verify --stack-output /no/such":    "no such file",
		"verify --stack-output -":           "want what `pulumi stack output --json` prints",
	} {
		if code, _, errs := run(t, nil, "died.txt", strings.Fields(args)...); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q, want %q", args, code, errs, want)
		}
	}
	if code, _, _ := run(t, nil, "died.txt", "verify", "extra"); code != 2 {
		t.Errorf("an argument too many: exit %d", code)
	}
}
