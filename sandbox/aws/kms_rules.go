package aws

import (
	"slices"
	"strings"

	"paddock/sandbox/iam"
)

// keySpecs are what keys may be made of, with the usages of each.
var keySpecs = map[string][]string{
	"SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT"},
	"RSA_2048":          {"ENCRYPT_DECRYPT", "SIGN_VERIFY"}, "RSA_3072": {"ENCRYPT_DECRYPT", "SIGN_VERIFY"}, "RSA_4096": {"ENCRYPT_DECRYPT", "SIGN_VERIFY"},
	"ECC_NIST_P256": {"SIGN_VERIFY", "KEY_AGREEMENT"}, "ECC_NIST_P384": {"SIGN_VERIFY", "KEY_AGREEMENT"}, "ECC_NIST_P521": {"SIGN_VERIFY", "KEY_AGREEMENT"},
	"ECC_SECG_P256K1": {"SIGN_VERIFY"},
	"HMAC_224":        {"GENERATE_VERIFY_MAC"}, "HMAC_256": {"GENERATE_VERIFY_MAC"}, "HMAC_384": {"GENERATE_VERIFY_MAC"}, "HMAC_512": {"GENERATE_VERIFY_MAC"},
	"SM2": {"ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"},
}

// keyRules are those of KMS for a key and its policy.
func (o *Op) keyRules() error {
	spec, usage := str(o.Out, "customerMasterKeySpec"), str(o.Out, "keyUsage")
	if !slices.Contains(keySpecs[spec], usage) {
		return fail("ValidationException", "KeyUsage %s is not compatible with KeySpec %s", usage, spec)
	}
	if yes(o.Out, "enableKeyRotation", false) && spec != "SYMMETRIC_DEFAULT" {
		return fail("UnsupportedOperationException", "Automatic rotation is not supported for keys of spec %s", spec)
	}
	text := str(o.In, "policy")
	if text == "" {
		return nil
	}
	policy, err := iam.Parse(text)
	if err != nil {
		return fail("MalformedPolicyDocumentException", "The policy is not valid: %v", err)
	}
	for _, s := range policy.Statements() {
		if s.Principal == nil {
			continue
		}
		for _, arn := range s.Principal.AWS {
			if strings.Contains(arn, ":iam::"+o.Env.Account+":role/") && principal(o.Tx, arn) == nil {
				return fail("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
			}
		}
	}
	lockOut := iam.Request{Principal: o.Env.principal(), Action: "kms:PutKeyPolicy", Resource: str(o.Out, "arn")}
	if !yes(o.Out, "bypassPolicyLockoutSafetyCheck", false) && !policy.Trusts(lockOut).Allowed {
		return fail("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
	}
	return nil
}

// keyLogs says that CloudWatch Logs may encrypt a log group with the key.
func keyLogs(key *Record, e Env, group string) bool {
	policy, err := iam.Parse(str(key.State, "policy"))
	if err != nil {
		return false
	}
	return policy.Trusts(iam.Request{
		Principal: iam.Principal{Service: "logs." + e.Region + ".amazonaws.com"}, Action: "kms:GenerateDataKey", Resource: str(key.State, "arn"),
		Keys: map[string][]string{"kms:EncryptionContext:aws:logs:arn": {group}, "aws:SourceAccount": {e.Account}, "aws:SourceArn": {group}},
	}).Allowed
}

// aliasRules are those of KMS for the key that an alias points to.
func (o *Op) aliasRules(k *Record) error {
	if o.Old != nil {
		was := o.keyOf(str(o.Old.State, "targetKeyId"))
		if was != nil && (was.State["customerMasterKeySpec"] != k.State["customerMasterKeySpec"] || was.State["keyUsage"] != k.State["keyUsage"]) {
			return fail("ValidationException", "The alias %s cannot be moved to key %s, which is of another type or usage than key %s", o.ID, k.ID, was.ID)
		}
	}
	n := 1
	o.Tx.find(o.Kind.Token, func(r *Record) bool {
		if r.ID != o.ID && r.State["targetKeyArn"] == k.State["arn"] {
			n++
		}
		return false
	})
	return o.within("aliases per key", n)
}
