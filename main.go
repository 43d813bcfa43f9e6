// Paddock turns an empty AWS account into a place where several teams ship containers.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/stacks"
)

func main() { pulumi.Run(stacks.Run) }
