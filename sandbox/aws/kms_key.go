package aws

import (
	"fmt"
	"strings"
)

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
	Check: func(in Props) []Fault {
		if n := num(in, "deletionWindowInDays", 30); n < 7 || n > 30 {
			return []Fault{{"deletionWindowInDays", fmt.Sprintf("expected deletion_window_in_days to be in the range (7 - 30), got %d", n)}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		o.Out["keyId"] = o.ID
		if str(o.Out, "policy") == "" {
			o.Out["policy"] = fmt.Sprintf(`{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Resource":"*","Sid":"Enable IAM User Permissions"}],"Version":"2012-10-17"}`, partition, o.Env.Account)
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
	Check: func(in Props) []Fault {
		name := str(in, "name")
		if name != "" && (!strings.HasPrefix(name, "alias/") || strings.HasPrefix(name, "alias/aws/")) {
			return []Fault{{"name", "name must begin with 'alias/' and not with 'alias/aws/', and be comprised of only [a-zA-Z0-9/_-]"}}
		}
		return nil
	},
	Fill: func(o *Op) error {
		target := str(o.Out, "targetKeyId")
		k := o.Tx.keyOf(target)
		if k == nil {
			return fail("NotFoundException", "Key '%s' does not exist", target)
		}
		o.Out["targetKeyArn"] = k.State["arn"]
		return nil
	},
})

// keyOf is the KMS key that an id or ARN names; nil = none.
func (t *Tx) keyOf(idOrARN string) *Record { return t.peek(tokenKey, afterLast(idOrARN, "/")) }
