package toolchain

import (
	"fmt"
	"os"
	"regexp"
)

// Modules of the program's SDKs: the plugins that the engine asks for carry the same versions.
const (
	SDKAWS        = "github.com/pulumi/pulumi-aws/sdk/v6"
	SDKEKS        = "github.com/pulumi/pulumi-eks/sdk/v2"
	SDKKubernetes = "github.com/pulumi/pulumi-kubernetes/sdk/v4"
)

// Pinned returns the version, without its v, that a go.mod file requires of a module.
func Pinned(goMod, module string) (string, error) {
	text, err := os.ReadFile(goMod)
	if err != nil {
		return "", fmt.Errorf("pinned version of %s: %w", module, err)
	}
	find := regexp.MustCompile(`(?m)^(?:require)?\s+` + regexp.QuoteMeta(module) + ` v(\S+)`)
	found := find.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("pinned version of %s: %s does not require it", module, goMod)
	}
	return string(found[1]), nil
}
