// Apps deploys the services of one team onto a platform, with that team's own rights and its own state.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/apps/release"
)

func main() { pulumi.Run(release.Run) }
