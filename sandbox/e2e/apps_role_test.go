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

// podRole makes a role of the account's that pods can act as.
func (s *sandbox) podRole(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join(s.dir, "trust.json")
	must(t, os.WriteFile(file, []byte(podTrust), 0o644))
	if r := s.cmd(t, "role", name, "--trust", file); r.code != 0 {
		t.Fatalf("sandbox role %s: %s", name, r.all())
	}
}

// identified has frontend act as a role of the account's: first only the service asks for it, then the platform gives it as well.
func (a *apps) identified(t *testing.T) {
	a.podRole(t, "shop")
	role := a.arn(t, "shop")
	a.edit(t, "frontend", `calls: [backend/backend]`, `calls: [backend/backend, "internet:443"]`+"\nrole: "+role)
	defer a.restore(t, "frontend")
	refusal := "role: " + role + ": want the role that the platform gives the service in paddock:teams.frontend.podRoles.frontend: none"
	if r := a.release(t, "frontend", "v2"); r.code == 0 || !strings.Contains(r.all(), refusal) {
		t.Errorf("a role that the platform does not give: exit %d\n%s", r.code, r.all())
	}
	a.give(t, "{frontend: role/shop}")
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
	if r := a.release(t, "frontend", "v2"); r.code != 0 {
		t.Errorf("without the role: exit %d\n%s", r.code, r.all())
	}
	r = a.kubectl(t, "get", "deployment,networkpolicy", "frontend", "-n", "frontend", "-o", "yaml")
	if strings.Contains(r.out, "paddock.dev/role") || strings.Contains(r.out, "169.254.170.23") || !strings.Contains(r.out, "kind: NetworkPolicy") {
		t.Errorf("something of the role is left:\n%s", r.all())
	}
}

// give has the platform give roles to frontend's services.
func (a *apps) give(t *testing.T, roles string) {
	text, err := os.ReadFile(a.stackFile())
	must(t, err)
	changed := strings.Replace(string(text), "namespaces: [frontend]", "namespaces: [frontend]\n      podRoles: "+roles, 1)
	if changed == string(text) {
		t.Fatal("the stack file has changed")
	}
	must(t, os.Remove(a.stackFile())) // a link to the checkout's
	must(t, os.WriteFile(a.stackFile(), []byte(changed), 0o644))
	a.succeed(t, "up")
}
