package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func (a *apps) isolated(t *testing.T) {
	// Another team's namespace, by the very program: the platform's exports say whose it is, and the cluster would not let it.
	a.edit(t, "frontend", "team: frontend\n", "team: frontend\nnamespace: backend\n")
	r := a.release(t, "frontend", "v2")
	a.restore(t, "frontend")
	if r.code == 0 || !strings.Contains(r.all(), "namespace: backend: want a namespace of team frontend: frontend") {
		t.Errorf("exit %d\n%s", r.code, r.all())
	}
	// Another team's stack, with this team's role: the program has no objection, and the cluster has.
	before := a.image(t, "backend")
	r = a.releaseAs(t, "frontend", "backend", "v2")
	if r.code == 0 || !strings.Contains(r.all(), "forbidden") || !strings.Contains(r.all(), "paddock-dev-frontend-release") {
		t.Errorf("backend as frontend: exit %d\n%s", r.code, r.all())
	}
	a.meddles(t)
	if after := a.image(t, "backend"); after != before {
		t.Errorf("backend is at %s, was at %s", after, before)
	}
	// The platform's own program, as the team.
	r = a.cmd(t, "preview", "--as", "role/paddock-dev-frontend-release")
	if r.code == 0 || !strings.Contains(r.all(), "paddock-dev-frontend-release") || !strings.Contains(r.all(), "not authorized") {
		t.Errorf("the platform's preview as a team: exit %d\n%s", r.code, r.all())
	}
}

// meddles has frontend's role write to the cluster by kubectl: in its own namespace it may, in backend's it may not.
func (a *apps) meddles(t *testing.T) {
	cli := os.Getenv(cliVariable)
	if cli == "" {
		t.Logf("%s is not set (`make test` sets it): kubectl as a team is not tried", cliVariable)
		return
	}
	account, _, _ := strings.Cut(a.image(t, "frontend"), ".")
	as := "export AWS_DEFAULT_REGION=us-west-2 PATH=$PATH:" + filepath.Dir(cli) + "; set -- $(aws sts assume-role --role-session-name meddles --output text" +
		" --role-arn arn:aws:iam::" + account + ":role/paddock-dev-frontend-release" +
		" --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]') &&" +
		" export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3 KUBECONFIG=" + filepath.Join(a.dir, "frontend.kubeconfig") +
		" && aws eks update-kubeconfig --name paddock-dev >/dev/null && kubectl "
	if r := a.shell(t, as+"annotate deployment frontend -n frontend --overwrite note=ours"); r.code != 0 {
		t.Errorf("its own namespace: exit %d\n%s", r.code, r.all())
	}
	for _, line := range []string{
		"set image deployment/backend backend=other -n backend", "annotate deployment backend -n backend note=ours", "delete pods --all -n backend",
		"create configmap ours -n backend", "scale deployment backend --replicas=0 -n backend", "get secrets -n backend",
	} {
		if r := a.shell(t, as+line); r.code == 0 || !strings.Contains(r.all(), "forbidden: User \"arn:aws:sts::"+account+":assumed-role/paddock-dev-frontend-release/") {
			t.Errorf("kubectl %s: exit %d\n%s", line, r.code, r.all())
		}
	}
}
