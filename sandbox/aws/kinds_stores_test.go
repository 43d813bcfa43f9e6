package aws_test

const (
	aRepository = "aws:ecr/repository:Repository"
	aLifecycle  = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	aBucket     = "aws:s3/bucketV2:BucketV2"
	aVersioning = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	aCipher     = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	aBlock      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	aBucketRule = "aws:s3/bucketPolicy:BucketPolicy"
	anExpiry    = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	anOwnership = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"

	// keepTen is a lifecycle policy of a repository.
	keepTen = `{"rules":[{"rulePriority":1,"description":"the last ten","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}`
)

// tlsOnly is a policy of a bucket.
func tlsOnly(bucket string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + bucket + `","arn:aws:s3:::` + bucket +
		`/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
}

// inBucket is a configuration of a new bucket.
func inBucket(more props) func(p *platform) props {
	return func(p *platform) props { return over(props{"bucket": p.add(aBucket, props{}).id}, more) }
}

func sse(algorithm, key string) props {
	standard := props{"sseAlgorithm": algorithm}
	if key != "" {
		standard["kmsMasterKeyId"] = key
	}
	return props{"rules": []any{props{"applyServerSideEncryptionByDefault": standard}}}
}

func expiry(id string, days int) props {
	return props{"rules": []any{props{"id": id, "status": "Enabled", "noncurrentVersionExpiration": props{"noncurrentDays": days}}}}
}

var storesLife = map[string]life{
	aRepository: {
		in: fixed(props{"imageTagMutability": "IMMUTABLE"}), next: props{"imageScanningConfiguration": props{"scanOnPush": true}},
		replace: props{"encryptionConfigurations": []any{props{"encryptionType": "KMS"}}}, outputs: []string{"arn", "name", "registryId", "repositoryUrl", "encryptionConfigurations"},
	},
	aLifecycle: {
		in:      func(p *platform) props { return props{"repository": p.add(aRepository, props{}).id, "policy": keepTen} },
		replace: props{"policy": "{}"}, outputs: []string{"registryId"},
	},
	aBucket: {
		in: fixed(props{"forceDestroy": true}), next: props{"tags": props{"a": "b"}}, replace: props{"bucket": "other"},
		outputs: []string{"arn", "bucket", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId", "region"},
	},
	aVersioning: {
		in:   inBucket(props{"versioningConfiguration": props{"status": "Enabled"}}),
		next: props{"versioningConfiguration": props{"status": "Suspended"}}, replace: props{"bucket": "other"},
	},
	aCipher: {in: inBucket(sse("AES256", "")), next: sse("aws:kms", ""), replace: props{"bucket": "other"}},
	aBlock:  {in: inBucket(props{"blockPublicAcls": true}), next: props{"blockPublicPolicy": true}, replace: props{"bucket": "other"}},
	aBucketRule: {
		in: func(p *platform) props {
			bucket := p.add(aBucket, props{}).id
			return props{"bucket": bucket, "policy": tlsOnly(bucket)}
		},
		replace: props{"bucket": "other"},
	},
	anExpiry: {in: inBucket(expiry("old", 90)), next: expiry("old", 30), replace: props{"bucket": "other"}},
	anOwnership: {
		in: inBucket(props{"rule": props{"objectOwnership": "BucketOwnerEnforced"}}), next: props{"rule": props{"objectOwnership": "ObjectWriter"}},
		replace: props{"bucket": "other"},
	},
}

// drawnStores are the kinds of ECR and S3.
var drawnStores = map[string]func(*draw) props{
	aRepository: func(d *draw) props {
		return props{"name": d.one("team/app", "team/web", "Team", "app"), "imageTagMutability": d.one("MUTABLE", "IMMUTABLE"), "tags": d.tags()}
	},
	aLifecycle: func(d *draw) props { return props{"repository": d.id(aRepository), "policy": keepTen} },
	aBucket: func(d *draw) props {
		return props{"bucket": d.one("state-one", "state-two", "No"), "forceDestroy": d.IntN(2) == 0, "tags": d.tags()}
	},
	aVersioning: func(d *draw) props {
		return props{"bucket": d.id(aBucket), "versioningConfiguration": props{"status": d.one("Enabled", "Suspended", "Disabled")}}
	},
	aCipher: func(d *draw) props {
		return over(props{"bucket": d.id(aBucket)}, sse(d.one("AES256", "aws:kms"), d.one("", "key")))
	},
	aBlock: func(d *draw) props {
		return props{"bucket": d.id(aBucket), "blockPublicAcls": d.IntN(2) == 0, "blockPublicPolicy": d.IntN(2) == 0}
	},
	aBucketRule: func(d *draw) props {
		bucket := d.id(aBucket)
		return props{"bucket": bucket, "policy": tlsOnly(bucket)}
	},
	anExpiry: func(d *draw) props { return over(props{"bucket": d.id(aBucket)}, expiry(d.name("r"), d.IntN(3))) },
	anOwnership: func(d *draw) props {
		return props{"bucket": d.id(aBucket), "rule": props{"objectOwnership": d.one("ObjectWriter", "BucketOwnerEnforced")}}
	},
}
