package aws

import (
	"net/netip"
	"regexp"
	"strings"
)

// Objects are put by clients, never by a program. The latest version of a key is an object, older ones are versions.
const (
	tokenObject  = "paddock:sandbox/s3:Object"
	tokenVersion = "paddock:sandbox/s3:ObjectVersion"
)

var (
	_ = register(&Kind{Token: tokenObject, Internal: true})
	_ = register(&Kind{Token: tokenVersion, Internal: true})
)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func bucketARN(name string) string { return "arn:" + partition + ":s3:::" + name }

// bucketParts are what the type has taken over from its predecessor; types of their own have replaced them.
var bucketParts = map[string]string{
	"accelerationStatus": "BucketAccelerateConfigurationV2", "acl": "BucketAclV2", "corsRules": "BucketCorsConfigurationV2", "grants": "BucketAclV2",
	"lifecycleRules": "BucketLifecycleConfigurationV2", "loggings": "BucketLoggingV2", "objectLockConfiguration": "BucketObjectLockConfigurationV2",
	"policy": "BucketPolicy", "replicationConfigurations": "BucketReplicationConfig", "serverSideEncryptionConfigurations": "BucketServerSideEncryptionConfigurationV2",
	"versionings": "BucketVersioningV2", "websites": "BucketWebsiteConfigurationV2", "requestPayer": "BucketRequestPaymentConfigurationV2",
}

var _ = register(&Kind{
	Token: tokenBucket, Tagged: true, Name: "bucket", NameMax: 63,
	ID:  func(o *Op) string { return o.name() },
	ARN: func(o *Op) string { return bucketARN(o.ID) },
	Taken: func(*Op) error {
		return fail("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
	},
	Missing:  func(string) *Error { return noBucket() },
	Defaults: Props{"forceDestroy": false, "objectLockEnabled": false, "bucketPrefix": ""},
	Computed: []string{"bucketDomainName", "bucketRegionalDomainName", "hostedZoneId", "region"},
	Replace:  []string{"bucket", "bucketPrefix", "objectLockEnabled"},
	Check: checks(func(c *check) {
		c.length("bucket", 0, 63)
		c.length("bucketPrefix", 0, 37)
		c.apart("bucket", "bucketPrefix")
		for part, instead := range bucketParts {
			if c.has(part) {
				c.fault(part, "%s within the bucket is not modelled; use s3.%s", snake(part), instead)
			}
		}
	}),
	Fill: func(o *Op) error {
		_, address := netip.ParseAddr(o.ID)
		if !bucketName.MatchString(o.ID) || strings.Contains(o.ID, "..") || address == nil || strings.HasPrefix(o.ID, "xn--") || strings.HasSuffix(o.ID, "-s3alias") {
			return fail("InvalidBucketName", "The specified bucket is not valid.")
		}
		o.Out["bucketDomainName"], o.Out["region"] = o.ID+".s3.amazonaws.com", o.Env.Region
		o.Out["bucketRegionalDomainName"], o.Out["hostedZoneId"] = o.ID+".s3."+o.Env.Region+".amazonaws.com", "Z3BJ6K6RIION7M"
		return nil
	},
	Delete: func(o *Op) error {
		if yes(o.Out, "forceDestroy", false) {
			return nil // the objects go with their owner
		}
		holds := func(r *Record) bool { return str(r.State, "bucket") == o.ID }
		switch {
		case o.Tx.find(tokenVersion, holds) != nil:
			return fail("BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
		case o.Tx.find(tokenObject, holds) != nil:
			return fail("BucketNotEmpty", "The bucket you tried to delete is not empty")
		}
		return nil
	},
})

func noBucket() *Error { return fail("NoSuchBucket", "The specified bucket does not exist") }
