package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write makes a folder of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func stackFile(team string, services ...string) string {
	return "config:\n  paddock-apps:team: " + team + "\n  paddock-apps:services: [" + strings.Join(services, ", ") + "]\n"
}

// Who is called goes up before who calls, whatever their names.
func TestFindTeams(t *testing.T) {
	dir := write(t, map[string]string{
		"Pulumi.a-dev.yaml": stackFile("a", "web", "till"), "web/service.yaml": "name: web\ncalls: [\"internet:443\", c/store]\n", "till/service.yaml": "name: till\ncalls: [web]\n",
		"Pulumi.b-dev.yaml": stackFile("b", "mail"), "mail/service.yaml": "name: mail\n",
		"Pulumi.c-dev.yaml": stackFile("c", "store"), "store/service.yaml": "name: store\ncalls: [post/mail, b/mail]\n",
		"Pulumi.a-prod.yaml": stackFile("a", "none"),
	})
	for _, c := range []struct {
		only  []string
		want  []string
		fault string
	}{
		{nil, []string{"b-dev", "c-dev", "a-dev"}, ""},
		{[]string{"a", "c"}, []string{"c-dev", "a-dev"}, ""},
		{[]string{"d"}, nil, "--team d: no "},
	} {
		teams, err := findTeams(dir, "dev", c.only)
		var got []string
		for _, team := range teams {
			got = append(got, team.stack)
		}
		if !slices.Equal(got, c.want) || (err == nil) != (c.fault == "") || err != nil && !strings.HasPrefix(err.Error(), c.fault) {
			t.Errorf("%v: %v, %v, want %v %s", c.only, got, err, c.want, c.fault)
		}
	}
	if _, err := findTeams(dir, "staging", nil); err == nil || !strings.Contains(err.Error(), "want a Pulumi.<team>-staging.yaml") {
		t.Errorf("no team: %v", err)
	}
}

// Teams that call each other go up all the same.
func TestFindTeamsInACircle(t *testing.T) {
	dir := write(t, map[string]string{
		"Pulumi.a-dev.yaml": stackFile("a", "web"), "web/service.yaml": "name: web\ncalls: [b/till]\n",
		"Pulumi.b-dev.yaml": stackFile("b", "till"), "till/service.yaml": "name: till\ncalls: [a/web]\n",
	})
	if teams, err := findTeams(dir, "dev", nil); err != nil || len(teams) != 2 || teams[0].Name != "a" {
		t.Errorf("%v, %v", teams, err)
	}
}

// The tag is of what is built, and of nothing beside it.
func TestHashOf(t *testing.T) {
	hash := func(more map[string]string) string {
		files := map[string]string{"main.go": "package main", "go.mod": "module x", "page.html": "<p>"}
		for name, text := range more {
			files[name] = text
		}
		got, err := hashOf(write(t, files))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	plain := hash(nil)
	for _, same := range []map[string]string{{"service.yaml": "x"}, {"Dockerfile": "x"}, {"main_test.go": "x"}} {
		if got := hash(same); got != plain {
			t.Errorf("%v: %s, want %s", same, got, plain)
		}
	}
	for _, other := range []map[string]string{{"main.go": "package main\n"}, {"page.html": ""}, {"go.sum": "x"}, {"more/x.go": "package more"}} {
		if hash(other) == plain {
			t.Errorf("%v: the same tag", other)
		}
	}
}

// The stack file in the checkout says what a team writes down; what is deployed is beside it.
func TestSettings(t *testing.T) {
	r := &appsRun{app: &app{dir: t.TempDir()}}
	team := appsTeam{Name: "a", stack: "a-dev", config: map[string]any{"paddock-apps:team": "a", "paddock-apps:tags": map[string]any{"web": "v1", "till": "v1"}}}
	file, err := r.settings(team, map[string]string{"web": "0123456789"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	const want = "config:\n  paddock-apps:tags:\n    till: v1\n    web: \"0123456789\"\n  paddock-apps:team: a\n"
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}
