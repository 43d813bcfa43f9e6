// Command pulumi-resource-kubernetes is the real Kubernetes provider of Pulumi under a main of ours:
// upstream's own main embeds two generated files that its module does not carry, so this one reads the
// schema from beside the binary, where the tool builder puts the module's copy.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is the plugin version that the program's SDK asks for; set at link time from the version table.
var version = "0.0.0"

func main() {
	self, err := os.Executable()
	if err != nil {
		fail("own path", err)
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(self), "schema.json"))
	if err != nil {
		fail("schema", err)
	}
	provider.Serve("kubernetes", version, schema, []byte("{}"))
}

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "pulumi-resource-kubernetes: %s: %v\n", what, err)
	os.Exit(1)
}
