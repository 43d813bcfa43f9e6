package wire

import (
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"paddock/sandbox/aws"
)

// S3 speaks a protocol of its own: what is meant stands in method, path, query and headers, and bodies are objects or XML.
var s3Rest = &protocol{
	contentType: "application/xml", decode: decodeS3, failure: s3Failure, words: s3Words, statuses: s3Statuses, send: sendS3,
}

// s3Operations are the operations by method, what the path names and the parameter of the query that tells them apart; empty =
// none of those that others have.
var s3Operations = map[string]string{
	"GET service":                  "ListBuckets",
	"HEAD bucket":                  "HeadBucket",
	"GET bucket list-type":         "ListObjectsV2",
	"GET bucket versions":          "ListObjectVersions",
	"GET bucket location":          "GetBucketLocation",
	"GET bucket versioning":        "GetBucketVersioning",
	"GET bucket encryption":        "GetBucketEncryption",
	"GET bucket publicAccessBlock": "GetPublicAccessBlock",
	"GET bucket policy":            "GetBucketPolicy",
	"POST bucket delete":           "DeleteObjects",
	"PUT object":                   "PutObject",
	"GET object":                   "GetObject",
	"HEAD object":                  "HeadObject",
	"DELETE object":                "DeleteObject",
	"POST object uploads":          "CreateMultipartUpload",
	"PUT object uploadId":          "UploadPart",
	"POST object uploadId":         "CompleteMultipartUpload",
	"DELETE object uploadId":       "AbortMultipartUpload",
}

// s3Marks are the parameters that make another operation of a request, of buckets and objects alike: those that are not
// modelled stand here so that they are refused.
var s3Marks = []string{
	"list-type", "versions", "location", "versioning", "encryption", "publicAccessBlock", "policy", "delete", "uploads", "uploadId", "acl", "tagging", "cors",
	"lifecycle", "logging", "notification", "replication", "requestPayment", "website", "accelerate", "analytics", "inventory", "metrics",
	"ownershipControls", "object-lock", "policyStatus", "intelligent-tiering", "retention", "legal-hold", "torrent", "restore", "select", "attributes",
}

// s3Headers are the parameters that come in headers, and what comes back in them.
var s3Headers = map[string]string{
	"Content-Type": "ContentType", "Cache-Control": "CacheControl", "Content-Disposition": "ContentDisposition", "Content-Language": "ContentLanguage",
	"If-Match": "IfMatch", "If-None-Match": "IfNoneMatch", "Range": "Range", "X-Amz-Copy-Source": "CopySource",
	"X-Amz-Metadata-Directive": "MetadataDirective", "X-Amz-Server-Side-Encryption": "ServerSideEncryption",
	"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "SSEKMSKeyId", "X-Amz-Acl": "ACL",
	"Etag": "ETag", "Last-Modified": "LastModified", "Accept-Ranges": "AcceptRanges", "Content-Range": "ContentRange", "Content-Length": "ContentLength",
	"X-Amz-Version-Id": "VersionId", "X-Amz-Delete-Marker": "DeleteMarker", "X-Amz-Bucket-Region": "BucketRegion", "Content-Encoding": "ContentEncoding",
}

// s3Queries are those that come in the query.
var s3Queries = map[string]string{
	"prefix": "Prefix", "delimiter": "Delimiter", "max-keys": "MaxKeys", "continuation-token": "ContinuationToken", "start-after": "StartAfter",
	"versionId": "VersionId", "uploadId": "UploadId", "partNumber": "PartNumber",
}

const metaPrefix = "X-Amz-Meta-"

func decodeS3(_ *service, r *http.Request, body []byte) (string, aws.Props, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	action, err := s3Action(r, bucket, key)
	if err != nil {
		return "", nil, err
	}
	params, meta := aws.Props{"Bucket": bucket, "Key": key}, aws.Props{}
	for name, values := range r.Header {
		if param := s3Headers[name]; param != "" {
			params[param] = values[0]
		}
		if rest, ok := strings.CutPrefix(name, metaPrefix); ok {
			meta[strings.ToLower(rest)] = values[0]
		}
	}
	if encoding := unchunked(r.Header.Get("Content-Encoding")); encoding == "" {
		delete(params, "ContentEncoding")
	} else {
		params["ContentEncoding"] = encoding
	}
	for name, param := range s3Queries {
		if r.URL.Query().Has(name) {
			params[param] = r.URL.Query().Get(name)
		}
	}
	if len(meta) > 0 {
		params["Metadata"] = meta
	}
	switch action {
	case "DeleteObjects", "CompleteMultipartUpload":
		return action, params, readXML(action, body, params)
	}
	params["Body"] = body
	return action, params, nil
}

// s3Action tells the operation of a request.
func s3Action(r *http.Request, bucket, key string) (string, error) {
	of := "object"
	switch {
	case bucket == "":
		of = "service"
	case key == "":
		of = "bucket"
	}
	what := r.Method + " " + of
	for _, mark := range s3Marks {
		if r.URL.Query().Has(mark) {
			what += " " + mark
			break
		}
	}
	action := s3Operations[what]
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		if action != "PutObject" {
			action = ""
		} else {
			action = "CopyObject"
		}
	}
	if action == "" {
		return "", refusal("NotImplemented", "%s %s is no operation that the stand-in models; see sandbox/README.md", what, r.URL.Path)
	}
	return action, nil
}

// readXML reads the two bodies that are no objects.
func readXML(action string, body []byte, params aws.Props) error {
	type entry struct{ Key, VersionId, ETag, PartNumber string }
	var whole struct {
		Quiet  string
		Object []entry
		Part   []entry
	}
	if err := xml.Unmarshal(body, &whole); err != nil {
		return refusal("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	}
	list := []any{}
	for _, e := range append(whole.Object, whole.Part...) {
		list = append(list, aws.Props{"Key": e.Key, "VersionId": e.VersionId, "ETag": e.ETag, "PartNumber": e.PartNumber})
	}
	if action == "CompleteMultipartUpload" {
		params["Parts"] = list
		return nil
	}
	params["Objects"], params["Quiet"] = list, whole.Quiet
	return nil
}

// unchunked is a Content-Encoding without that of the transfer.
func unchunked(encoding string) string {
	var rest []string
	for _, one := range strings.Split(encoding, ",") {
		if one = strings.TrimSpace(one); one != "" && one != awsChunked {
			rest = append(rest, one)
		}
	}
	return strings.Join(rest, ",")
}

// decodedLength is what a transfer in chunks says that it holds.
func decodedLength(r *http.Request) (int, bool) {
	n, err := strconv.Atoi(r.Header.Get("X-Amz-Decoded-Content-Length"))
	return n, err == nil
}
