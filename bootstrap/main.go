// Bootstrap prepares an AWS account for Paddock's pipeline: where the state is, whom the account believes, and the roles that the
// pipeline's jobs take on. An administrator runs it, by `make bootstrap`; no job may.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/bootstrap/account"
)

func main() { pulumi.Run(account.Run) }
