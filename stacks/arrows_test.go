package stacks_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The arrows point one way: main -> stacks -> infra -> components, and components
// do not know each other, but for the pure packages and the tests' kit. Bootstrap
// is a program of its own, main -> account -> components. Both read their config by config, and so are service files read. What is
// arithmetic alone, for other programs too, stands beside them.
func TestImportArrows(t *testing.T) {
	shared := []string{
		"paddock/components/admission", "paddock/components/balancer", "paddock/components/controller", "paddock/components/labels",
		"paddock/components/placement", "paddock/components/policy", "paddock/components/quantity",
		"paddock/components/rbac", "paddock/components/restricted", "paddock/components/scaling", "paddock/components/versions",
	}
	arithmetic := []string{"paddock/capacity", "paddock/cost"}
	components := func(path string) bool { return strings.HasPrefix(path, "paddock/components/") }
	allowed := func(from, to string) bool {
		switch {
		case to == "paddock/components/testkit":
			return false // tests only, and their imports are not looked at
		case from == "paddock/components/service" && to == "paddock/servicefile":
			return true
		case components(from):
			return slices.Contains(shared, to)
		case from == "paddock/servicefile":
			return to == "paddock/config" || to == "paddock/components/quantity" || to == "paddock/components/scaling"
		case slices.Contains(arithmetic, from):
			return to == "paddock/components/versions" || to == "paddock/components/quantity" || to == "paddock/servicefile"
		case from == "paddock/infra" && slices.Contains(arithmetic, to):
			return true
		case from == "paddock/infra", from == "paddock/bootstrap/account":
			return components(to) || to == "paddock/config"
		case from == "paddock/stacks":
			return to == "paddock/infra" || to == "paddock/config"
		case from == "paddock/bootstrap":
			return to == "paddock/bootstrap/account"
		}
		return from == "paddock" && to == "paddock/stacks"
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "paddock/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, to := range words[1:] {
			if (to == "paddock" || strings.HasPrefix(to, "paddock/")) && !allowed(words[0], to) {
				t.Errorf("%s imports %s", words[0], to)
			}
			// The grader imports it and has no use for Pulumi.
			if words[0] == "paddock/components/scaling" && strings.Contains(to, ".") {
				t.Errorf("%s imports %s, want the standard library only", words[0], to)
			}
			if slices.Contains(arithmetic, words[0]) && strings.HasPrefix(to, "github.com/pulumi/") {
				t.Errorf("%s imports %s, and is arithmetic", words[0], to)
			}
			// Each of these triples the build.
			for _, heavy := range []string{"/helm/", "/yaml", "/kustomize"} {
				if strings.HasPrefix(to, "github.com/pulumi/pulumi-kubernetes/") && strings.Contains(to, heavy) {
					t.Errorf("%s imports %s", words[0], to)
				}
			}
		}
	}
}

// The teams' program is a module of its own. Of the platform it knows what a service is and what there is room for, not how a
// platform is made; and of the packages that wait, none knows Pulumi.
func TestImportArrowsOfApps(t *testing.T) {
	allowed := map[string][]string{
		"paddock/apps": {"paddock/apps/release"},
		"paddock/apps/release": {
			"paddock/apps/reach", "paddock/apps/rollout", "paddock/apps/smoke",
			"paddock/capacity", "paddock/components/service", "paddock/config", "paddock/cost", "paddock/servicefile",
		},
		"paddock/apps/smoke": {"paddock/apps/reach", "paddock/apps/rollout"},
	}
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	cmd.Dir = "../apps"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, to := range words[1:] {
			if strings.HasPrefix(to, "paddock/") && !slices.Contains(allowed[words[0]], to) {
				t.Errorf("%s imports %s", words[0], to)
			}
			if strings.HasPrefix(to, "github.com/pulumi/") && words[0] != "paddock/apps" && words[0] != "paddock/apps/release" {
				t.Errorf("%s imports %s", words[0], to)
			}
		}
	}
}
