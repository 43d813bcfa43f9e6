package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

var _ = register(&Kind{
	Token: tokenKey, Tagged: true,
	ID:      func(*Op) string { return uuid() },
	ARN:     func(o *Op) string { return o.Env.arn("kms", "key/"+o.ID) },
	Missing: func(id string) *Error { return fail("NotFoundException", "Key '%s' does not exist", id) },
	Defaults: Props{
		"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT", "isEnabled": true, "enableKeyRotation": false,
		"multiRegion": false, "bypassPolicyLockoutSafetyCheck": false, "description": "",
	},
	Computed: []string{"keyId", "policy", "rotationPeriodInDays"},
	Replace:  []string{"keyUsage", "customerMasterKeySpec", "multiRegion", "customKeyStoreId", "xksKeyId"},
	Check: checks(func(c *check) {
		c.between("deletionWindowInDays", 7, 30)
		c.between("rotationPeriodInDays", 90, 2560)
		if c.has("rotationPeriodInDays") && c.in["enableKeyRotation"] == nil {
			c.fault("rotationPeriodInDays", "\"rotation_period_in_days\": all of `enable_key_rotation,rotation_period_in_days` must be specified")
		}
		c.oneOf("keyUsage", "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT")
		c.oneOf("customerMasterKeySpec", slices.Sorted(maps.Keys(keySpecs))...)
		c.length("description", 0, 8192)
		if text := str(c.in, "policy"); text != "" && !json.Valid([]byte(text)) {
			c.fault("policy", "%q contains an invalid JSON policy", "policy")
		}
	}),
	Fill: func(o *Op) error {
		o.Out["keyId"] = o.ID
		if str(o.Out, "policy") == "" {
			o.Out["policy"] = fmt.Sprintf(`{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`, partition, o.Env.Account)
		}
		if err := o.keyRules(); err != nil {
			return err
		}
		if o.Out["rotationPeriodInDays"] == nil {
			o.Out["rotationPeriodInDays"] = 0
			if yes(o.Out, "enableKeyRotation", false) {
				o.Out["rotationPeriodInDays"] = 365
			}
		}
		return nil
	},
})

var _ = register(&Kind{
	Token: tokenAlias, Name: "name", NameMax: 256, NameStart: "alias/", Required: []string{"targetKeyId"},
	ID:  func(o *Op) string { return o.name() },
	ARN: func(o *Op) string { return o.Env.arn("kms", o.ID) },
	Taken: func(o *Op) error {
		return fail("AlreadyExistsException", "An alias with the name %s already exists", o.Env.arn("kms", o.ID))
	},
	Defaults: Props{"namePrefix": ""},
	Computed: []string{"targetKeyArn"},
	Volatile: []string{"targetKeyArn"},
	Replace:  []string{"name", "namePrefix"},
	Check: checks(func(c *check) {
		name := str(c.in, "name")
		if name != "" && (!aliasName.MatchString(name) || strings.HasPrefix(name, "alias/aws/")) {
			c.fault("name", "name must begin with 'alias/' and not with 'alias/aws/', and be comprised of only [a-zA-Z0-9/_-]")
		}
		c.length("name", 1, 256)
		c.apart("name", "namePrefix")
	}),
	Fill: func(o *Op) error {
		target := str(o.Out, "targetKeyId")
		k := o.keyOf(target)
		if k == nil {
			return fail("NotFoundException", "Key '%s' does not exist", target)
		}
		if err := o.aliasRules(k); err != nil {
			return err
		}
		o.Out["targetKeyArn"] = k.State["arn"]
		return nil
	},
})

// keyOf is the KMS key that an id or ARN names; nil = none.
// keyOf is the key of the operation's region that an id or ARN names; nil = none.
func (o *Op) keyOf(idOrARN string) *Record {
	return o.resolve(Ref{Kind: tokenKey}, afterLast(idOrARN, "/"))
}

func (t *Tx) keyOf(idOrARN string) *Record { return t.peek(tokenKey, afterLast(idOrARN, "/")) }
