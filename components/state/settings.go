package state

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"paddock/components/policy"
)

// settings make the bucket safe: versions of what was overwritten, the key for all that is written, and nobody from outside, by
// no policy and no access list.
func (s *State) settings(ctx *pulumi.Context) error {
	bucket, yes := s.made.ID(), pulumi.Bool(true)
	if _, err := s3.NewBucketVersioningV2(ctx, s.name+"-versions", &s3.BucketVersioningV2Args{
		Bucket:                  bucket,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, s.under()...); err != nil {
		return err
	}
	if _, err := s3.NewBucketServerSideEncryptionConfigurationV2(ctx, s.name+"-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			// One key for the bucket, made from this one, in place of a call to KMS for each object.
			BucketKeyEnabled: yes,
			ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("aws:kms"), KmsMasterKeyId: s.key.Arn,
			},
		}},
	}, s.under()...); err != nil {
		return err
	}
	if _, err := s3.NewBucketOwnershipControls(ctx, s.name+"-owner", &s3.BucketOwnershipControlsArgs{
		Bucket: bucket,
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, s.under()...); err != nil {
		return err
	}
	_, err := s3.NewBucketPublicAccessBlock(ctx, s.name+"-private", &s3.BucketPublicAccessBlockArgs{
		Bucket: bucket, BlockPublicAcls: yes, BlockPublicPolicy: yes, IgnorePublicAcls: yes, RestrictPublicBuckets: yes,
	}, s.under()...)
	return err
}

// policy refuses every call that is not encrypted on its way.
func (s *State) policy(ctx *pulumi.Context) error {
	arn := "arn:" + s.args.Partition + ":s3:::" + s.args.Bucket
	_, err := s3.NewBucketPolicy(ctx, s.name+"-tls", &s3.BucketPolicyArgs{
		Bucket: s.made.ID(),
		Policy: pulumi.String(policy.Document{Statements: []policy.Statement{{
			Sid: "OnlyTLS", Effect: policy.Deny, Principal: &policy.Principal{AWS: []string{"*"}},
			Actions: []string{"s3:*"}, Resources: []string{arn, arn + "/*"},
			Conditions: policy.Conditions{"Bool": {"aws:SecureTransport": {"false"}}},
		}}}.JSON()),
	}, s.under()...)
	return err
}

// How long what is no longer current stays: long enough to come back from a mistake that is noticed a quarter later.
const (
	formerDays = 90
	brokenDays = 7 // parts of uploads that did not end
)

func (s *State) lifecycle(ctx *pulumi.Context) error {
	_, err := s3.NewBucketLifecycleConfigurationV2(ctx, s.name+"-lifecycle", &s3.BucketLifecycleConfigurationV2Args{
		Bucket: s.made.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String("former-versions"),
			Status: pulumi.String("Enabled"),
			Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")}, // all
			NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(formerDays),
			},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(brokenDays),
			},
		}},
	}, s.under()...)
	return err
}
