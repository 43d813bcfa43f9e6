package gitlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// releasing is the pipeline of a team's project that releases two services.
func releasing(paddock, ref, deploy string) string {
	return fmt.Sprintf("stages: [deploy]\ninclude:\n  - local: release.gitlab-ci.yml\n    inputs: {team: shop, services: web api, path: services/, stack: prod, "+
		"platform: paddock-prod, project: %s, paddock: '%s', ref: '%s', account: '111111111111', region: us-west-2, state: 's3://state?region=us-west-2', "+
		"secrets: 'awskms://alias/paddock-state?region=us-west-2', image: 'example.com/paddock%s', tier: production, deploy: %s, after: []}\n",
		project, paddock, ref, sha, deploy)
}

// released is a project of a team's, and a Paddock whose `make aws-up` notes what it was given.
func released(t *testing.T, deploy string) (r *repository, record string) {
	record = filepath.Join(t.TempDir(), "record")
	paddock := &repository{dir: t.TempDir()}
	paddock.write(t, "Makefile", "aws-up:\n\t@echo \"$(PROJECT) $(STACK) $(strip $(TAGS))\" >> \"$$RECORD\"\n"+
		"\t@echo \"$$AWS_ROLE_ARN $$PULUMI_SECRETS_PROVIDER\" >> \"$$RECORD\"; dirname \"$$AWS_WEB_IDENTITY_TOKEN_FILE\" > \"$$RECORD.folder\"\n"+
		"\t@cat \"$$AWS_WEB_IDENTITY_TOKEN_FILE\" apps/*.yaml apps/*/service.yaml >> \"$$RECORD\"\n")
	paddock.write(t, "apps/Pulumi.frontend-dev.yaml", "a sample's\n")
	paddock.git(t, "init", "--quiet", "--initial-branch=main")
	paddock.commit(t, "Begin")
	r = newRepository(t, map[string]string{
		".gitlab-ci.yml":                  releasing(paddock.dir, paddock.git(t, "rev-parse", "HEAD"), deploy),
		"release.gitlab-ci.yml":           checkout(t, "pipeline/templates/release.gitlab-ci.yml"),
		"services/web/service.yaml":       "web's\n",
		"services/api/service.yaml":       "api's\n",
		"services/Pulumi.shop-prod.yaml":  "\nthe stack's\n",
		"services/api/Pulumi.nothing.yml": "",
	})
	return r, record
}

// A release takes each service's newest image up to its commit, the team's files and Paddock's program, and the team's role.
func TestReleases(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip(err)
	}
	for name, tc := range map[string]struct {
		protected string
		missing   string // a service without an image
		code      int
		complain  string
	}{
		"both":                      {"true", "", 0, ""},
		"branch without protection": {"false", "", 1, "branch main is not protected"},
		"nothing published":         {"true", "api", 1, "api has no image of this commit or of one before: run publish:api"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, record := released(t, "on_success")
			first := r.git(t, "rev-parse", "HEAD")
			r.change(t, "services/web/index.js")
			second := r.git(t, "rev-parse", "HEAD")
			// api was last built at the first commit; what else is in the registry is of no commit here, or has no tag.
			r.stand(t, "aws", fmt.Sprintf(`case "$*" in
*paddock-prod/shop/%s\ *) echo None ;;
*list-images*paddock-prod/shop/web\ *) printf '%%s\t%%s\n' %s %s ;;
*list-images*paddock-prod/shop/api\ *) printf '0123\tNone\t%%s\n' %s ;;
*) exit 1 ;;
esac`, tc.missing, first, second, first))
			out := r.perform(t, toMain, map[string]string{"RECORD": record, "CI_COMMIT_REF_PROTECTED": tc.protected, "GITLAB_OIDC_TOKEN": "the-token"},
				"release:shop-prod")
			if out.code != tc.code || !strings.Contains(out.out+out.err, tc.complain) {
				t.Fatalf("exit %d, want %d and %q\n%s%s", out.code, tc.code, tc.complain, out.out, out.err)
			}
			text, _ := os.ReadFile(record)
			want := ""
			if tc.code == 0 {
				want = "apps shop-prod web=" + second + " api=" + first + "\n" +
					"arn:aws:iam::111111111111:role/paddock-prod-shop-release awskms://alias/paddock-state?region=us-west-2&context_team=shop\n" +
					"the-token\nthe stack's\napi's\nweb's\n"
			}
			if string(text) != want {
				t.Errorf("ran:\n%swant:\n%s\n%s", text, want, out.out+out.err)
			}
			if folder, err := os.ReadFile(record + ".folder"); err == nil {
				if _, err := os.Stat(strings.TrimSpace(string(folder))); !os.IsNotExist(err) {
					t.Errorf("the folder of the token is left: %v", err)
				}
			}
		})
	}
}

// Only the protected branch is released.
func TestReleasesByEvent(t *testing.T) {
	t.Parallel()
	r, _ := released(t, "on_success")
	expect(t, r, toMain, []string{"release:shop-prod"})
	expect(t, r, event{source: "web", branch: "main"}, []string{"release:shop-prod"})
	for _, e := range []event{toBranch, mergeRequest(nil), {source: "schedule", branch: "main"}, {source: "web", branch: "feature"}} {
		expect(t, r, e, nil)
	}
	manual, _ := released(t, "manual")
	for name, j := range manual.all(t) {
		if !slices.ContainsFunc(j.Rules, func(r struct{ If, When string }) bool { return r.When == "manual" }) {
			t.Errorf("%s is not by hand: %v", name, j.Rules)
		}
	}
}
