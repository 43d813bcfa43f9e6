package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const podTrust = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
	"Action": ["sts:AssumeRole", "sts:TagSession"]}]}`

// identified gives frontend a role of the account's: first only the service asks for it, then the platform lists it as well.
func (a *apps) identified(t *testing.T) {
	file := filepath.Join(a.dir, "trust.json")
	must(t, os.WriteFile(file, []byte(podTrust), 0o644))
	if r := a.cmd(t, "role", "shop", "--trust", file); r.code != 0 {
		t.Fatal(r.all())
	}
	role := a.arn(t, "shop")
	a.edit(t, "frontend", `calls: [backend/backend]`, `calls: [backend/backend, "internet:443"]`+"\nrole: "+role)
	defer a.restore(t, "frontend")
	if r := a.release(t, "frontend", "v2"); r.code == 0 || !strings.Contains(r.all(), "role: "+role+": want a role of team frontend") {
		t.Errorf("a role that the platform does not list: exit %d\n%s", r.code, r.all())
	}
	a.list(t, "role/shop")
	if r := a.release(t, "frontend", "v2"); r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.all())
	}
	who, err := sts.NewFromConfig(a.podRights(t, a.sdk(t), "frontend", "frontend")).GetCallerIdentity(t.Context(), nil)
	must(t, err)
	if !strings.Contains(*who.Arn, ":assumed-role/shop/") {
		t.Errorf("frontend is %s", *who.Arn)
	}
	r := a.kubectl(t, "get", "pods", "-n", "frontend", "-l", "app.kubernetes.io/name=frontend", "-o", "jsonpath='{.items[*].spec.containers[0].env[*].name}'")
	if !strings.Contains(r.out, "AWS_CONTAINER_CREDENTIALS_FULL_URI") {
		t.Errorf("its pods are told nothing of credentials: %s", r.all())
	}
	a.restore(t, "frontend")
	if r := a.release(t, "frontend", "v2"); r.code != 0 { // the association goes by the right that made it
		t.Errorf("without the role: exit %d\n%s", r.code, r.all())
	}
}

// list has the platform let frontend's services take on a role.
func (a *apps) list(t *testing.T, role string) {
	text, err := os.ReadFile(a.stackFile())
	must(t, err)
	changed := strings.Replace(string(text), "services: [frontend]", "services: [frontend], roles: ["+role+"]", 1)
	if changed == string(text) {
		t.Fatal("the stack file has changed")
	}
	must(t, os.Remove(a.stackFile())) // a link to the checkout's
	must(t, os.WriteFile(a.stackFile(), []byte(changed), 0o644))
	a.succeed(t, "up")
}
