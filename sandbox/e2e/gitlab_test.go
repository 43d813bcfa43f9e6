package e2e

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestGitLab is the life of a platform that is changed by merge request: the jobs of the real .gitlab-ci.yml, run by
// gitlab-ci-local in a checkout of the test's own, against the local cloud. Its parts build on each other, in this order.
func TestGitLab(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	for _, part := range []struct {
		story string
		tell  func(*testing.T)
	}{
		{"a merge request's preview is its note", p.preview},
		{"without a token the note is in the job's log", p.log},
		{"main is deployed, and verified", p.deploy},
		{"nothing has drifted", p.calm},
		{"what has drifted is told", p.drift},
		{"a platform that does not do what it should is told of, with reasons", p.unwell},
		{"a preview that would replace what is protected fails, until the label is there", p.danger},
		{"a program that does not run fails the preview with its reason", p.broken},
		{"the stack file is the repository's alone", p.stackFileKept},
	} {
		if !t.Run(part.story, part.tell) && part.story == "main is deployed, and verified" {
			return // nothing else can be told
		}
	}
}

// project is a GitLab project whose jobs run on this machine.
type project struct {
	*sandbox
	config  object
	written string // the stack file
	gitlab  *notes
	account string
	state   string // URL of the bucket
}

// path is the project's on gitlab.com.
const path = "acme/platform"

