// What a pipeline brings up: a repository, and a secret among the outputs.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

type repository struct{ pulumi.CustomResourceState }

func main() { pulumi.Run(run) }

func run(ctx *pulumi.Context) error {
	r := &repository{}
	err := ctx.RegisterResource("aws:ecr/repository:Repository", "app", pulumi.Map{"name": pulumi.String("team/app")}, r)
	secret, _ := ctx.GetConfig("app:secret")
	ctx.Export("secret", pulumi.ToSecret(pulumi.String(secret)))
	return err
}
