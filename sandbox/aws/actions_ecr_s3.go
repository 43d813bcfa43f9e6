package aws

// The calls for ECR and S3.

// itsRepository is the repository of a lifecycle policy.
func itsRepository(o *Op) []Target { return its(tokenRepository, "", "repository")(o) }

// ecrKey is the key that a repository is encrypted with.
func ecrKey(o *Op) []Target {
	var out []Target
	for _, e := range objs(o.In, "encryptionConfigurations") {
		if id := str(e, "kmsKey"); id != "" {
			out = append(out, o.Tx.byARN(id))
		}
	}
	return out
}

// itsBucket is the bucket of a configuration.
func itsBucket(o *Op) []Target {
	name := str(o.In, "bucket")
	if name == "" && o.Old != nil {
		name = str(o.Old.State, "bucket")
	}
	return []Target{{ARN: bucketARN(name)}}
}

// configures are the calls for what is put into a bucket and read from it.
func configures(put, read, remove string) *acts {
	return &acts{create: on(itsBucket, put), read: on(itsBucket, read), update: on(itsBucket, put), delete: on(itsBucket, remove)}
}

var _ = provides(map[string]*acts{
	tokenRepository: {
		create: []act{
			creates("ecr:CreateRepository"),
			{action: "kms:DescribeKey", when: []string{"encryptionConfigurations"}, on: ecrKey},
			{action: "kms:CreateGrant", when: []string{"encryptionConfigurations"}, on: ecrKey},
		},
		read: calls("ecr:DescribeRepositories", "ecr:ListTagsForResource"),
		update: []act{
			when("ecr:PutImageTagMutability", "imageTagMutability"), when("ecr:PutImageScanningConfiguration", "imageScanningConfiguration"),
		},
		delete: calls("ecr:DeleteRepository"), tag: calls("ecr:TagResource"), untag: calls("ecr:UntagResource"),
	},
	tokenLifecyclePolicy: {
		create: on(itsRepository, "ecr:PutLifecyclePolicy"), read: on(itsRepository, "ecr:GetLifecyclePolicy"),
		delete: on(itsRepository, "ecr:DeleteLifecyclePolicy"),
	},
	// The provider reads all that a bucket may have, whether the program states it or not.
	tokenBucket: {
		create: []act{creates("s3:CreateBucket"), when("s3:PutBucketObjectLockConfiguration", "objectLockEnabled")},
		read: calls("s3:ListBucket", "s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketWebsite", "s3:GetBucketVersioning",
			"s3:GetAccelerateConfiguration", "s3:GetBucketRequestPayment", "s3:GetBucketLogging", "s3:GetLifecycleConfiguration",
			"s3:GetReplicationConfiguration", "s3:GetEncryptionConfiguration", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketLocation", "s3:GetBucketTagging"),
		delete: []act{{action: "s3:DeleteBucket"}, {action: "s3:ListBucketVersions", when: []string{"forceDestroy"}},
			{action: "s3:DeleteObject", when: []string{"forceDestroy"}, on: itsObjects}, {action: "s3:DeleteObjectVersion", when: []string{"forceDestroy"}, on: itsObjects}},
		tag: calls("s3:PutBucketTagging"), untag: calls("s3:PutBucketTagging"),
	},
	tokenBucketVersioning:   configures("s3:PutBucketVersioning", "s3:GetBucketVersioning", "s3:PutBucketVersioning"),
	tokenBucketEncryption:   configures("s3:PutEncryptionConfiguration", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"),
	tokenBucketPublicAccess: configures("s3:PutBucketPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
	tokenBucketPolicy:       configures("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy"),
	tokenBucketLifecycle:    configures("s3:PutLifecycleConfiguration", "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
	tokenBucketOwnership:    configures("s3:PutBucketOwnershipControls", "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"),
})

// itsObjects are all objects of a bucket.
func itsObjects(o *Op) []Target { return []Target{{ARN: bucketARN(o.ID) + "/*"}} }
