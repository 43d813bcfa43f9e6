package aws_test

import (
	"strings"
)

// lifecyclePolicy is keepTen with one part of it otherwise.
func lifecyclePolicy(was, is string) func(*ground) error {
	return asks(aLifecycle, func(g *ground) props {
		return props{"repository": g.create(aRepository, props{}).id, "policy": strings.Replace(keepTen, was, is, 1)}
	})
}

// twoRules are two lifecycle rules of these priorities and tag states.
func twoRules(first, second string) string {
	rule := func(head string) string {
		return `{` + head + `,"countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}`
	}
	return `{"rules":[` + rule(first) + `,` + rule(second) + `]}`
}

func configuring(token string, more props) func(*ground) error {
	return asks(token, func(g *ground) props { return over(props{"bucket": g.create(aBucket, props{}).id}, more) })
}

// bucketRule puts a policy on a bucket; BUCKET stands for its ARN.
func bucketRule(statement string, block bool) func(*ground) error {
	return func(g *ground) error {
		bucket := g.create(aBucket, props{}).id
		if block {
			g.create(aBlock, props{"bucket": bucket, "blockPublicPolicy": true})
		}
		return g.ask(aBucketRule, props{"bucket": bucket, "policy": strings.ReplaceAll(policyOf(statement), "BUCKET", "arn:aws:s3:::"+bucket)})
	}
}

