package conformance

import (
	"os/exec"
	"strings"
	"testing"
)

// The SDK's clients are for tests, and for who calls AWS. What answers has its signer and what that needs, and nothing else.
func TestImportArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "paddock/sandbox/wire", "paddock/sandbox/daemon", "paddock/sandbox/cmd/sandbox").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	for _, name := range strings.Fields(string(out)) {
		if strings.HasPrefix(name, "github.com/aws/aws-sdk-go-v2/service/") || strings.HasPrefix(name, "github.com/aws/aws-sdk-go-v2/config") {
			t.Errorf("%s is imported by the daemon", name)
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
