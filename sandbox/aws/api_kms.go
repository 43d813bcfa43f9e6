package aws

import "strings"

var _ = operates("kms", map[string]*operation{
	"DescribeKey": {on: onKey, run: reading(describeKey)},
	"ListAliases": {run: reading(listAliases)},
})

// key is the key that a call names by its id, its ARN or an alias; nil = none.
func (in *Call) key(t *Tx) *Record {
	name := str(in.Params, "KeyId")
	if i := strings.Index(name, "alias/"); i >= 0 {
		alias := t.peek(tokenAlias, name[i:])
		if alias == nil || alias.Region != in.Region {
			return nil
		}
		name = str(alias.State, "targetKeyId")
	}
	if r := t.keyOf(name); r != nil && r.Region == in.Region {
		return r
	}
	return nil
}

func onKey(t *Tx, in *Call) []Target {
	if r := in.key(t); r != nil {
		return []Target{{ARN: str(r.State, "arn"), Tags: tagsOf(r)}}
	}
	return []Target{{ARN: in.arn("kms", "key/"+afterLast(str(in.Params, "KeyId"), "/"))}}
}

func keyItem(t *Tx, r *Record) Props {
	state, enabled := "Enabled", yes(r.State, "isEnabled", true)
	if !enabled {
		state = "Disabled"
	}
	item := Props{
		"AWSAccountId": t.store.account, "KeyId": r.ID, "Arn": r.State["arn"], "CreationDate": r.Created, "Enabled": enabled, "KeyState": state,
		"Description": str(r.State, "description"), "KeyUsage": r.State["keyUsage"], "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
		"CustomerMasterKeySpec": r.State["customerMasterKeySpec"], "KeySpec": r.State["customerMasterKeySpec"],
		"MultiRegion": yes(r.State, "multiRegion", false),
	}
	if str(r.State, "customerMasterKeySpec") == "SYMMETRIC_DEFAULT" {
		item["EncryptionAlgorithms"] = []any{"SYMMETRIC_DEFAULT"}
	}
	return item
}

func describeKey(t *Tx, in *Call) (Props, error) {
	if r := in.key(t); r != nil {
		return Props{"KeyMetadata": keyItem(t, r)}, nil
	}
	return nil, missingKey(str(in.Params, "KeyId"))
}

func listAliases(t *Tx, in *Call) (Props, error) {
	only := in.Params["KeyId"]
	target := in.key(t)
	if only != nil && target == nil {
		return nil, fail("NotFoundException", "Key '%s' does not exist", str(in.Params, "KeyId"))
	}
	list := []any{}
	for _, r := range byName(regional(t, in, tokenAlias)) {
		k := t.keyOf(str(r.State, "targetKeyId"))
		if k == nil || only != nil && k.ID != target.ID {
			continue
		}
		list = append(list, Props{
			"AliasName": r.ID, "AliasArn": r.State["arn"], "TargetKeyId": k.ID, "CreationDate": r.Created, "LastUpdatedDate": r.Created,
		})
	}
	return kmsPages.page(in, "Aliases", list)
}
