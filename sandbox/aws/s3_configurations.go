package aws

import (
	"slices"
	"strings"

	"paddock/sandbox/iam"
)

// configuration is a kind that says something of a bucket: it is known by the bucket's name and goes with it.
func configuration(k *Kind) string {
	k.ID = func(o *Op) string { return str(o.In, "bucket") }
	k.Required = append([]string{"bucket"}, k.Required...)
	k.Refs = []Ref{{Field: "bucket", Kind: tokenBucket, Delete: Cascade}}
	k.Replace = append([]string{"bucket"}, k.Replace...)
	return register(k)
}

// absent is the error for what a bucket does not have.
func absent(code, text string) func(string) *Error {
	return func(string) *Error { return fail(code, "%s", text) }
}

func malformedXML() error {
	return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}

var _ = configuration(&Kind{
	Token: tokenBucketVersioning, Required: []string{"versioningConfiguration"}, Replace: []string{"expectedBucketOwner"},
	Missing: absent("NoSuchVersioningConfiguration", "The versioning configuration does not exist"),
	Check: checks(func(c *check) {
		c.oneOf("versioningConfiguration.status", "Enabled", "Suspended", "Disabled")
		c.oneOf("versioningConfiguration.mfaDelete", "Enabled", "Disabled")
	}),
	Fill: func(o *Op) error {
		status := str(o.Out, "versioningConfiguration.status")
		if !slices.Contains([]string{"Enabled", "Suspended", "Disabled"}, status) {
			return malformedXML()
		}
		b := o.Tx.get(tokenBucket, o.ID)
		if was := str(b.Private, "versioning"); status == "Disabled" && was != "" {
			return fail("InvalidArgument", "versioning_configuration.status cannot be updated from '%s' to 'Disabled'", was)
		}
		return o.version(b, status)
	},
	Delete: func(o *Op) error { // a bucket that had versions once has them for ever
		b := o.Tx.get(tokenBucket, o.ID)
		if b == nil || str(b.Private, "versioning") != "Enabled" {
			return nil
		}
		return o.version(b, "Suspended")
	},
})

// version notes whether the bucket keeps versions.
func (o *Op) version(b *Record, status string) error {
	if status != "Disabled" {
		b.Private["versioning"] = status
		o.Tx.put(b)
	}
	return nil
}

