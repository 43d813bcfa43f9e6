package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestGitlabToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gitlab.key")
	key, err := gitlabKey(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := gitlabKey(file)
	if err != nil || again.KeyID != key.KeyID {
		t.Errorf("the key is another the second time: %q, %q, %v", key.KeyID, again.KeyID, err)
	}
	for name, row := range map[string]struct {
		asked gitlab
		want  map[string]any
	}{
		"a branch": {gitlab{url: "https://gitlab.com", project: "acme/sub/platform", ref: "main", refType: "branch", protected: true}, map[string]any{
			"iss": "https://gitlab.com", "aud": "https://gitlab.com", "sub": "project_path:acme/sub/platform:ref_type:branch:ref:main",
			"namespace_path": "acme/sub", "ref_protected": "true", "ref_path": "refs/heads/main",
		}},
		"a tag, with a claim": {gitlab{url: "https://git.example.com", project: "a/b", ref: "v1", refType: "tag", audience: "x", claims: map[string]string{"user_login": "ada"}}, map[string]any{
			"aud": "x", "sub": "project_path:a/b:ref_type:tag:ref:v1", "ref_protected": "false", "ref_path": "refs/tags/v1", "user_login": "ada",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := row.asked.token(key, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			var says map[string]any
			if err := token.Claims(key.Public().Key, &says); err != nil {
				t.Fatal(err)
			}
			for claim, want := range row.want {
				if says[claim] != want {
					t.Errorf("%s is %v, want %v", claim, says[claim], want)
				}
			}
		})
	}
}

func TestGitlabTokenTellsAllFaults(t *testing.T) {
	err := (&gitlab{url: "http://x", project: "alone", refType: "commit"}).check()
	for _, word := range []string{"--url", "--project", "--ref-type"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v lacks %s", err, word)
		}
	}
}
