package aws

import (
	"encoding/base64"
	"slices"
	"strings"
)

var _ = operates("s3", map[string]*operation{
	"ListBuckets":          {asks: asksBuckets, run: reading(listBuckets)},
	"HeadBucket":           {asks: onBucket("s3:ListBucket"), run: reading(headBucket)},
	"GetBucketLocation":    {asks: onBucket("s3:GetBucketLocation"), run: reading(bucketLocation)},
	"ListObjectsV2":        {asks: onBucket("s3:ListBucket"), run: reading(listObjects)},
	"ListObjectVersions":   {asks: onBucket("s3:ListBucketVersions"), run: reading(listVersions)},
	"GetBucketVersioning":  {asks: onBucket("s3:GetBucketVersioning"), run: reading(bucketVersioning)},
	"GetBucketEncryption":  {asks: onBucket("s3:GetEncryptionConfiguration"), run: reading(bucketEncryption)},
	"GetPublicAccessBlock": {asks: onBucket("s3:GetBucketPublicAccessBlock"), run: reading(publicAccessBlock)},
	"GetBucketPolicy":      {asks: onBucket("s3:GetBucketPolicy"), run: reading(bucketPolicy)},
})

func asksBuckets(*Tx, *Call) []ask {
	return []ask{{action: "s3:ListAllMyBuckets", on: Target{ARN: "*"}}}
}

func listBuckets(t *Tx, in *Call) (Props, error) {
	list := []any{}
	for _, b := range byName(t.list(tokenBucket)) {
		list = append(list, Props{"Name": b.ID, "CreationDate": b.Created, "BucketRegion": b.Region})
	}
	return Props{"Owner": Props{"ID": owner(in)}, "Buckets": Props{"Bucket": list}}, nil
}

// owner is S3's own id of the account.
func owner(in *Call) string { return strings.Repeat("0", 52) + in.Account }

func headBucket(t *Tx, in *Call) (Props, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	return Props{"BucketRegion": b.Region}, nil
}

// bucketLocation is empty for the region that S3 began in.
func bucketLocation(t *Tx, in *Call) (Props, error) {
	b, err := in.bucket(t)
	if err != nil || b.Region == "us-east-1" {
		return Props{}, err
	}
	return Props{"LocationConstraint": b.Region}, nil
}

const maxKeys = 1000

// listObjects answers keys in order, those with the delimiter after the prefix as what they have in common.
func listObjects(t *Tx, in *Call) (Props, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	most, ok := paramInt(in, "MaxKeys", maxKeys)
	if !ok || most < 0 {
		return nil, fail("InvalidArgument", "Provided max-keys not an integer or within integer range")
	}
	after := str(in.Params, "StartAfter")
	if token := str(in.Params, "ContinuationToken"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, fail("InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(raw)
	}
	prefix, delimiter := str(in.Params, "Prefix"), str(in.Params, "Delimiter")
	contents, commons, last, more := []any{}, []any{}, "", false
	for _, r := range t.keysOf(b.ID, prefix) {
		name := r.Name
		i := -1
		if delimiter != "" {
			i = strings.Index(name[len(prefix):], delimiter)
		}
		if i >= 0 {
			name = name[:len(prefix)+i+len(delimiter)]
		}
		if name <= after || name == last {
			continue
		}
		if more = len(contents)+len(commons) >= min(most, maxKeys); more {
			break
		}
		last = name
		if i >= 0 {
			commons = append(commons, Props{"Prefix": name})
		} else {
			contents = append(contents, objectItem(r))
		}
	}
	out := Props{
		"Name": b.ID, "Prefix": prefix, "Delimiter": some(delimiter), "MaxKeys": most, "KeyCount": len(contents) + len(commons), "IsTruncated": more,
		"Contents": contents, "CommonPrefixes": commons, "StartAfter": some(str(in.Params, "StartAfter")), "ContinuationToken": some(str(in.Params, "ContinuationToken")),
	}
	if more {
		out["NextContinuationToken"] = base64.RawURLEncoding.EncodeToString([]byte(last))
	}
	return out, nil
}

func objectItem(r *Record) Props {
	return Props{"Key": r.Name, "LastModified": modifiedAt(r), "ETag": r.State["etag"], "Size": r.State["size"], "StorageClass": "STANDARD"}
}

// listVersions answers all versions under a prefix on one page, the latest of each key first.
func listVersions(t *Tx, in *Call) (Props, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	prefix := str(in.Params, "Prefix")
	var found []*Record
	for _, kind := range []string{tokenObject, tokenVersion} {
		found = append(found, slices.DeleteFunc(t.list(kind), func(r *Record) bool {
			return str(r.State, "bucket") != b.ID || !strings.HasPrefix(r.Name, prefix)
		})...)
	}
	slices.SortStableFunc(found, func(x, y *Record) int {
		if n := strings.Compare(x.Name, y.Name); n != 0 {
			return n
		}
		return strings.Compare(str(y.State, "modified"), str(x.State, "modified"))
	})
	versions, markers := []any{}, []any{}
	for _, r := range found {
		item := objectItem(r)
		item["VersionId"], item["IsLatest"] = r.State["version"], r.Kind == tokenObject
		if yes(r.State, "marker", false) {
			markers = append(markers, Props{"Key": r.Name, "VersionId": item["VersionId"], "IsLatest": item["IsLatest"], "LastModified": item["LastModified"]})
			continue
		}
		versions = append(versions, item)
	}
	return Props{"Name": b.ID, "Prefix": prefix, "MaxKeys": maxKeys, "IsTruncated": false, "Version": versions, "DeleteMarker": markers}, nil
}

func bucketVersioning(t *Tx, in *Call) (Props, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	return Props{"Status": some(str(b.Private, "versioning"))}, nil
}

// configured is what a kind says of the bucket of a call.
func (in *Call) configured(t *Tx, token string) (*Record, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	if r := t.peek(token, b.ID); r != nil {
		return r, nil
	}
	return nil, kinds[token].missing(b.ID)
}

// bucketEncryption is S3's own key where the bucket says nothing.
func bucketEncryption(t *Tx, in *Call) (Props, error) {
	standard := Props{"SSEAlgorithm": "AES256"}
	r, err := in.configured(t, tokenBucketEncryption)
	if r == nil && t.peek(tokenBucket, str(in.Params, "Bucket")) == nil {
		return nil, err
	}
	bucketKey := false
	if r != nil {
		for _, rule := range objs(r.State, "rules") {
			standard = Props{
				"SSEAlgorithm":   str(rule, "applyServerSideEncryptionByDefault.sseAlgorithm"),
				"KMSMasterKeyID": some(str(rule, "applyServerSideEncryptionByDefault.kmsMasterKeyId")),
			}
			bucketKey = yes(rule, "bucketKeyEnabled", false)
		}
	}
	return Props{"Rule": []any{Props{"ApplyServerSideEncryptionByDefault": standard, "BucketKeyEnabled": bucketKey}}}, nil
}

func publicAccessBlock(t *Tx, in *Call) (Props, error) {
	r, err := in.configured(t, tokenBucketPublicAccess)
	if err != nil {
		return nil, err
	}
	out := Props{}
	for _, name := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		out[titled(name)] = yes(r.State, name, false)
	}
	return out, nil
}

// bucketPolicy answers the document itself.
func bucketPolicy(t *Tx, in *Call) (Props, error) {
	r, err := in.configured(t, tokenBucketPolicy)
	if err != nil {
		return nil, err
	}
	return Props{"Body": []byte(str(r.State, "policy"))}, nil
}