var storeRules = map[string]rule{
	"repository capitals": {plainly(aRepository, props{"name": "Team/app"}), says("InvalidParameterException", "'repositoryName'", "regular expression")},
	"repository short":    {plainly(aRepository, props{"name": "a"}), says("InvalidParameterException", "between 2 and 256")},
	"repository twice": {func(g *ground) error {
		g.create(aRepository, props{"name": "twice"})
		return g.ask(aRepository, props{"name": "twice"})
	}, says("RepositoryAlreadyExistsException", "The repository with name 'twice' already exists in the registry with id '")},
	"repository mutability":        {plainly(aRepository, props{"imageTagMutability": "SOMETIMES"}), says("expected image_tag_mutability to be one of")},
	"repository mutability at AWS": {func(g *ground) error { return g.raw(aRepository, props{"name": "odd", "imageTagMutability": "X"}) }, says("InvalidParameterException", "imageTagMutability")},
	"repository encryption":        {plainly(aRepository, props{"encryptionConfigurations": []any{props{"encryptionType": "ROT13"}}}), says("encryption_type to be one of")},
	"repository no key": {plainly(aRepository, props{"encryptionConfigurations": []any{props{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-west-2:123456789012:key/none"}}}),
		says("KmsException", "does not exist")},
	"repository key without KMS": {asks(aRepository, func(g *ground) props {
		return props{"encryptionConfigurations": []any{props{"encryptionType": "AES256", "kmsKey": g.create(aKey, props{}).out["arn"]}}}
	}), says("InvalidParameterException", "AES256")},
	"repository key off": {asks(aRepository, func(g *ground) props {
		return props{"encryptionConfigurations": []any{props{"encryptionType": "KMS", "kmsKey": g.create(aKey, props{"isEnabled": false}).out["arn"]}}}
	}), says("KmsException", "not an enabled symmetric key")},
	"repository tags": {plainly(aRepository, props{"tags": tags(51)}), says("TooManyTagsException")},

	"lifecycle of nothing":  {plainly(aLifecycle, props{"repository": "none", "policy": keepTen}), says("RepositoryNotFoundException")},
	"lifecycle not JSON":    {lifecyclePolicy(keepTen, "["), says("policy: ", "invalid JSON")},
	"lifecycle short":       {lifecyclePolicy(keepTen, "{}"), says("InvalidParameterException", "between 100 and 30720")},
	"lifecycle status":      {lifecyclePolicy("any", "some"), says("InvalidParameterException", "'LifecyclePolicyText'", "Lifecycle policy validation failure", "'tagStatus'")},
	"lifecycle no list":     {lifecyclePolicy("any", "tagged"), says("InvalidParameterException", "'tagPrefixList' or 'tagPatternList' is required")},
	"lifecycle list of any": {lifecyclePolicy(`"any"`, `"any","tagPrefixList":["v"]`), says("InvalidParameterException", "for tagStatus=tagged only")},
	"lifecycle both lists":  {lifecyclePolicy(`"any"`, `"tagged","tagPrefixList":["v"],"tagPatternList":["v*"]`), says("InvalidParameterException", "exclude each other")},
	"lifecycle unit":        {lifecyclePolicy(`imageCountMoreThan`, `sinceImagePushed`), says("InvalidParameterException", "'countUnit' must be days")},
	"lifecycle count":       {lifecyclePolicy(`"countNumber":10`, `"countNumber":0`), says("InvalidParameterException", "'countNumber'")},
	"lifecycle action":      {lifecyclePolicy(`"expire"`, `"keep"`), says("InvalidParameterException", "must be expire")},
	"lifecycle field":       {lifecyclePolicy(`"rulePriority"`, `"priority":2,"rulePriority"`), says("InvalidParameterException", "failed to match the schema")},
	"lifecycle priorities": {lifecyclePolicy(keepTen, twoRules(`"rulePriority":1,"selection":{"tagStatus":"untagged"`, `"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["v"]`)),
		says("InvalidParameterException", "must be unique within the policy")},
	"lifecycle any first": {lifecyclePolicy(keepTen, twoRules(`"rulePriority":1,"selection":{"tagStatus":"any"`, `"rulePriority":2,"selection":{"tagStatus":"untagged"`)),
		says("InvalidParameterException", "lowest priority")},
	"lifecycle two of any": {lifecyclePolicy(keepTen, twoRules(`"rulePriority":1,"selection":{"tagStatus":"untagged"`, `"rulePriority":2,"selection":{"tagStatus":"untagged"`)),
		says("InvalidParameterException", "only one rule for tagStatus=untagged")},

	"bucket capitals":  {plainly(aBucket, props{"bucket": "State"}), says("InvalidBucketName", "The specified bucket is not valid.")},
	"bucket short":     {plainly(aBucket, props{"bucket": "ab"}), says("InvalidBucketName")},
	"bucket address":   {plainly(aBucket, props{"bucket": "10.0.0.1"}), says("InvalidBucketName")},
	"bucket dots":      {plainly(aBucket, props{"bucket": "a..b"}), says("InvalidBucketName")},
	"bucket long":      {plainly(aBucket, props{"bucket": strings.Repeat("x", 64)}), says("expected length of bucket")},
	"bucket two names": {plainly(aBucket, props{"bucket": "abc", "bucketPrefix": "x"}), says("conflicts with bucket_prefix")},
	"bucket within":    {plainly(aBucket, props{"acl": "private"}), says("acl: ", "is not modelled; use s3.BucketAclV2")},
	"bucket twice": {func(g *ground) error {
		g.create(aBucket, props{"bucket": "twice-is-one"})
		return g.ask(aBucket, props{"bucket": "twice-is-one"})
	}, says("BucketAlreadyOwnedByYou")},
	"bucket tag": {plainly(aBucket, props{"tags": props{"aws:x": "y"}}), says("InvalidTag", "reserved")},

	"versioning of nothing": {plainly(aVersioning, props{"bucket": "none", "versioningConfiguration": props{"status": "Enabled"}}), says("NoSuchBucket", "The specified bucket does not exist")},
	"versioning status":     {configuring(aVersioning, props{"versioningConfiguration": props{"status": "On"}}), says("expected versioning_configuration.0.status to be one of")},
	"versioning unsaid":     {configuring(aVersioning, props{"versioningConfiguration": props{}}), says("MalformedXML")},
	"versioning undone": {func(g *ground) error {
		in := props{"bucket": g.create(aBucket, props{}).id, "versioningConfiguration": props{"status": "Enabled"}}
		return g.change(g.create(aVersioning, in), props{"versioningConfiguration": props{"status": "Disabled"}})
	}, says("InvalidArgument", "cannot be updated from 'Enabled' to 'Disabled'")},
	"encryption algorithm": {configuring(aCipher, sse("ROT13", "")), says("sse_algorithm to be one of")},
	"encryption key":       {configuring(aCipher, sse("AES256", "key")), says("InvalidArgument", "KMSMasterKeyID is not applicable")},
	"encryption no rule":   {configuring(aCipher, props{"rules": []any{}}), says("MalformedXML")},
	"expiry twice":         {configuring(anExpiry, props{"rules": append(expiry("a", 1)["rules"].([]any), expiry("a", 2)["rules"].([]any)...)}), says("InvalidArgument", "Rule ID must be unique")},
	"expiry of nothing":    {configuring(anExpiry, props{"rules": []any{props{"id": "a", "status": "Enabled"}}}), says("InvalidRequest", "At least one action")},
	"expiry at once":       {configuring(anExpiry, expiry("a", 0)), says("InvalidArgument", "must be a positive integer")},
	"expiry status":        {configuring(anExpiry, props{"rules": []any{props{"id": "a", "status": "On"}}}), says("rule[0].status value must be one of")},
	"expiry no rule":       {configuring(anExpiry, props{"rules": []any{}}), says("MalformedXML")},
	"ownership":            {configuring(anOwnership, props{"rule": props{"objectOwnership": "Mine"}}), says("object_ownership to be one of")},

	"bucket policy not JSON":   {configuring(aBucketRule, props{"policy": "no"}), says("MalformedPolicy", "first byte must be '{'")},
	"bucket policy principal":  {bucketRule(`{"Effect":"Allow","Action":"s3:*","Resource":"BUCKET"}`, false), says("MalformedPolicy", "Missing required field Principal")},
	"bucket policy resource":   {bucketRule(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::elsewhere"}`, false), says("MalformedPolicy", "Policy has invalid resource")},
	"bucket policy action":     {bucketRule(`{"Effect":"Allow","Principal":"*","Action":"ec2:*","Resource":"BUCKET"}`, false), says("MalformedPolicy", "Policy has invalid action")},
	"bucket policy effect":     {bucketRule(`{"Effect":"Maybe","Principal":"*","Action":"s3:*","Resource":"BUCKET"}`, false), says("MalformedPolicy", "Invalid effect")},
	"bucket policy for public": {bucketRule(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"BUCKET/*"}`, true), says("AccessDenied", "BlockPublicPolicy")},
}
