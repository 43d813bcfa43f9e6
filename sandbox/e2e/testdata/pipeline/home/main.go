// What an administrator makes before a pipeline can run: the place of its state, the key of its secrets, its issuer. The kinds
// are registered by their tokens, since their packages take long to compile.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

type resource struct {
	pulumi.CustomResourceState

	Arn pulumi.StringOutput `pulumi:"arn"`
}

const bucket = "pipeline-state"

func main() { pulumi.Run(run) }

func run(ctx *pulumi.Context) error {
	key, err := made(ctx, "kms/key:Key", pulumi.Map{"enableKeyRotation": pulumi.Bool(true)})
	if err != nil {
		return err
	}
	state, err := made(ctx, "s3/bucketV2:BucketV2", pulumi.Map{"bucket": pulumi.String(bucket), "forceDestroy": pulumi.Bool(true)})
	if err != nil {
		return err
	}
	const own = `["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket + `/*"]`
	for token, in := range map[string]pulumi.Map{
		"kms/alias:Alias":                          {"name": pulumi.String("alias/pipeline-state"), "targetKeyId": key.ID()},
		"s3/bucketVersioningV2:BucketVersioningV2": {"bucket": state.ID(), "versioningConfiguration": pulumi.Map{"status": pulumi.String("Enabled")}},
		"s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {"bucket": state.ID(), "rules": pulumi.Array{pulumi.Map{
			"applyServerSideEncryptionByDefault": pulumi.Map{"sseAlgorithm": pulumi.String("aws:kms"), "kmsMasterKeyId": key.Arn},
		}}},
		"s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {"bucket": state.ID(), "blockPublicPolicy": pulumi.Bool(true)},
		"s3/bucketPolicy:BucketPolicy": {"bucket": state.ID(), "policy": pulumi.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":` + own + `,"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)},
		"iam/openIdConnectProvider:OpenIdConnectProvider": {
			"url": pulumi.String("https://gitlab.com"), "clientIdLists": pulumi.ToStringArray([]string{"https://gitlab.com"}),
		},
	} {
		if _, err := made(ctx, token, in); err != nil {
			return err
		}
	}
	ctx.Export("key", key.Arn)
	return nil
}

func made(ctx *pulumi.Context, token string, in pulumi.Map) (*resource, error) {
	r := &resource{}
	return r, ctx.RegisterResource("aws:"+token, "state", in, r)
}