func newProject(t *testing.T) *project {
	p := &project{sandbox: newSandbox(t, "dev"), config: dev(), gitlab: newNotes(t)}
	p.config["delivery"] = object{"gitlab": "https://gitlab.com", "project": path}
	for _, name := range []string{".gitlab-ci.yml", ".ci", "Makefile", "pipeline"} {
		must(t, os.Symlink(filepath.Join(checkout(t), name), filepath.Join(p.root, name)))
	}
	// Includes are not looked for behind links.
	must(t, os.CopyFS(filepath.Join(p.root, ".gitlab"), os.DirFS(filepath.Join(checkout(t), ".gitlab"))))
	// It is called for a copy that jobs in containers would get.
	must(t, os.WriteFile(filepath.Join(p.dir, "bin", "rsync"), []byte("#!/bin/sh\n"), 0o755))
	p.change(t)
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"},
		{"remote", "add", "origin", "https://gitlab.com/" + path + ".git"},
		{"add", "--all"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message=Begin"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = p.root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	p.bootstrap(t)
	return p
}

// bootstrap is what an administrator does: state, key, issuer, the two roles of the pipeline's jobs, the stack's state.
func (p *project) bootstrap(t *testing.T) {
	t.Helper()
	home := filepath.Join(p.root, "home")
	must(t, os.Mkdir(home, 0o755))
	text, err := os.ReadFile(filepath.Join("testdata", "pipeline", "home", "main.go"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(home, "main.go"), text, 0o644))
	must(t, os.WriteFile(filepath.Join(home, "Pulumi.yaml"), []byte("name: home\nruntime: go\n"), 0o644))
	if r := p.cmd(t, "up", "--project", "home"); r.code != 0 {
		t.Fatal(r.all())
	}
	for _, r := range p.dump(t) {
		if r.Kind == "aws:kms/key:Key" {
			p.account = strings.Split(fmt.Sprint(r.State["arn"]), ":")[4]
		}
	}
	p.role(t, "preview", `"StringLike":{"gitlab.com:sub":"project_path:`+path+`:*"}`,
		`{"Effect":"Deny","Action":["s3:PutObject","s3:DeleteObject","ec2:Create*","iam:Create*","iam:Put*","iam:Attach*","eks:Create*"],"Resource":"*"}`)
	p.role(t, "deploy", `"StringEquals":{"gitlab.com:ref_protected":"true","gitlab.com:sub":"project_path:`+path+`:ref_type:branch:ref:main"}`)
	for _, name := range []string{"frontend-viewer", "frontend-deployer", "backend-viewer", "backend-deployer"} {
		if r := p.cmd(t, "role", name); r.code != 0 {
			t.Fatal(r.all())
		}
	}
	p.state = "s3://pipeline-state?region=us-west-2&endpoint=" + strings.TrimSpace(p.shell(t, `echo "$AWS_ENDPOINT_URL"`).out) + "&s3ForcePathStyle=true"
	if r := p.shell(t, "PULUMI_BACKEND_URL='"+p.state+"' PULUMI_SECRETS_PROVIDER='"+provider+"' make aws-init STACK=dev"); r.code != 0 || !strings.Contains(r.all(), "Created stack 'dev'") {
		t.Fatalf("make aws-init: exit %d\n%s", r.code, r.all())
	}
}

const provider = "awskms://alias/pipeline-state?region=us-west-2"

// role is one of the pipeline's: it trusts jobs of the project, and may do all but what is denied. What roles of bootstrap may do
// is shown where they are made.
func (p *project) role(t *testing.T, kind, condition string, denied ...string) {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + p.account + `:oidc-provider/gitlab.com"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{` + condition + `}}]}`
	policy := `{"Version":"2012-10-17","Statement":[` + strings.Join(append([]string{letting("*", "*")}, denied...), ",") + `]}`
	args := []string{"role", "gitlab-paddock-dev-" + kind}
	for flag, text := range map[string]string{"--trust": trust, "--policy": policy} {
		file := filepath.Join(p.root, kind+flag+".json")
		must(t, os.WriteFile(file, []byte(text), 0o644))
		args = append(args, flag, file)
	}
	if r := p.cmd(t, args...); r.code != 0 {
		t.Fatal(r.all())
	}
}

// token is GitLab's for a job of the event.
func (p *project) token(t *testing.T, event map[string]string) string {
	t.Helper()
	args := []string{"gitlab-token", "--project", path, "--ref", "feature"}
	if branch := event["CI_COMMIT_BRANCH"]; branch != "" {
		args = []string{"gitlab-token", "--project", path, "--ref", branch, "--protected"}
	}
	r := p.cmd(t, args...)
	if r.code != 0 {
		t.Fatal(r.all())
	}
	return strings.TrimSpace(r.out)
}

// change writes the stack's file as p.config is now.
func (p *project) change(t *testing.T) {
	t.Helper()
	p.configure(t, p.config)
	text, err := os.ReadFile(p.stackFile())
	must(t, err)
	p.written = string(text)
}

// Events of GitLab.
var (
	onMain   = map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_PROTECTED": "true"}
	schedule = map[string]string{"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_PROTECTED": "true"}
	request  = map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "1217",
		"CI_MERGE_REQUEST_PROJECT_ID": "1217", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1217"}
)

// job runs one job of an event's pipeline.
func (p *project) job(t *testing.T, name string, event map[string]string, more ...string) result {
	t.Helper()
	variables := maps.Clone(event)
	maps.Copy(variables, map[string]string{
		"CI_PROJECT_DIR": p.root, "CI_API_V4_URL": p.gitlab.url,
		"PADDOCK_IMAGE":       "registry.example.com/paddock/ci@sha256:" + strings.Repeat("0", 64),
		"PADDOCK_DEV_ACCOUNT": p.account, "PADDOCK_DEV_REGION": "us-west-2",
		"PADDOCK_DEV_STATE": p.state, "PADDOCK_DEV_SECRETS_PROVIDER": provider,
		"GITLAB_OIDC_TOKEN": p.token(t, event),
		// On a runner these are caches; here they are the tools' own folders.
		"PULUMI_HOME": filepath.Join(p.dir, "pulumi"), "GOCACHE": goEnv(t, "GOCACHE"), "GOMODCACHE": goEnv(t, "GOMODCACHE"),
	})
	args := []string{name, "--force-shell-executor", "--no-color", "--json-schema-validation=false"}
	if event["CI_COMMIT_BRANCH"] == "" {
		args = append(args, "--unset-variable", "CI_COMMIT_BRANCH")
	}
	for _, pair := range more {
		key, value, _ := strings.Cut(pair, "=")
		variables[key] = value
	}
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		args = append(args, "--variable", key+"="+variables[key])
	}
	args = append(args, "--ignore-predefined-vars", strings.Join(slices.Sorted(maps.Keys(variables)), ","))
	program := filepath.Join(filepath.Dir(os.Getenv(toolsVariable)), "tests", "gitlab-ci-local")
	// A job has a home of its own, as on a runner: in the user's, the AWS CLI would keep a role's credentials for the next sandbox,
	// and a shell's own settings could put another aws before the local cloud's.
	script := `. "$1"; unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; export HOME="$2"; shift 2; exec "$@"`
	return p.run(t, nil, "/bin/sh", append([]string{"-c", script, "sh", filepath.Join(p.dir, "env"), t.TempDir(), program}, args...)...)
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	must(t, err)
	return strings.TrimSpace(string(out))
}

