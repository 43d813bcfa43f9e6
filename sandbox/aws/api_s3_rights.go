package aws

import "strings"

// inBucket is the permission for an action on a bucket or, with a key, on an object in it: by the caller's policies or the
// bucket's, and against neither.
func (t *Tx) inBucket(in *Call, action, bucket, key string) ask {
	on := Target{ARN: bucketARN(bucket)}
	if key != "" {
		on.ARN += "/" + key
	}
	a := ask{action: action, on: on, alone: true, keys: map[string][]string{"s3:ResourceAccount": {in.Account}, "aws:ResourceAccount": {in.Account}}}
	for name, param := range map[string]string{
		"s3:prefix": "Prefix", "s3:delimiter": "Delimiter", "s3:max-keys": "MaxKeys", "s3:VersionId": "VersionId", "s3:if-none-match": "IfNoneMatch",
		"s3:x-amz-server-side-encryption": "ServerSideEncryption", "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
		"s3:x-amz-copy-source": "CopySource", "s3:x-amz-acl": "ACL",
	} {
		if v := str(in.Params, param); v != "" {
			a.keys[name] = []string{v}
		}
	}
	if action == "s3:ListBucket" && a.keys["s3:prefix"] == nil {
		a.keys["s3:prefix"] = []string{""} // which a list without one asks for
	}
	if p := t.peek(tokenBucketPolicy, bucket); p != nil {
		a.policy = str(p.State, "policy")
	}
	return a
}

// onBucket asks for one action on the bucket of a call.
func onBucket(action string) func(*Tx, *Call) []ask {
	return func(t *Tx, in *Call) []ask { return []ask{t.inBucket(in, action, str(in.Params, "Bucket"), "")} }
}

// readsObject asks for an object: whoever may not list is not told that there is none, and what a key has encrypted needs the key.
func (t *Tx) readsObject(in *Call, bucket, key, version string) []ask {
	action := "s3:GetObject"
	if version != "" {
		action = "s3:GetObjectVersion"
	}
	out := []ask{t.inBucket(in, action, bucket, key)}
	r := t.objectVersion(bucket, key, version)
	if r == nil || yes(r.State, "marker", false) {
		return append(out, t.inBucket(in, "s3:ListBucket", bucket, ""))
	}
	return append(out, t.uses(in, "kms:Decrypt", str(r.State, "keyArn"), bucket, key)...)
}

// writesObject asks for the making of an object, and of a data key where it is to be encrypted with one.
func (t *Tx) writesObject(in *Call) []ask {
	bucket, key := str(in.Params, "Bucket"), str(in.Params, "Key")
	out := []ask{t.inBucket(in, "s3:PutObject", bucket, key)}
	_, named := t.encryptsObject(in)
	return append(out, t.uses(in, "kms:GenerateDataKey", named, bucket, key)...)
}

// encryptsObject says how an object of a call is encrypted: as the call says, else as the bucket does, else by S3 itself.
func (t *Tx) encryptsObject(in *Call) (algorithm, key string) {
	algorithm, key = str(in.Params, "ServerSideEncryption"), str(in.Params, "SSEKMSKeyId")
	if b := t.peek(tokenBucketEncryption, str(in.Params, "Bucket")); b != nil && key == "" {
		for _, r := range objs(b.State, "rules") {
			standard := str(r, "applyServerSideEncryptionByDefault.sseAlgorithm")
			if algorithm == "" {
				algorithm = standard
			}
			if algorithm == standard {
				key = str(r, "applyServerSideEncryptionByDefault.kmsMasterKeyId")
			}
		}
	}
	if algorithm == "" {
		algorithm = "AES256"
	}
	if !strings.HasPrefix(algorithm, "aws:kms") {
		return algorithm, ""
	}
	if k := (&Call{Env: in.Env, Params: Props{"KeyId": key}}).key(t); k != nil {
		return algorithm, str(k.State, "arn")
	}
	return algorithm, key // S3's own key where none is named
}

// uses asks for the use of a key by S3 in the caller's name; none for objects without.
func (t *Tx) uses(in *Call, action, key, bucket, object string) []ask {
	if key == "" {
		return nil
	}
	keys := map[string][]string{
		"kms:ViaService": {"s3." + in.Region + ".amazonaws.com"}, "aws:ViaAWSService": {"true"}, "kms:EncryptionContextKeys": {"aws:s3:arn"},
		contextKeys + "aws:s3:arn": {bucketARN(bucket) + "/" + object},
	}
	if k := t.keyOf(key); k != nil {
		return []ask{t.asksKey(action, k, keys)}
	}
	return []ask{{action: action, on: t.byARN(key), keys: keys}}
}

// keyWorks refuses an object whose key is gone or off.
func (t *Tx) keyWorks(key string) error {
	if key == "" {
		return nil
	}
	k := t.keyOf(key)
	if k == nil {
		return fail("KMS.NotFoundException", "Key '%s' does not exist", key)
	}
	if !yes(k.State, "isEnabled", true) {
		return fail("KMS.DisabledException", "%s is disabled.", key)
	}
	return nil
}
