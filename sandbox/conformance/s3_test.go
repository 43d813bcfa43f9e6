package conformance

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// bucket makes one, with versions if they are wanted.
func (r *rig) bucket(name string, versions bool) *string {
	r.create("aws:s3/bucketV2:BucketV2", props{"bucket": name, "forceDestroy": true})
	if versions {
		r.create("aws:s3/bucketVersioningV2:BucketVersioningV2", props{"bucket": name, "versioningConfiguration": props{"status": "Enabled"}})
	}
	return &name
}

// read is what an object holds.
func read(t *testing.T, out *s3.GetObjectOutput) string {
	t.Helper()
	defer out.Body.Close()
	return string(ok[[]byte](t)(io.ReadAll(out.Body)))
}

func put(t *testing.T, c *s3.Client, bucket *string, key, text string) *s3.PutObjectOutput {
	t.Helper()
	return ok[*s3.PutObjectOutput](t)(c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(text)}))
}

func TestObjects(t *testing.T) {
	c, bucket := s3.NewFromConfig(p.config, pathStyle), p.bucket("objects", false)
	key := ptr(".pulumi/stacks/a b+c/ü.json")
	ok[*s3.PutObjectOutput](t)(c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: bucket, Key: key, Body: strings.NewReader("0123456789"), ContentType: ptr("application/json"), Metadata: map[string]string{"who": "me"},
	}))
	got := ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key}))
	want(t, "body", read(t, got), "0123456789")
	want(t, "type", at(got.ContentType), "application/json")
	want(t, "metadata", got.Metadata["who"], "me")
	want(t, "etag", at(got.ETag), `"781e5e245d69b566979b86e28d23f2c7"`)
	head := ok[*s3.HeadObjectOutput](t)(c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key}))
	want(t, "length", at(head.ContentLength), 10)
	want(t, "when", head.LastModified.IsZero(), false)
	for span, text := range map[string]string{"bytes=2-4": "234", "bytes=8-": "89", "bytes=-3": "789"} {
		part := ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: &span}))
		want(t, span, read(t, part), text)
	}
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: ptr("bytes=10-")})
	refused(t, err, "InvalidRange")
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("none")})
	modelled[*types.NoSuchKey](t, err)
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: ptr("none")})
	modelled[*types.NotFound](t, err)
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: ptr("no-bucket"), Key: key})
	refused(t, err, "NoSuchBucket")
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("x"), IfNoneMatch: ptr("*")})
	refused(t, err, "PreconditionFailed")
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("x"), IfMatch: ptr(`"other"`)})
	refused(t, err, "PreconditionFailed")
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, IfNoneMatch: got.ETag})
	var response *smithyhttp.ResponseError
	want(t, "not modified", errors.As(err, &response) && response.HTTPStatusCode() == http.StatusNotModified, true)

	copied := ok[*s3.CopyObjectOutput](t)(c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: bucket, Key: ptr("copy"), CopySource: ptr("objects/.pulumi/stacks/a%20b%2Bc/%C3%BC.json")}))
	want(t, "copy", at(copied.CopyObjectResult.ETag), at(got.ETag))
	ok[*s3.DeleteObjectOutput](t)(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key}))
	ok[*s3.DeleteObjectOutput](t)(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: key})) // twice is no error
	many := ok[*s3.DeleteObjectsOutput](t)(c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: ptr("copy")}, {Key: ptr("none")}}}}))
	want(t, "deleted", len(many.Deleted), 2)
	left := ok[*s3.ListObjectsV2Output](t)(c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket}))
	want(t, "left", at(left.KeyCount), 0)
}

func TestListing(t *testing.T) {
	c, bucket := s3.NewFromConfig(p.config, pathStyle), p.bucket("listing", false)
	for _, key := range []string{"a/1", "a/2", "a/b/3", "a/b/4", "c", "d"} {
		put(t, c, bucket, key, key)
	}
	for _, row := range []struct {
		in   s3.ListObjectsV2Input
		want string
	}{
		{s3.ListObjectsV2Input{}, "a/1 a/2 a/b/3 a/b/4 c d"},
		{s3.ListObjectsV2Input{Prefix: ptr("a/")}, "a/1 a/2 a/b/3 a/b/4"},
		{s3.ListObjectsV2Input{Delimiter: ptr("/")}, "c d | a/"},
		{s3.ListObjectsV2Input{Prefix: ptr("a/"), Delimiter: ptr("/")}, "a/1 a/2 | a/b/"},
		{s3.ListObjectsV2Input{StartAfter: ptr("a/b/3")}, "a/b/4 c d"},
	} {
		for _, size := range []int32{1, 2, 1000} {
			row.in.Bucket, row.in.MaxKeys = bucket, &size
			var keys, commons []string
			for pages := s3.NewListObjectsV2Paginator(c, &row.in); pages.HasMorePages(); {
				page := ok[*s3.ListObjectsV2Output](t)(pages.NextPage(t.Context()))
				for _, o := range page.Contents {
					keys = append(keys, at(o.Key))
				}
				for _, o := range page.CommonPrefixes {
					commons = append(commons, at(o.Prefix))
				}
			}
			got := strings.Join(keys, " ")
			if commons != nil {
				got += " | " + strings.Join(commons, " ")
			}
			want(t, fmt.Sprintf("pages of %d", size), got, row.want)
		}
	}
}

