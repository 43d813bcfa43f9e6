// Package state makes the place where Pulumi keeps the state of an account's stacks: a bucket, and the key that encrypts it.
package state

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args name the place.
type Args struct {
	Bucket    string // of all of AWS, nobody else may have it
	Alias     string // of the key, with its alias/
	Partition string // aws, aws-cn or aws-us-gov
}

// State is the bucket with its key. Both refuse to be deleted: who loses them no longer knows what is whose.
type State struct {
	pulumi.ResourceState

	Bucket pulumi.StringOutput
	KeyARN pulumi.StringOutput

	name string
	args *Args
	key  *kms.Key
	made *s3.BucketV2
}

// New makes it.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*State, error) {
	s := &State{name: name, args: args}
	if err := ctx.RegisterComponentResource("paddock:state:State", name, s, opts...); err != nil {
		return nil, fmt.Errorf("state %s: %w", name, err)
	}
	for _, step := range []struct {
		name string
		run  func(*pulumi.Context) error
	}{
		{"key", s.encryption}, {"bucket", s.bucket}, {"settings", s.settings}, {"policy", s.policy}, {"lifecycle", s.lifecycle},
	} {
		if err := step.run(ctx); err != nil {
			return nil, fmt.Errorf("state %s: %s: %w", name, step.name, err)
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"bucket": s.Bucket, "keyArn": s.KeyARN})
}

// encryption makes the key of the bucket's objects, and of the secrets in the stacks' config and state. Its policy is AWS's own for
// a new key: the account's IAM policies decide.
func (s *State) encryption(ctx *pulumi.Context) (err error) {
	s.key, err = kms.NewKey(ctx, s.name+"-key", &kms.KeyArgs{
		Description:          pulumi.String("State of Pulumi's stacks, and their secrets"),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(30),
	}, s.under(pulumi.Protect(true))...)
	if err != nil {
		return err
	}
	s.KeyARN = s.key.Arn
	_, err = kms.NewAlias(ctx, s.name+"-key", &kms.AliasArgs{
		Name:        pulumi.String(s.args.Alias),
		TargetKeyId: s.key.KeyId,
	}, s.under(pulumi.Protect(true))...)
	return err
}

func (s *State) bucket(ctx *pulumi.Context) (err error) {
	s.made, err = s3.NewBucketV2(ctx, s.name+"-bucket", &s3.BucketV2Args{
		Bucket: pulumi.String(s.args.Bucket),
	}, s.under(pulumi.Protect(true))...)
	if err == nil {
		s.Bucket = s.made.Bucket
	}
	return err
}

func (s *State) under(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(s)}, opts...)
}
