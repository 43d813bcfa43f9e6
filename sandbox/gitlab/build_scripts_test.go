package gitlab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stand puts a program of a few lines first on the jobs' PATH.
func (r *repository) stand(t *testing.T, name, lines string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(r.bin, name), []byte("#!/bin/sh\n"+lines+"\n"), 0o755))
}

// perform runs jobs on this machine, in the repository itself.
func (r *repository) perform(t *testing.T, e event, more map[string]string, jobs ...string) result {
	t.Helper()
	// It is called for a copy that jobs in containers would get.
	r.stand(t, "rsync", "exit 0")
	variables := map[string]string{"CI_PROJECT_DIR": r.dir}
	for name, value := range more {
		variables[name] = value
	}
	return r.run(t, append(e.flags(variables), append([]string{"--force-shell-executor"}, jobs...)...)...)
}

const (
	// recorder notes its arguments, and what it can see of the job's token; BuildKit's writes the archive that it is told to.
	recorder = `echo "${0##*/} $*" >> "$RECORD"
test -z "$GITLAB_OIDC_TOKEN" || echo "${0##*/} sees a token" >> "$RECORD"
for arg; do case $arg in type=docker,*dest=*) echo archive > "${arg##*dest=}";; esac; done`

	// registry is a crane that knows the image if the file PUBLISHED is there.
	registry = `echo "crane $*" >> "$RECORD"
case $1 in
digest) test -f "$PUBLISHED" && echo sha256:0123 || { echo MANIFEST_UNKNOWN >&2; exit 1; } ;;
push)
	test "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" = the-token && test "$AWS_ROLE_ARN" = arn:aws:iam::111111111111:role/paddock-prod-shop-build &&
	grep -q '"111111111111.dkr.ecr.us-west-2.amazonaws.com":"ecr-login"' "$DOCKER_CONFIG/config.json" &&
	test "$(stat -c %a "$AWS_WEB_IDENTITY_TOKEN_FILE")" = 600 && echo "$DOCKER_CONFIG" > "$RECORD.folder" ;;
esac`
)

// What the jobs of one service run, without and with an image that is published already.
func TestBuildScripts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		inputs   string
		event    event
		jobs     []string
		publish  bool   // the registry has the image
		branch   string // CI_COMMIT_REF_PROTECTED
		code     int
		want     []string // commands, "SHA" and "DIR" filled in
		complain string
	}{
		"merge request": {"service: web, path: web/", mergeRequest(nil), []string{"build:web"}, false, "false", 0, []string{
			"buildctl-daemonless.sh build --frontend dockerfile.v0 --local context=DIR/web/ --local dockerfile=DIR/web/ --opt filename=Dockerfile " +
				"--opt build-arg:VERSION=SHA --output type=docker,name=paddock-prod/shop/web:SHA,dest=/tmp/image.tar"}, ""},
		"push, a Dockerfile elsewhere": {"service: web, path: web/, dockerfile: build/Containerfile", toMain, []string{"build:web"}, false, "true", 0, []string{
			"buildctl-daemonless.sh build --frontend dockerfile.v0 --local context=DIR/web/ --local dockerfile=DIR/web/ --opt filename=build/Containerfile " +
				"--opt build-arg:VERSION=SHA --output type=docker,name=paddock-prod/shop/web:SHA,dest=DIR/web.image.tar"}, ""},
		"kaniko": {"service: web, builder: kaniko", toMain, []string{"build:web"}, false, "true", 0, []string{
			"executor --context dir://DIR/ --dockerfile Dockerfile --build-arg VERSION=SHA --no-push --destination paddock-prod/shop/web:SHA --tar-path DIR/web.image.tar"}, ""},
		"publish": {"service: web", toMain, []string{"publish:web"}, false, "true", 0, []string{
			"crane digest 111111111111.dkr.ecr.us-west-2.amazonaws.com/paddock-prod/shop/web:SHA",
			"crane push DIR/web.image.tar 111111111111.dkr.ecr.us-west-2.amazonaws.com/paddock-prod/shop/web:SHA"}, ""},
		"publish once more": {"service: web", toMain, []string{"publish:web"}, true, "true", 0, []string{
			"crane digest 111111111111.dkr.ecr.us-west-2.amazonaws.com/paddock-prod/shop/web:SHA"}, "is published already: sha256:0123"},
		"branch without protection": {"service: web", toMain, []string{"publish:web"}, false, "false", 1, nil, "branch main is not protected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			template := checkout(t, "pipeline/templates/build.gitlab-ci.yml")
			record, published := filepath.Join(t.TempDir(), "record"), filepath.Join(t.TempDir(), "published")
			r := newRepository(t, map[string]string{".gitlab-ci.yml": including(tc.inputs), "web/Dockerfile": ""})
			r.stand(t, "buildctl-daemonless.sh", recorder)
			r.stand(t, "executor", recorder)
			r.stand(t, "crane", registry)
			// Kaniko's own image has it there.
			r.write(t, "build.gitlab-ci.yml", strings.ReplaceAll(template, "/kaniko/executor", "executor"))
			r.change(t, "web/Dockerfile")
			if tc.publish {
				must(t, os.WriteFile(published, nil, 0o644))
			}
			variables := map[string]string{"RECORD": record, "PUBLISHED": published, "CI_COMMIT_REF_PROTECTED": tc.branch}
			if strings.HasPrefix(tc.jobs[0], "publish") {
				variables["GITLAB_OIDC_TOKEN"] = "the-token"
			}
			out := r.perform(t, tc.event, variables, tc.jobs...)
			if out.code != tc.code || !strings.Contains(out.out+out.err, tc.complain) {
				t.Errorf("exit %d, want %d and %q\n%s%s", out.code, tc.code, tc.complain, out.out, out.err)
			}
			text, _ := os.ReadFile(record)
			fill := strings.NewReplacer("DIR", r.dir, "SHA", r.git(t, "rev-parse", "HEAD"))
			if want := fill.Replace(lines(tc.want)); string(text) != want {
				t.Errorf("ran:\n%swant:\n%s", text, want)
			}
			if folder, err := os.ReadFile(record + ".folder"); err == nil {
				if _, err := os.Stat(strings.TrimSpace(string(folder))); !os.IsNotExist(err) {
					t.Errorf("the folder of the token is left: %v", err)
				}
			}
		})
	}
}

func lines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}