// A bucket with versions forgets nothing, until it is told which.
func TestVersions(t *testing.T) {
	c, bucket := s3.NewFromConfig(p.config, pathStyle), p.bucket("versions", true)
	first := put(t, c, bucket, "state", "one")
	put(t, c, bucket, "state", "two")
	old := ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("state"), VersionId: first.VersionId}))
	want(t, "the first", read(t, old), "one")
	marker := ok[*s3.DeleteObjectOutput](t)(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: ptr("state")}))
	want(t, "marker", at(marker.DeleteMarker), true)
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("state")})
	modelled[*types.NoSuchKey](t, err)
	all := ok[*s3.ListObjectVersionsOutput](t)(c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: bucket}))
	want(t, "versions", len(all.Versions), 2)
	want(t, "markers", len(all.DeleteMarkers), 1)
	ok[*s3.DeleteObjectOutput](t)(c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: ptr("state"), VersionId: marker.VersionId}))
	want(t, "back", read(t, ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("state")}))), "two")
	status := ok[*s3.GetBucketVersioningOutput](t)(c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket}))
	want(t, "status", status.Status, types.BucketVersioningStatusEnabled)
}

// Large objects come in parts.
func TestParts(t *testing.T) {
	c, bucket, key := s3.NewFromConfig(p.config, pathStyle), p.bucket("in-parts", false), ptr("large")
	whole := make([]byte, 6<<20)
	ok[int](t)(rand.Read(whole))
	begun := ok[*s3.CreateMultipartUploadOutput](t)(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ContentType: ptr("x/y")}))
	var parts []types.CompletedPart
	for i, part := range [][]byte{whole[:5<<20], whole[5<<20:]} {
		n := ptr(int32(i + 1))
		sent := ok[*s3.UploadPartOutput](t)(c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: begun.UploadId, PartNumber: n, Body: bytes.NewReader(part)}))
		parts = append(parts, types.CompletedPart{ETag: sent.ETag, PartNumber: n})
	}
	done := ok[*s3.CompleteMultipartUploadOutput](t)(c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: key, UploadId: begun.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}))
	want(t, "etag of two parts", strings.HasSuffix(at(done.ETag), `-2"`), true)
	got := ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key}))
	want(t, "whole", read(t, got) == string(whole), true)
	want(t, "type", at(got.ContentType), "x/y")
	abort := &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: begun.UploadId}
	_, err := c.AbortMultipartUpload(t.Context(), abort)
	modelled[*types.NoSuchUpload](t, err)
	abort.UploadId = ok[*s3.CreateMultipartUploadOutput](t)(c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})).UploadId
	ok[*s3.AbortMultipartUploadOutput](t)(c.AbortMultipartUpload(t.Context(), abort))
}

func TestBuckets(t *testing.T) {
	c, bucket := s3.NewFromConfig(p.config, pathStyle), p.bucket("configured", false)
	all := ok[*s3.ListBucketsOutput](t)(c.ListBuckets(t.Context(), &s3.ListBucketsInput{}))
	want(t, "buckets", len(all.Buckets) > 0, true)
	ok[*s3.HeadBucketOutput](t)(c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: bucket}))
	_, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: ptr("no-bucket")})
	modelled[*types.NotFound](t, err)
	place := ok[*s3.GetBucketLocationOutput](t)(c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: bucket}))
	want(t, "place", string(place.LocationConstraint), region)
	standard := ok[*s3.GetBucketEncryptionOutput](t)(c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: bucket}))
	want(t, "encryption", standard.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm, types.ServerSideEncryptionAes256)
	_, err = c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket})
	refused(t, err, "NoSuchPublicAccessBlockConfiguration")
	p.create("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", props{"bucket": *bucket, "blockPublicPolicy": true})
	block := ok[*s3.GetPublicAccessBlockOutput](t)(c.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: bucket}))
	want(t, "blocked", at(block.PublicAccessBlockConfiguration.BlockPublicPolicy), true)
	_, err = c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket})
	refused(t, err, "NoSuchBucketPolicy")
	policy := bucketPolicyOf(*bucket, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"BUCKET/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	p.create("aws:s3/bucketPolicy:BucketPolicy", props{"bucket": *bucket, "policy": policy})
	got := ok[*s3.GetBucketPolicyOutput](t)(c.GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: bucket}))
	want(t, "policy", at(got.Policy), policy)
	put(t, c, bucket, "over-loopback", "counts as TLS")
}

