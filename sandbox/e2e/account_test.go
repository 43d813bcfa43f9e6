package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// cliVariable names the environment variable that holds the real AWS CLI, which the set-up for the tests provides.
const cliVariable = "PADDOCK_AWSCLI"

// platformProject is the GitLab project that the platform is changed from, in the tests.
const platformProject = "acme/platform"

// account is a sandbox whose AWS account bootstrap has prepared for a pipeline: GitLab's provider, the roles that preview and
// deploy the platform of stack dev, the bucket and the key of its state.
type account struct {
	*sandbox
	id string
}

// newAccount runs bootstrap/up.sh as an administrator does, who has filled Pulumi.account.yaml in.
func newAccount(t *testing.T) *account {
	t.Helper()
	cli := os.Getenv(cliVariable)
	if cli == "" {
		t.Skipf("%s is not set; `make test` sets it", cliVariable)
	}
	s := newSandbox(t, "dev")
	must(t, os.Mkdir(filepath.Join(s.dir, "cli"), 0o755))
	must(t, os.Symlink(cli, filepath.Join(s.dir, "cli", "aws")))
	s.bootstrapProject(t, object{"dev": object{}})
	if r := s.cmd(t, "preview", "--project", "bootstrap", "--stack", "account"); r.code != 0 { // it starts the cloud
		t.Fatalf("preview of bootstrap: exit %d\n%s", r.code, r.all())
	}
	a := &account{sandbox: s}
	_, a.id, _ = strings.Cut(s.arn(t, ""), "::")
	a.id, _, _ = strings.Cut(a.id, ":")
	a.bootstrap(t)
	a.neighbour(t)
	return a
}

// neighbour makes another stack of the same project in the bucket, as an account with two environments has: its state is closed to
// the jobs of stack dev.
func (a *account) neighbour(t *testing.T) {
	t.Helper()
	line := "mkdir new && cp Pulumi.yaml new && PULUMI_BACKEND_URL='s3://paddock-state-" + a.id + "?region=us-west-2'" +
		" pulumi stack init prod --cwd new --no-select --secrets-provider '" + stateKey + "' && rm -r new"
	if r := a.shell(t, line); r.code != 0 {
		t.Fatalf("stack init prod: exit %d\n%s", r.code, r.all())
	}
}

// bootstrapProject makes a folder of the program in the test's checkout: its config and the files that it leaves are the test's.
func (s *sandbox) bootstrapProject(t *testing.T, environments object) {
	t.Helper()
	from, to := filepath.Join(checkout(t), "bootstrap"), filepath.Join(s.root, "bootstrap")
	must(t, os.Mkdir(to, 0o755))
	for _, name := range []string{"main.go", "account", "Pulumi.yaml", "up.sh", "variables.sh"} {
		must(t, os.Symlink(filepath.Join(from, name), filepath.Join(to, name)))
	}
	text, err := yaml.Marshal(object{"config": object{
		"paddock-bootstrap:region": "us-west-2", "paddock-bootstrap:gitlab": "https://gitlab.com",
		"paddock-bootstrap:project": platformProject, "paddock-bootstrap:environments": environments,
	}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(to, "Pulumi.account.yaml"), text, 0o644))
}

// bootstrap runs the script once more, or for the first time.
func (a *account) bootstrap(t *testing.T) result {
	t.Helper()
	start := time.Now()
	r := a.shell(t, "unset PULUMI_STACK && PATH=$PATH:"+filepath.Join(a.dir, "cli")+" bootstrap/up.sh")
	if r.code != 0 {
		t.Fatalf("bootstrap/up.sh: exit %d\n%s", r.code, r.all())
	}
	t.Logf("bootstrap/up.sh: %s", time.Since(start).Round(100*time.Millisecond))
	return r
}

// job is one of GitLab's: it has a token, and no key.
type job struct {
	project string   // unset: the platform's
	ref     string   // unset: main
	token   []string // more flags of `sandbox gitlab-token`, such as --protected
	role    string   // the role that it takes on
}

// Jobs of the platform's own pipeline.
var (
	deployJob  = job{role: "gitlab-paddock-dev-deploy", token: []string{"--protected"}}
	previewJob = job{role: "gitlab-paddock-dev-preview", ref: "a-change"}
)

// home is a folder in which no other job has left credentials: the AWS CLI keeps a role's for the next call.
func (a *account) home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(a.dir, "job")
	must(t, err)
	return dir
}

