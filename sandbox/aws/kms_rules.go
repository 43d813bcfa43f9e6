package aws

import (
	"encoding/json"
	"path"
	"strings"
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
	fits := false
	for _, u := range keySpecs[spec] {
		fits = fits || u == usage
	}
	if !fits {
		return fail("ValidationException", "KeyUsage %s is not compatible with KeySpec %s", usage, spec)
	}
	if yes(o.Out, "enableKeyRotation", false) && spec != "SYMMETRIC_DEFAULT" {
		return fail("UnsupportedOperationException", "Automatic rotation is not supported for keys of spec %s", spec)
	}
	policy := str(o.In, "policy")
	if policy == "" {
		return nil
	}
	for _, arn := range keyPrincipals(policy) {
		if strings.Contains(arn, ":iam::"+o.Env.Account+":role/") && principal(o.Tx, arn) == nil {
			return fail("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
		}
	}
	root := strings.Split(o.Env.Caller, ":role/")[0] + ":root"
	if yes(o.Out, "bypassPolicyLockoutSafetyCheck", false) {
		return nil
	}
	for _, who := range []string{root, o.Env.Account, o.Env.Caller, "*"} {
		if keyGrants(policy, "AWS", who, "kms:PutKeyPolicy") {
			return nil
		}
	}
	return fail("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
}

// aliasRules are those of KMS for the key that an alias points to.
func (o *Op) aliasRules(k *Record) error {
	if o.Old != nil {
		was := o.Tx.keyOf(str(o.Old.State, "targetKeyId"))
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

// keyStatement is a statement of a key policy, as far as it is read here.
type keyStatement struct {
	Effect    string
	Principal any
	Action    any
}

func keyStatements(policy string) []keyStatement {
	var many struct{ Statement []keyStatement }
	if json.Unmarshal([]byte(policy), &many) == nil {
		return many.Statement
	}
	var one struct{ Statement keyStatement }
	_ = json.Unmarshal([]byte(policy), &one)
	return []keyStatement{one.Statement}
}

// principals are those of the statement that are of the kind: AWS or Service.
func (s keyStatement) principals(kind string) []string {
	if s.Principal == "*" {
		return []string{"*"}
	}
	return strs(Props{"p": s.Principal}, "p."+kind)
}

func keyPrincipals(policy string) []string {
	var out []string
	for _, s := range keyStatements(policy) {
		out = append(out, s.principals("AWS")...)
	}
	return out
}

// keyGrants says that a policy allows the principal the action; conditions and denials are not read.
func keyGrants(policy, kind, who, action string) bool {
	for _, s := range keyStatements(policy) {
		if s.Effect != "Allow" {
			continue
		}
		for _, p := range s.principals(kind) {
			for _, pattern := range strs(Props{"a": s.Action}, "a") {
				if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(action)); p == who && ok && err == nil {
					return true
				}
			}
		}
	}
	return false
}

// keyAllows says that a service may encrypt with the key.
func keyAllows(policy, service string) bool {
	return keyGrants(policy, "Service", service, "kms:GenerateDataKey") || keyGrants(policy, "Service", service, "kms:Encrypt")
}
