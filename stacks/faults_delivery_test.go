package stacks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const (
	aGitLab  = "want the https URL of a GitLab, such as https://gitlab.com"
	bareHost = "want no more than https:// and a host: no path, no slash at the end"
	aProject = "want the path of a GitLab project, such as group/project"
	aBranch  = "want the name of one branch, such as main"
	anAlias  = "want the alias of a KMS key of the account, such as alias/paddock-state"
	aService = "want 1 to 63 lower-case letters, digits and single inner hyphens, first a letter"
)

// delivered are the keys of a stack with a team that delivers: one key of delivery and one of the team's replaced.
func delivered(t *testing.T, platform, team map[string]any) map[string]string {
	t.Helper()
	d := map[string]any{"gitlab": "https://gitlab.com", "project": "group/paddock"}
	red := map[string]any{"project": "group/red", "services": []string{"web"}}
	for into, keys := range map[*map[string]any]map[string]any{&d: platform, &red: team} {
		for key, value := range keys {
			(*into)[key] = value
			if value == nil {
				delete(*into, key)
			}
		}
	}
	text := map[string]string{}
	for key, value := range map[string]any{"delivery": d, "teams": map[string]any{"red": map[string]any{"delivery": red}}} {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		text[key] = string(raw)
	}
	return text
}

type keysOf = map[string]any

func TestBadDelivery(t *testing.T) {
	for name, tc := range map[string]struct {
		platform, team keysOf
		want           string // lines, without the leading "paddock:"
	}{
		"good":                    {nil, nil, ""},
		"no scheme":               {keysOf{"gitlab": "gitlab.com"}, nil, "delivery.gitlab: gitlab.com: " + aGitLab},
		"http":                    {keysOf{"gitlab": "http://gitlab.com"}, nil, "delivery.gitlab: http://gitlab.com: " + aGitLab},
		"slash":                   {keysOf{"gitlab": "https://gitlab.com/"}, nil, "delivery.gitlab: https://gitlab.com/: " + bareHost},
		"path":                    {keysOf{"gitlab": "https://example.org/gitlab"}, nil, "delivery.gitlab: https://example.org/gitlab: " + bareHost},
		"query":                   {keysOf{"gitlab": "https://gitlab.com?x"}, nil, "delivery.gitlab: https://gitlab.com?x: " + bareHost},
		"user":                    {keysOf{"gitlab": "https://me@gitlab.com"}, nil, "delivery.gitlab: https://me@gitlab.com: " + bareHost},
		"port":                    {keysOf{"gitlab": "https://gitlab.com:8443"}, nil, "delivery.gitlab: https://gitlab.com:8443: want no port: AWS fetches GitLab's keys from 443 only"},
		"upper case":              {keysOf{"gitlab": "https://GitLab.com"}, nil, "delivery.gitlab: https://GitLab.com: want a host name in lower case, such as gitlab.com"},
		"a number":                {keysOf{"gitlab": 1}, nil, "delivery.gitlab: 1: " + inQuotes},
		"gitlab none":             {keysOf{"gitlab": nil}, nil, "delivery.gitlab: want the URL of the GitLab that delivery.project is on, such as https://gitlab.com"},
		"platform project none":   {keysOf{"project": nil}, nil, "delivery.project: want the GitLab project that this platform is changed from, such as group/paddock"},
		"platform project bare":   {keysOf{"project": "paddock"}, nil, "delivery.project: paddock: " + aProject},
		"platform project wild":   {keysOf{"project": "group/*"}, nil, "delivery.project: group/*: " + aProject},
		"unknown key":             {keysOf{"url": "x"}, nil, "delivery.url: unknown key: want one of gitlab, project, state"},
		"no gitlab":               {keysOf{"gitlab": nil, "project": nil}, nil, "teams.red.delivery.project: group/red: want delivery.gitlab beside it: the GitLab that it is on"},
		"team project wild":       {nil, keysOf{"project": "group/r?d"}, "teams.red.delivery.project: group/r?d: " + aProject},
		"team project a variable": {nil, keysOf{"project": "group/${aws:username}"}, "teams.red.delivery.project: group/${aws:username}: " + aProject},
		"team project with colon": {nil, keysOf{"project": "group/red:ref_type"}, "teams.red.delivery.project: group/red:ref_type: " + aProject},
		"team project a space":    {nil, keysOf{"project": "group/r d"}, `teams.red.delivery.project: "group/r d": ` + aProject},
		"team project a URL":      {nil, keysOf{"project": "https://gitlab.com/group/red"}, "teams.red.delivery.project: https://gitlab.com/group/red: " + aProject},
		"team project git":        {nil, keysOf{"project": "group/red.git"}, "teams.red.delivery.project: group/red.git: " + aProject},
		"team project the same":   {nil, keysOf{"project": "group/paddock"}, "teams.red.delivery.project: group/paddock: want a project of the team's own: this one deploys the platform"},
		"services, no project":    {nil, keysOf{"project": nil}, ""},
		"services, nothing else":  {keysOf{"gitlab": nil, "project": nil}, keysOf{"project": nil}, ""},
		"branch, no project":      {nil, keysOf{"project": nil, "branch": "trunk"}, "teams.red.delivery.branch: trunk: want project beside it: the GitLab project whose branch it is"},
		"bad service, no project": {nil, keysOf{"project": nil, "services": []string{"Web"}}, "teams.red.delivery.services[0]: Web: " + aService},
		"a bucket and a key":      {keysOf{"state": keysOf{"bucket": "acme-state", "key": "alias/acme/state"}}, nil, ""},
		"a bucket with dots":      {keysOf{"state": keysOf{"bucket": "acme.state"}}, nil, "delivery.state.bucket: acme.state: want 3 to 63 lower-case letters, digits and inner hyphens"},
		"a key's ARN":             {keysOf{"state": keysOf{"key": "arn:aws:kms:us-west-2:123456789012:key/1"}}, nil, "delivery.state.key: arn:aws:kms:us-west-2:123456789012:key/1: " + anAlias},
		"a key of AWS's own":      {keysOf{"state": keysOf{"key": "alias/aws/s3"}}, nil, "delivery.state.key: alias/aws/s3: " + anAlias},
		"state unknown key":       {keysOf{"state": keysOf{"region": "us-west-2"}}, nil, "delivery.state.region: unknown key: want one of bucket, key"},
		"branch wild":             {nil, keysOf{"branch": "release/*"}, "teams.red.delivery.branch: release/*: " + aBranch},
		"branch a variable":       {nil, keysOf{"branch": "$main"}, "teams.red.delivery.branch: $main: " + aBranch},
		"branch empty":            {nil, keysOf{"branch": ""}, `teams.red.delivery.branch: "": ` + aBranch},
		"branch with colon":       {nil, keysOf{"branch": "a:b"}, "teams.red.delivery.branch: a:b: " + aBranch},
		"no services":             {nil, keysOf{"services": []string{}}, "teams.red.delivery.services: want one service at least: each has a repository for its images"},
		"service upper case":      {nil, keysOf{"services": []string{"Web"}}, "teams.red.delivery.services[0]: Web: " + aService},
		"service two hyphens":     {nil, keysOf{"services": []string{"web--1"}}, "teams.red.delivery.services[0]: web--1: " + aService},
		"service a digit first":   {nil, keysOf{"services": []string{"1web"}}, "teams.red.delivery.services[0]: 1web: " + aService},
		"service twice":           {nil, keysOf{"services": []string{"web", "web"}}, "teams.red.delivery.services[1]: web: want each once"},
		"services no list":        {nil, keysOf{"services": "web"}, `teams.red.delivery.services: "web": want a list`},
		"team unknown key":        {nil, keysOf{"ref": "main"}, "teams.red.delivery.ref: unknown key: want one of project, branch, services"},
		"all at once": {keysOf{"gitlab": "http://x", "project": "p"}, keysOf{"branch": "*", "services": []string{"W"}},
			"delivery.gitlab: http://x: " + aGitLab + "\ndelivery.project: p: " + aProject + "\nteams.red.delivery.branch: *: " + aBranch + "\nteams.red.delivery.services[0]: W: " + aService},
	} {
		t.Run(name, func(t *testing.T) { faulty(t, delivered(t, tc.platform, tc.team), tc.want) })
	}
}

