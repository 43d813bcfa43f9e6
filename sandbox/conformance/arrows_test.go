package conformance

import (
	"os/exec"
	"strings"
	"testing"
)

// The SDK's clients are for tests and for our aws command, a client itself. The daemon has its signer and what that needs.
func TestImportArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "paddock/sandbox/wire", "paddock/sandbox/cmd/sandbox", "paddock/sandbox/cmd/pulumi-resource-aws").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, name := range strings.Fields(string(out)) {
		if strings.HasPrefix(name, "github.com/aws/aws-sdk-go-v2/service/") || strings.HasPrefix(name, "github.com/aws/aws-sdk-go-v2/config") {
			t.Errorf("%s is imported by more than tests", name)
		}
	}
	out, err = exec.CommandContext(t.Context(), "go", "list", "-deps", "paddock/sandbox/aws").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, name := range strings.Fields(string(out)) {
		if name == "paddock/sandbox/wire" || strings.HasPrefix(name, "github.com/aws/") {
			t.Errorf("package aws imports %s: it knows no protocol of AWS's", name)
		}
	}
}
