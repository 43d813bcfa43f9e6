package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pipeline is a sandbox whose root holds the programs of testdata/pipeline beside each other: home, which an administrator
// brings up, and app, which a pipeline's jobs do.
type pipeline struct {
	*sandbox
	account, key string
}

// TestPipeline runs Pulumi as a job of GitLab's does: without a key of AWS's, its state in a bucket, its secrets by KMS. Jobs
// that lack a right are told which.
func TestPipeline(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	all := []string{p.reads(), p.writes(), p.seals(), p.opens(), letting("ecr:*", "*")}
	if r := p.job(t, "deploy", "main", all, "pulumi stack init dev --secrets-provider 'awskms://alias/pipeline-state?region=us-west-2'"+
		" && pulumi config set --secret secret hunter2 && pulumi up --yes"); r.code != 0 {
		t.Fatalf("the first job: exit %d\n%s", r.code, r.all())
	}
	if r := p.job(t, "deploy", "main", all, "pulumi up --yes --expect-no-changes && pulumi stack output --show-secrets secret"); r.code != 0 || !strings.HasSuffix(r.out, "hunter2\n") {
		t.Errorf("the second job: exit %d\n%s", r.code, r.all())
	}
	text, err := os.ReadFile(filepath.Join(p.root, "app", "Pulumi.dev.yaml"))
	if must(t, err); strings.Contains(string(text), "hunter2") {
		t.Errorf("the secret is readable:\n%s", text)
	}
	for _, row := range []struct {
		story, role, ref string
		may              []string
		words            []string
	}{
		{"a branch that the role does not trust", "deploy", "dev", all, []string{"AssumeRoleWithWebIdentity", "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"}},
		{"no right to write state", "reader", "main", []string{p.reads(), p.opens(), p.seals(), letting("ecr:*", "*")}, []string{"AccessDenied", "s3:PutObject"}},
		{"no right to the key", "keyless", "main", []string{p.reads(), p.writes(), p.seals(), letting("ecr:*", "*")}, []string{"AccessDenied", "kms:Decrypt"}},
		{"no right to repositories", "stranger", "main", all[:4], []string{"AccessDeniedException", "ecr:DescribeRepositories"}},
	} {
		t.Run(row.story, func(t *testing.T) {
			r := p.job(t, row.role, row.ref, row.may, "pulumi refresh --yes")
			if r.code == 0 {
				t.Fatalf("it went well:\n%s", r.all())
			}
			for _, word := range row.words {
				if !strings.Contains(r.all(), word) {
					t.Errorf("lacks %q:\n%s", word, r.all())
				}
			}
		})
	}
	if r := p.job(t, "deploy", "main", all, "pulumi destroy --yes && pulumi stack rm --yes"); r.code != 0 {
		t.Errorf("the last job: exit %d\n%s", r.code, r.all())
	}
	p.home(t, "destroy")
	p.empty(t)
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	p := &pipeline{sandbox: newSandbox(t, "dev")}
	for _, name := range []string{"home", "app"} {
		dir := filepath.Join(p.root, name)
		must(t, os.Mkdir(dir, 0o755))
		text, err := os.ReadFile(filepath.Join("testdata", "pipeline", name, "main.go"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, "main.go"), text, 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), fmt.Appendf(nil, "name: %s\nruntime: go\n", name), 0o644))
	}
	p.home(t, "up")
	if r := p.shell(t, "pulumi -C home up --yes --expect-no-changes"); r.code != 0 {
		t.Errorf("pulumi -C by hand: exit %d\n%s", r.code, r.all())
	}
	for _, r := range p.dump(t) {
		if r.Kind == "aws:kms/key:Key" {
			p.key = fmt.Sprint(r.State["arn"])
			p.account = strings.Split(p.key, ":")[4]
		}
	}
	return p
}

// home runs a verb on the administrator's project.
func (p *pipeline) home(t *testing.T, verb string) {
	t.Helper()
	if r := p.cmd(t, verb, "--project", "home"); r.code != 0 {
		t.Fatalf("%s: exit %d\n%s", verb, r.code, r.all())
	}
}

// job runs a line in the project app as a job for that branch, with a role that may do so much.
func (p *pipeline) job(t *testing.T, role, ref string, may []string, line string) result {
	t.Helper()
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + p.account + `:oidc-provider/gitlab.com"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"gitlab.com:aud":"https://gitlab.com","gitlab.com:ref_protected":"true",
		"gitlab.com:sub":"project_path:acme/platform:ref_type:branch:ref:main"}}}]}`
	policy := `{"Version":"2012-10-17","Statement":[` + strings.Join(may, ",") + `]}`
	for name, text := range map[string]string{"trust.json": trust, "policy.json": policy} {
		must(t, os.WriteFile(filepath.Join(p.root, name), []byte(text), 0o644))
	}
	token := filepath.Join(p.root, "token")
	for _, r := range []result{
		p.cmd(t, "role", role, "--trust", filepath.Join(p.root, "trust.json"), "--policy", filepath.Join(p.root, "policy.json")),
		p.shell(t, "sandbox gitlab-token --project acme/platform --protected --ref "+ref+" > "+token),
	} {
		if r.code != 0 {
			t.Fatal(r.all())
		}
	}
	return p.shell(t, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER && export PULUMI_STACK=dev"+
		" AWS_ROLE_SESSION_NAME=job AWS_WEB_IDENTITY_TOKEN_FILE="+token+" AWS_ROLE_ARN=arn:aws:iam::"+p.account+":role/"+role+
		" PULUMI_BACKEND_URL=\"s3://pipeline-state?region=us-west-2&endpoint=$AWS_ENDPOINT_URL&s3ForcePathStyle=true\" && cd app && "+line)
}

func letting(action, resource string) string {
	return `{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}`
}

func (p *pipeline) reads() string {
	return letting("s3:ListBucket", "arn:aws:s3:::pipeline-state") + "," + letting("s3:GetObject", "arn:aws:s3:::pipeline-state/*")
}

func (p *pipeline) writes() string {
	return `{"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::pipeline-state/*"}`
}

func (p *pipeline) seals() string {
	return `{"Effect":"Allow","Action":["kms:Encrypt","kms:GenerateDataKey"],"Resource":"` + p.key + `"}`
}

func (p *pipeline) opens() string { return letting("kms:Decrypt", p.key) }
