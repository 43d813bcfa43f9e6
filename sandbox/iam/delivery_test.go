package iam_test

import (
	"maps"
	"os"
	"testing"

	"paddock/sandbox/iam"
)

// delivered is a document as Paddock's component registers it: the golden files of its tests.
func delivered(t *testing.T, name string) *iam.Document {
	t.Helper()
	raw, err := os.ReadFile("../../components/delivery/testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(raw))
}

// token are the claims of a job on main of the platform's project, as AWS names them.
func token(changes ...string) keys {
	k := keys{"aud": {"https://gitlab.com"}, "sub": {"project_path:group/paddock:ref_type:branch:ref:main"}, "ref_protected": {"true"}}
	for i := 0; i < len(changes); i += 2 {
		if k[changes[i]] = []string{changes[i+1]}; changes[i+1] == "" {
			delete(k, changes[i])
		}
	}
	return k
}

const (
	platform = "project_path:group/paddock:ref_type:"
	frontend = "project_path:group/frontend:ref_type:branch:ref:"
)

// A job's token opens what it is for and nothing else. A merge request's is that of its source branch; a fork's which is run
// here has the same from a GitLab before 18.2.2, and the fork's own from a later one.
func TestDeliveryTrusts(t *testing.T) {
	for name, row := range map[string]struct {
		token keys
		want  string // of preview, deploy, build, release, those that open, by their first letters
	}{
		"main of the platform":          {token(), "pd"},
		"another branch":                {token("sub", platform+"branch:ref:feature", "ref_protected", "false"), "p"},
		"another branch, protected":     {token("sub", platform+"branch:ref:release"), "p"},
		"main, unprotected":             {token("ref_protected", "false"), "p"},
		"main, protection unknown":      {token("ref_protected", ""), "p"},
		"main, protection in capitals":  {token("ref_protected", "True"), "p"},
		"a tag":                         {token("sub", platform+"tag:ref:v1", "ref_protected", "false"), "p"},
		"a protected tag called main":   {token("sub", platform+"tag:ref:main"), "p"},
		"a branch that begins so":       {token("sub", platform+"branch:ref:main2"), "p"},
		"a branch below main":           {token("sub", platform+"branch:ref:main/x"), "p"},
		"main in capitals":              {token("sub", platform+"branch:ref:Main"), "p"},
		"a star for a branch":           {token("sub", platform+"branch:ref:*"), "p"},
		"a branch that says ref:main":   {token("sub", platform+"branch:ref:x:ref_type:branch:ref:main"), "p"},
		"a fork's main, run here":       {token("ref_protected", "false"), "p"},
		"a fork's branch, run here":     {token("sub", platform+"branch:ref:patch-1", "ref_protected", "false"), "p"},
		"a fork":                        {token("sub", "project_path:mallory/paddock:ref_type:branch:ref:main"), ""},
		"a fork below the group":        {token("sub", "project_path:group/mallory/paddock:ref_type:branch:ref:main"), ""},
		"a project that begins so":      {token("sub", "project_path:group/paddock2:ref_type:branch:ref:main"), ""},
		"a project below":               {token("sub", "project_path:group/paddock/x:ref_type:branch:ref:main"), ""},
		"a project that the name ends":  {token("sub", "project_path:x/group/paddock:ref_type:branch:ref:main"), ""},
		"a group in capitals":           {token("sub", "project_path:Group/paddock:ref_type:branch:ref:main"), ""},
		"a star for a project":          {token("sub", "project_path:*:ref_type:branch:ref:main"), ""},
		"a star for all":                {token("sub", "*"), ""},
		"the project alone":             {token("sub", "project_path:group/paddock"), ""},
		"nothing after the project":     {token("sub", "project_path:group/paddock:"), "p"},
		"a name with the subject in it": {token("sub", "project_path:mallory/x:project_path:group/paddock:ref_type:branch:ref:main"), ""},
		"no subject":                    {token("sub", ""), ""},
		"another audience":              {token("aud", "https://vault.example.org"), ""},
		"an audience with a slash":      {token("aud", "https://gitlab.com/"), ""},
		"the host for an audience":      {token("aud", "gitlab.com"), ""},
		"no audience":                   {token("aud", ""), ""},
		"nothing at all":                {keys{}, ""},
		"main of the team":              {token("sub", frontend+"main"), "br"},
		"the team's branch":             {token("sub", frontend+"feature", "ref_protected", "false"), ""},
		"the team's, unprotected":       {token("sub", frontend+"main", "ref_protected", "false"), ""},
		"the team's tag":                {token("sub", "project_path:group/frontend:ref_type:tag:ref:main"), ""},
		"the team's fork":               {token("sub", "project_path:mallory/frontend:ref_type:branch:ref:main"), ""},
		"another team":                  {token("sub", "project_path:group/backend:ref_type:branch:ref:main"), ""},
	} {
		if got := opens(t, row.token, "gitlab.com", "gitlab.com", ""); got != row.want {
			t.Errorf("%s: opens %q, want %q", name, got, row.want)
		}
	}
}

func with(k keys, name string, values ...string) keys {
	k[name] = values
	return k
}

// opens asks all roles' trust policies with a token that provider vouches for, whose claims AWS names after host.
func opens(t *testing.T, token keys, provider, host, suffix string) string {
	t.Helper()
	claims := keys{}
	for claim, values := range token {
		claims[host+":"+claim] = values
	}
	opened := ""
	for _, role := range []string{"preview", "deploy", "build", "release"} {
		r := iam.Request{
			Principal: iam.Principal{Federated: "arn:aws:iam::123456789012:oidc-provider/" + provider}, Action: "sts:AssumeRoleWithWebIdentity",
			Resource: "arn:aws:iam::123456789012:role/" + role, Keys: claims,
		}
		d := delivered(t, "trust-"+role+suffix)
		if d.Trusts(r).Allowed {
			opened += role[:1]
		}
		if r.Action = "sts:AssumeRole"; d.Trusts(r).Allowed {
			t.Errorf("%s: open without a token", role)
		}
		if r.Principal, r.Action = caller, "sts:AssumeRoleWithWebIdentity"; d.Trusts(r).Allowed {
			t.Errorf("%s: open to a role", role)
		}
	}
	return opened
}

// Of an own instance AWS reads no ref_protected: what keeps a fork's main out is GitLab's setting alone, by which it is not run
// here.
func TestDeliveryTrustsOneInstance(t *testing.T) {
	own := token("aud", "https://git.example.org", "ref_protected", "")
	forked := with(maps.Clone(own), "ref_protected", "false")
	for name, row := range map[string]struct {
		token                  keys
		provider, host, suffix string
		want                   string
	}{
		"own instance":                   {own, "git.example.org", "git.example.org", "-own", "pd"},
		"own instance, another branch":   {with(maps.Clone(own), "sub", platform+"branch:ref:x"), "git.example.org", "git.example.org", "-own", "p"},
		"own instance, a fork run here":  {forked, "git.example.org", "git.example.org", "-own", "pd"},
		"own instance, the team's fork":  {with(maps.Clone(forked), "sub", frontend+"main"), "git.example.org", "git.example.org", "-own", "br"},
		"own instance, the team":         {with(maps.Clone(own), "sub", frontend+"main"), "git.example.org", "git.example.org", "-own", "br"},
		"gitlab.com's at an own one":     {token(), "gitlab.com", "gitlab.com", "-own", ""},
		"own one's at gitlab.com":        {own, "git.example.org", "git.example.org", "", ""},
		"another host with these claims": {token(), "evil.example.org", "gitlab.com", "", ""},
		"these keys of another host":     {token(), "gitlab.com", "evil.example.org", "", ""},
		"a host that begins so":          {token(), "gitlab.com.evil.org", "gitlab.com", "", ""},
	} {
		if got := opens(t, row.token, row.provider, row.host, row.suffix); got != row.want {
			t.Errorf("%s: opens %q, want %q", name, got, row.want)
		}
	}
}
