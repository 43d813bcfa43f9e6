package aws

import (
	"strings"

	"paddock/sandbox/iam"
)

// keyKeys are what a call says of how it uses a key, for conditions.
func (in *Call) keyKeys() map[string][]string {
	keys := map[string][]string{}
	for k, v := range in.encryptionContext() {
		keys[contextKeys+k] = []string{v}
		keys["kms:EncryptionContextKeys"] = append(keys["kms:EncryptionContextKeys"], k)
	}
	if name := str(in.Params, "KeyId"); strings.Contains(name, "alias/") {
		keys["kms:RequestAlias"] = []string{name[strings.Index(name, "alias/"):]}
	}
	return keys
}

// keyAsk is the permission to use the key that a call names, or that its ciphertext is of.
func keyAsk(action string) func(*Tx, *Call) []ask {
	return func(t *Tx, in *Call) []ask {
		if str(in.Params, "KeyId") == "" && action == "kms:Decrypt" {
			if b, ok := in.blobOf(); ok {
				in.Params["KeyId"] = b.KeyID
			}
		}
		if k := in.key(t); k != nil {
			return []ask{t.asksKey(action, k, in.keyKeys())}
		}
		return []ask{{action: action, on: onKey(t, in)[0]}}
	}
}

// asksKey is the permission to use a key: by its policy alone where that names the caller, and where it names the account, as
// the default does, by the caller's own policies too.
func (t *Tx) asksKey(action string, k *Record, keys map[string][]string) ask {
	for _, alias := range t.list(tokenAlias) {
		if t.keyOf(str(alias.State, "targetKeyId")) == k {
			keys["kms:ResourceAliases"] = append(keys["kms:ResourceAliases"], alias.ID)
		}
	}
	return ask{action: action, on: t.target(k), keys: keys, policy: str(k.State, "policy")}
}

// authorizeBoth is for resources with a policy of their own. alone says that the caller's own policies are enough where that
// policy says nothing, as with buckets; without, the resource's policy must at least name the account, as with keys.
func (c *Cloud) authorizeBoth(t *Tx, e Env, action string, on Target, keys map[string][]string, policy string, alone bool) error {
	role, err := e.holder(t)
	if err != nil {
		return err
	}
	r := iam.Request{Principal: e.principal(), Action: action, Resource: on.ARN, Keys: t.context(e, e.principal(), action, on, keys)}
	own, its := iam.Decide(c.policies.of(t, role.ID), r), iam.Decision{}
	if d, err := iam.Parse(policy); err == nil && policy != "" { // it was checked when it was made
		its = d.Trusts(r)
	}
	switch {
	case own.Explicit:
		return denied(action, iam.Denial(r, own, iam.Identity))
	case its.Explicit:
		return denied(action, iam.Denial(r, its, iam.Resource))
	case its.Allowed && !its.Delegated, own.Allowed && (alone || its.Allowed):
		return nil
	case own.Allowed:
		return denied(action, iam.Denial(r, its, iam.Resource))
	}
	return denied(action, iam.Denial(r, own, iam.Identity))
}