// environment is what a job has on top of the sandbox's own, with its token in a file in home.
func (a *account) environment(t *testing.T, j job, home string) map[string]string {
	t.Helper()
	if j.project == "" {
		j.project = platformProject
	}
	if j.ref == "" {
		j.ref = "main"
	}
	r := a.cmd(t, append([]string{"gitlab-token", "--project", j.project, "--ref", j.ref}, j.token...)...)
	if r.code != 0 {
		t.Fatalf("sandbox gitlab-token: %s", r.all())
	}
	token := filepath.Join(home, "token")
	must(t, os.WriteFile(token, []byte(strings.TrimSpace(r.out)), 0o600))
	return map[string]string{
		"HOME": home, "AWS_DEFAULT_REGION": "us-west-2", "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_SESSION_NAME": "job-1",
		"AWS_ROLE_ARN": "arn:aws:iam::" + a.id + ":role/" + j.role,
		"KUBECONFIG":   filepath.Join(home, "kubeconfig"), "PULUMI_STACK": a.stack,
		"PULUMI_BACKEND_URL": "s3://paddock-state-" + a.id + "?region=us-west-2",
	}
}

// stateKey is the provider of secrets of a stack in the account's bucket.
const stateKey = "awskms://alias/paddock-state?region=us-west-2"

// job runs a line in sh as a job does, in a folder of its own; variables are what it has besides.
func (a *account) job(t *testing.T, j job, line string, variables ...string) result {
	t.Helper()
	home := a.home(t)
	defer os.RemoveAll(home)
	return a.jobIn(t, j, home, line, variables...)
}

// jobIn is job in a folder that was there before, so that what one line leaves the next one finds.
func (a *account) jobIn(t *testing.T, j job, home, line string, variables ...string) result {
	t.Helper()
	env := a.environment(t, j, home)
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	// The caches are found by the user's own HOME.
	script := "export GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE) PATH=$PATH:" + filepath.Join(a.dir, "cli") +
		"\nunset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n"
	for _, name := range slices.Sorted(maps.Keys(env)) {
		script += "export " + name + "='" + env[name] + "'\n"
	}
	return a.shell(t, script+line)
}

// enlist makes the stack in the bucket, as the first deploy does.
func (a *account) enlist(t *testing.T) {
	t.Helper()
	line := "mkdir new && cp Pulumi.yaml new && pulumi stack init dev --cwd new --no-select --secrets-provider '" + stateKey + "' && rm -r new"
	if r := a.job(t, deployJob, line); r.code != 0 {
		t.Fatalf("stack init: exit %d\n%s", r.code, r.all())
	}
}

// TestBootstrap prepares an account twice: the second time nothing is left to do.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	if r := a.bootstrap(t); !strings.Contains(r.all(), "the state is in paddock-state-"+a.id) || strings.Contains(r.all(), "created") {
		t.Errorf("the second time:\n%s", r.all())
	}
	r := a.shell(t, `bootstrap/variables.sh "s3://paddock-state-`+a.id+`?region=us-west-2" json`)
	var variables map[string]string
	must(t, json.Unmarshal([]byte(r.out), &variables))
	if got := variables["PADDOCK_DEV_ACCOUNT"]; got != a.id {
		t.Errorf("the pipeline's account is %q, want %s: %s", got, a.id, r.all())
	}
	a.asks(t)
}

// asks has jobs look for their stack, and for no other.
func (a *account) asks(t *testing.T) {
	t.Helper()
	must(t, os.Symlink(filepath.Join(checkout(t), ".ci"), filepath.Join(a.root, ".ci")))
	a.configure(t, delivered())
	refused(t, "a job that reads the state of all stacks", a.job(t, previewJob, "pulumi stack ls --json"), "AccessDenied")
	for _, row := range []struct {
		story, verb string
		job         job
		backend     string // unset: the account's bucket
		code        int
		says        string // "" = nothing
	}{
		{"before there is a stack", "drift", previewJob, "", 1, "aws-drift: the backend has no stack dev; make aws-init"},
		{"it is made", "init", deployJob, "", 0, "Created stack 'dev'"},
		{"it is there", "init", deployJob, "", 0, ""},
		{"a preview's job sees it", "init", previewJob, "", 0, ""},
		{"a bucket that it may not read", "init", previewJob, "s3://paddock-none?region=us-west-2", 1, "cannot be asked"},
	} {
		variables := []string{"STACK=dev", "PULUMI_SECRETS_PROVIDER=" + stateKey}
		if row.backend != "" {
			variables = append(variables, "PULUMI_BACKEND_URL="+row.backend)
		}
		r := a.job(t, row.job, ".ci/aws "+row.verb, variables...)
		if r.code != row.code || !strings.Contains(r.all(), row.says) || row.says == "" && r.all() != "" {
			t.Errorf("%s: aws-%s: exit %d, want %d and %q\n%s", row.story, row.verb, r.code, row.code, row.says, r.all())
		}
	}
}
