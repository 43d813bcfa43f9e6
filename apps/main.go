// Apps deploys the services of one team onto a platform, with that team's own rights and its own state.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/apps/release"
)

// The SDK's own Run words every error as one that the program did not foresee. That a service does not come up is foreseen, and
// the program has told why, so that the engine need not be told again.
func main() {
	err := pulumi.RunErr(release.Run)
	switch {
	case err == nil:
		return
	case !release.Told(err):
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	os.Exit(constant.ExitStatusLoggedError)
}