// faulty loads keys and compares all that is wrong; nothing: "".
func faulty(t *testing.T, keys map[string]string, want string) {
	t.Helper()
	if want != "" {
		want = "paddock:" + strings.ReplaceAll(want, "\n", "\npaddock:")
	}
	got := ""
	if _, err := load(t, keys); err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is legal for a platform or a team alone may be none for its roles and repositories.
func TestNamesThatDeliveryCannotCarry(t *testing.T) {
	long := strings.Repeat("a", 26)
	for name, tc := range map[string]struct{ platform, team, want string }{
		"64":                 {long + "-pad", long[:25], ""},
		"65":                 {long + "-pad", long, fmt.Sprintf("teams.%s.delivery: want shorter names of team and platform: the IAM role %s-pad-%[1]s-release has 65 characters, and IAM takes 64", long, long)},
		"platform's hyphens": {"ran--ch", "red", "name: ran--ch: want no two hyphens in a row: ECR has none in the names of repositories"},
		"team's hyphens":     {"ranch", "re--d", "teams.re--d: re--d: want no two hyphens in a row: ECR has none in the names of repositories"},
		"gitlab":             {"gitlab-x", "red", "name: gitlab-x: want a name that does not begin with gitlab: the roles of the pipeline do, and what deploys may write those of the platform's name"},
	} {
		t.Run(name, func(t *testing.T) {
			keys := delivered(t, nil, nil)
			keys["name"], keys["teams"] = tc.platform, strings.Replace(keys["teams"], `"red"`, `"`+tc.team+`"`, 1)
			faulty(t, keys, tc.want)
		})
	}
}