// S3 takes any key in a configuration, and looks for it when an object is put.
var _ = configuration(&Kind{
	Token: tokenBucketEncryption, Required: []string{"rules"}, Replace: []string{"expectedBucketOwner"},
	Missing: absent("ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found"),
	Check: checks(func(c *check) {
		for _, r := range objs(c.in, "rules") {
			algorithm := str(r, "applyServerSideEncryptionByDefault.sseAlgorithm")
			if algorithm != "" && !slices.Contains(sseAlgorithms, algorithm) {
				c.fault("rules", "expected rule.0.apply_server_side_encryption_by_default.0.sse_algorithm to be one of %q, got %s", sseAlgorithms, algorithm)
			}
		}
	}),
	Fill: func(o *Op) error {
		rules := objs(o.Out, "rules")
		if len(rules) != 1 {
			return malformedXML()
		}
		algorithm, key := str(rules[0], "applyServerSideEncryptionByDefault.sseAlgorithm"), str(rules[0], "applyServerSideEncryptionByDefault.kmsMasterKeyId")
		if algorithm == "AES256" && key != "" {
			return fail("InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
		}
		return nil
	},
})

var sseAlgorithms = []string{"AES256", "aws:kms", "aws:kms:dsse"}

var _ = configuration(&Kind{
	Token:    tokenBucketPublicAccess,
	Missing:  absent("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
	Defaults: Props{"blockPublicAcls": false, "blockPublicPolicy": false, "ignorePublicAcls": false, "restrictPublicBuckets": false},
})

var _ = configuration(&Kind{
	Token: tokenBucketPolicy, Required: []string{"policy"},
	Missing: absent("NoSuchBucketPolicy", "The bucket policy does not exist"),
	Fill: func(o *Op) error {
		text := str(o.Out, "policy")
		if err := o.bucketPolicyFault(text); err != nil {
			return err
		}
		if block := o.Tx.peek(tokenBucketPublicAccess, o.ID); block != nil && yes(block.State, "blockPublicPolicy", false) && public(text) {
			return fail("AccessDenied", "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: %q because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
				o.Env.CallerID(), bucketARN(o.ID))
		}
		return nil
	},
})

const maxBucketPolicy = 20 << 10 // bytes

// bucketPolicyFault is what S3 refuses in a policy of a bucket.
func (o *Op) bucketPolicyFault(text string) error {
	malformed := func(what string) error { return fail("MalformedPolicy", "%s", what) }
	if !isObject(text) {
		return malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	if len(text) > maxBucketPolicy {
		return fail("PolicyTooLarge", "Bucket policy exceeds the maximum allowed size of %d bytes", maxBucketPolicy)
	}
	policy, err := iam.Parse(text)
	if err != nil {
		return malformed("Policy has invalid syntax: " + err.Error())
	}
	if len(policy.Statements()) == 0 {
		return malformed("Missing required field Statement")
	}
	for _, s := range policy.Statements() {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return malformed("Invalid effect: " + s.Effect)
		case s.Principal == nil && s.NotPrincipal == nil:
			return malformed("Missing required field Principal")
		case len(s.Action)+len(s.NotAction) == 0:
			return malformed("Missing required field Action")
		case len(s.Resource)+len(s.NotResource) == 0:
			return malformed("Missing required field Resource")
		}
		for _, action := range slices.Concat(s.Action, s.NotAction) {
			if action != "*" && !strings.HasPrefix(strings.ToLower(action), "s3:") {
				return malformed("Policy has invalid action")
			}
		}
		for _, resource := range slices.Concat(s.Resource, s.NotResource) {
			if own := bucketARN(o.ID); resource != own && !strings.HasPrefix(resource, own+"/") {
				return malformed("Policy has invalid resource")
			}
		}
		if s.Principal != nil {
			for _, arn := range s.Principal.AWS {
				if strings.Contains(arn, ":iam::"+o.Env.Account+":role/") && principal(o.Tx, arn) == nil {
					return malformed("Invalid principal in policy")
				}
			}
		}
	}
	return nil
}

// public says that a policy allows something to everybody, without a condition.
func public(text string) bool {
	policy, err := iam.Parse(text)
	return err == nil && slices.ContainsFunc(policy.Statements(), func(s iam.Statement) bool {
		return s.Effect == "Allow" && s.Principal != nil && (s.Principal.Any || slices.Contains(s.Principal.AWS, "*")) && len(s.Condition) == 0
	})
}

var _ = configuration(&Kind{
	Token: tokenBucketLifecycle, Required: []string{"rules"}, Replace: []string{"expectedBucketOwner"},
	Missing:  absent("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
	Defaults: Props{"transitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
	Check: checks(func(c *check) {
		for i, r := range objs(c.in, "rules") {
			if status := str(r, "status"); status != "" && status != "Enabled" && status != "Disabled" {
				c.fault("rules", "Attribute rule[%d].status value must be one of: [\"Enabled\" \"Disabled\"], got: %q", i, status)
			}
		}
	}),
	Fill: func(o *Op) error {
		seen := map[string]bool{}
		for _, r := range objs(o.Out, "rules") {
			id := str(r, "id")
			switch {
			case id == "" || len(id) > 255:
				return fail("InvalidArgument", "ID length should not exceed allowed limit of 255")
			case seen[id]:
				return fail("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
			case str(r, "status") == "":
				return malformedXML()
			case !doesSomething(r):
				return fail("InvalidRequest", "At least one action needs to be specified in a rule.")
			}
			seen[id] = true
			for path, name := range lifecycleDays {
				if v := get(r, path); v != nil && !isUnknown(v) && num(r, path, 0) < 1 {
					return fail("InvalidArgument", "'%s' in the action must be a positive integer", name)
				}
			}
		}
		if len(seen) == 0 {
			return malformedXML()
		}
		return nil
	},
})

var lifecycleDays = map[string]string{
	"expiration.days": "Days for Expiration action", "noncurrentVersionExpiration.noncurrentDays": "NoncurrentDays for NoncurrentVersionExpiration action",
	"abortIncompleteMultipartUpload.daysAfterInitiation": "DaysAfterInitiation for AbortIncompleteMultipartUpload action",
}

// doesSomething says that a rule does anything.
func doesSomething(rule Props) bool {
	for _, action := range []string{"expiration", "transitions", "noncurrentVersionExpiration", "noncurrentVersionTransitions", "abortIncompleteMultipartUpload"} {
		if !empty(rule[action]) {
			return true
		}
	}
	return false
}

var _ = configuration(&Kind{
	Token: tokenBucketOwnership, Required: []string{"rule"},
	Missing: absent("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
	Check: checks(func(c *check) {
		c.oneOf("rule.objectOwnership", "BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
	}),
	Fill: func(o *Op) error {
		if str(o.Out, "rule.objectOwnership") == "" {
			return malformedXML()
		}
		return nil
	},
})