// ends fails the test if a job has not ended with the code, or has not said what it should.
func ends(t *testing.T, r result, code int, says ...string) {
	t.Helper()
	bad := r.code != code
	for _, word := range says {
		if !strings.Contains(r.all(), word) {
			t.Errorf("the job does not say %q", word)
			bad = true
		}
	}
	if bad {
		t.Fatalf("exit %d, want %d\n%s", r.code, code, r.all())
	}
}

func (p *project) preview(t *testing.T) {
	for range 2 { // the second push updates the note of the first
		ends(t, p.job(t, "preview:dev", request, "GITLAB_TOKEN=the-token"), 0)
	}
	note := p.gitlab.only(t)
	for _, word := range []string{"Preview of `paddock/dev`", "create", "aws:eks/cluster:Cluster"} {
		if !strings.Contains(note, word) {
			t.Errorf("the note lacks %q:\n%.3000s", word, note)
		}
	}
}

func (p *project) log(t *testing.T) {
	ends(t, p.job(t, "preview:dev", request), 0, "Preview of `paddock/dev`", "aws:eks/cluster:Cluster")
}

func (p *project) deploy(t *testing.T) {
	ends(t, p.job(t, "deploy:dev", onMain), 0, "created")
	ends(t, p.job(t, "verify:dev", onMain), 0, "nodes")
}

func (p *project) calm(t *testing.T) { ends(t, p.job(t, "drift:dev", schedule), 0) }

func (p *project) drift(t *testing.T) {
	for _, r := range p.dump(t) {
		if r.Kind == "aws:ec2/vpc:Vpc" && strings.Contains(fmt.Sprint(r), "paddock-dev") {
			if out := p.cmd(t, "drift", r.ID, "--set", "enableDnsHostnames=false"); out.code != 0 {
				t.Fatal(out.all())
			}
		}
	}
	ends(t, p.job(t, "drift:dev", schedule), 1, "enableDnsHostnames", "no changes were expected")
	ends(t, p.job(t, "deploy:dev", onMain), 0)
	p.calm(t)
}

func (p *project) unwell(t *testing.T) {
	admin := filepath.Join(p.dir, "clusters", "paddock-dev", "admin.kubeconfig")
	if r := p.kubectl(t, "--kubeconfig", admin, "delete", "networkpolicy", "--all", "--namespace", "frontend"); r.code != 0 {
		t.Fatal(r.all())
	}
	ends(t, p.job(t, "verify:dev", onMain), 1, "frontend", "failed")
	ends(t, p.job(t, "deploy:dev", onMain), 0)
	ends(t, p.job(t, "verify:dev", onMain), 0)
}

func (p *project) danger(t *testing.T) {
	before := p.config["network"]
	p.config["network"] = object{"zones": 2, "block": "10.99.0.0/16"}
	p.change(t)
	ends(t, p.job(t, "preview:dev", request), 1, "protected resources would be replaced or deleted", "aws:ec2/vpc:Vpc", "allow-destroy")
	ends(t, p.job(t, "preview:dev", request, "CI_MERGE_REQUEST_LABELS=ci,allow-destroy"), 0, "the label")
	p.config["network"] = before
	p.change(t)
}

func (p *project) broken(t *testing.T) {
	before := p.config["network"]
	p.config["network"] = object{"zones": 9}
	p.change(t)
	ends(t, p.job(t, "preview:dev", request, "GITLAB_TOKEN=the-token"), 1, "the preview failed")
	if note := p.gitlab.only(t); !strings.Contains(note, "network.zones") {
		t.Errorf("the note does not say why:\n%.3000s", note)
	}
	p.config["network"] = before
	p.change(t)
}

func (p *project) stackFileKept(t *testing.T) {
	if text, err := os.ReadFile(p.stackFile()); err != nil || string(text) != p.written {
		t.Errorf("%v\n%s", err, text)
	}
}