func bucketPolicyOf(bucket, statements string) string {
	return strings.ReplaceAll(keyPolicyOf(statements), "BUCKET", "arn:aws:s3:::"+bucket)
}

// An object is for whom the role's policies or the bucket's let in, and neither shuts out.
func TestRightsToObjects(t *testing.T) {
	r := ownRig(t)
	bucket := r.bucket("rights", false)
	own := s3.NewFromConfig(r.config, pathStyle)
	put(t, own, bucket, "there", "x")
	writer := s3.NewFromConfig(r.as(t, "writer", allowing("s3:PutObject", "arn:aws:s3:::rights/*")), pathStyle)
	put(t, writer, bucket, "mine", "x")
	get := func(key string) error {
		_, err := writer.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: &key})
		return err
	}
	refused(t, get("there"), "AccessDenied")
	_, err := writer.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
	refused(t, err, "AccessDenied")
	rule := r.create("aws:s3/bucketPolicy:BucketPolicy", props{"bucket": *bucket, "policy": bucketPolicyOf(*bucket,
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+r.cloud.Account()+`:role/writer"},"Action":"s3:GetObject","Resource":"BUCKET/*"},`+
			`{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"BUCKET/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}`)})
	if err := get("there"); err != nil {
		t.Errorf("by the bucket's policy: %v", err)
	}
	refused(t, get("none"), "AccessDenied") // who may not list is not told that there is none
	_, err = writer.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: ptr("mine"), Body: strings.NewReader("y")})
	refused(t, err, "AccessDenied")
	want(t, "whose deny", strings.Contains(err.Error(), "with an explicit deny in a resource-based policy"), true)
	want(t, "policy of", rule.id, *bucket)
}

// What a bucket has encrypted with a key is for whom may use the key.
func TestEncryptedObjects(t *testing.T) {
	r := ownRig(t)
	key := r.create("aws:kms/key:Key", props{})
	bucket := r.bucket("encrypted", true)
	r.create("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", props{"bucket": *bucket, "rules": []any{props{
		"applyServerSideEncryptionByDefault": props{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.arn()}, "bucketKeyEnabled": true,
	}}})
	objects := allowing("s3:*", "*")
	keyed := s3.NewFromConfig(r.as(t, "keyed", objects+","+allowing("kms:GenerateDataKey", "*")), pathStyle)
	keyless := s3.NewFromConfig(r.as(t, "keyless", objects), pathStyle)
	sent := put(t, keyed, bucket, "state", "x")
	want(t, "key", at(sent.SSEKMSKeyId), key.arn())
	_, err := keyless.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: ptr("state"), Body: strings.NewReader("x")})
	refused(t, err, "AccessDenied")
	want(t, "what is missing", strings.Contains(err.Error(), "kms:GenerateDataKey"), true)
	_, err = keyed.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("state")})
	refused(t, err, "AccessDenied")
	want(t, "what is missing", strings.Contains(err.Error(), "kms:Decrypt"), true)
	reader := s3.NewFromConfig(r.as(t, "reader", objects+","+allowing("kms:Decrypt", key.arn())), pathStyle)
	want(t, "body", read(t, ok[*s3.GetObjectOutput](t)(reader.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: ptr("state")}))), "x")
	_, err = reader.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: bucket, Key: ptr("odd"), Body: strings.NewReader("x"), ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: ptr("arn:aws:kms:us-west-2:1:key/none"),
	})
	refused(t, err, "AccessDenied")
}

// Bodies come as the SDK likes them: with a checksum behind them, in a stream, or unsigned.
func TestBodies(t *testing.T) {
	bucket := p.bucket("bodies", false)
	for name, algorithm := range map[string]types.ChecksumAlgorithm{
		"crc32": types.ChecksumAlgorithmCrc32, "crc32c": types.ChecksumAlgorithmCrc32c, "crc64": types.ChecksumAlgorithmCrc64nvme, "sha1": types.ChecksumAlgorithmSha1, "sha256": types.ChecksumAlgorithmSha256,
	} {
		c := s3.NewFromConfig(p.config, pathStyle)
		ok[*s3.PutObjectOutput](t)(c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &name, Body: strings.NewReader(name), ChecksumAlgorithm: algorithm}))
		want(t, name, read(t, ok[*s3.GetObjectOutput](t)(c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: &name}))), name)
	}
}
