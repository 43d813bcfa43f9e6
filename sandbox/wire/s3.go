package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/sandbox/aws"
)

// S3 speaks a protocol of its own: what is meant stands in method, path, query and headers, and bodies are objects or XML.
var s3Rest = &protocol{
	contentType: "application/xml", decode: decodeS3, failure: s3Failure, words: s3Words, statuses: s3Statuses, send: sendS3,
}

// s3Operations are the operations by method, what the path names and the parameter of the query that tells them apart; empty =
// none of those that others have.
var s3Operations = map[string]string{
	"GET service":           "ListBuckets",
	"HEAD bucket":           "HeadBucket",
	"GET bucket list-type":  "ListObjectsV2",
	"GET bucket versions":   "ListObjectVersions",
	"GET bucket location":   "GetBucketLocation",
	"GET bucket versioning": "GetBucketVersioning", "GET bucket encryption": "GetBucketEncryption", "GET bucket publicAccessBlock": "GetPublicAccessBlock",
	"GET bucket policy":      "GetBucketPolicy",
	"POST bucket delete":     "DeleteObjects",
	"PUT object":             "PutObject",
	"GET object":             "GetObject",
	"HEAD object":            "HeadObject",
	"DELETE object":          "DeleteObject",
	"POST object uploads":    "CreateMultipartUpload",
	"PUT object uploadId":    "UploadPart",
	"POST object uploadId":   "CompleteMultipartUpload",
	"DELETE object uploadId": "AbortMultipartUpload",
}

// s3Marks are the parameters that make another operation of a request, of buckets and objects alike: those that are not
// modelled stand here so that they are refused.
var s3Marks = []string{
	"list-type", "versions", "location", "versioning", "encryption", "publicAccessBlock", "policy", "delete", "uploads", "uploadId", "acl", "tagging", "cors",
	"lifecycle", "logging", "notification", "replication", "requestPayment", "website", "accelerate", "analytics", "inventory", "metrics", "ownershipControls",
	"object-lock", "policyStatus", "intelligent-tiering", "retention", "legal-hold", "torrent", "restore", "select", "attributes",
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

// s3Roots are the elements of answers that are XML; what else such an answer has stands in headers where s3Apart says so.
var s3Roots = map[string]string{
	"ListBuckets": "ListAllMyBucketsResult", "ListObjectsV2": "ListBucketResult", "ListObjectVersions": "ListVersionsResult",
	"GetBucketLocation": "LocationConstraint", "GetBucketVersioning": "VersioningConfiguration", "GetBucketEncryption": "ServerSideEncryptionConfiguration",
	"GetPublicAccessBlock": "PublicAccessBlockConfiguration", "DeleteObjects": "DeleteResult", "CopyObject": "CopyObjectResult",
	"CreateMultipartUpload": "InitiateMultipartUploadResult", "CompleteMultipartUpload": "CompleteMultipartUploadResult",
}

var s3Apart = []string{"VersionId", "ServerSideEncryption", "SSEKMSKeyId"}

const s3Space = "http://s3.amazonaws.com/doc/2006-03-01/"

// sendS3 writes an answer: in headers and with the object's own bytes, or as XML.
func sendS3(w http.ResponseWriter, r *http.Request, action, id string, out aws.Props) error {
	root := s3Roots[action]
	body, status := []byte(nil), http.StatusOK
	if root != "" {
		var err error
		if body, err = s3Document(root, action, out); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/xml")
	}
	for header, name := range s3Headers {
		if v := out[name]; v != nil && (root == "" || slices.Contains(s3Apart, name)) {
			text, err := headerText(v)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			w.Header().Set(header, text)
		}
	}
	meta, _ := out["Metadata"].(aws.Props)
	for name, v := range meta {
		w.Header().Set(metaPrefix+name, fmt.Sprint(v))
	}
	if raw, ok := out["Body"].([]byte); ok {
		body = raw
	}
	switch {
	case out["ContentRange"] != nil:
		status = http.StatusPartialContent
	case action == "GetObject" && r.Header.Get("X-Amz-Checksum-Mode") == "ENABLED": // clients compare what they get
		w.Header().Set(checksumPrefix+"Crc32", checksum(crc32.NewIEEE(), body))
		w.Header().Set(checksumPrefix+"Type", "FULL_OBJECT")
	}
	if strings.HasPrefix(action, "Delete") && root == "" || action == "AbortMultipartUpload" {
		status = http.StatusNoContent
	}
	w.Header().Set("X-Amz-Request-Id", id)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller has gone, or asked for the headers only
	return nil
}

func headerText(v any) (string, error) {
	if at, ok := v.(time.Time); ok {
		return at.UTC().Format(http.TimeFormat), nil
	}
	return scalar(v)
}

// s3Document writes an answer as XML, where lists stand without an element around them.
func s3Document(root, action string, out aws.Props) ([]byte, error) {
	b := &bytes.Buffer{}
	b.WriteString(xml.Header)
	inner := aws.Props{}
	for name, v := range out {
		if !slices.Contains(s3Apart, name) {
			inner[name] = v
		}
	}
	if action == "GetBucketLocation" { // an element of text
		region, _ := out["LocationConstraint"].(string)
		fmt.Fprintf(b, `<LocationConstraint xmlns=%q>%s</LocationConstraint>`, s3Space, region)
		return b.Bytes(), nil
	}
	if whole, ok := out[root].(aws.Props); ok {
		inner = whole
	}
	fmt.Fprintf(b, `<%s xmlns=%q>`, root, s3Space)
	if err := flat(b, inner); err != nil {
		return nil, err
	}
	b.WriteString("</" + root + ">")
	return b.Bytes(), nil
}

func flat(b *bytes.Buffer, p aws.Props) error {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		list, ok := p[name].([]any)
		if !ok {
			list = []any{p[name]}
		}
		for _, v := range list {
			if v == nil {
				continue
			}
			b.WriteString("<" + name + ">")
			if inner, ok := v.(aws.Props); ok {
				if err := flat(b, inner); err != nil {
					return err
				}
			} else if err := content(b, v, ""); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			b.WriteString("</" + name + ">")
		}
	}
	return nil
}

func s3Failure(_ *service, id string, f fault) []byte {
	return mustDocument("Error", "", aws.Props{"Code": f.code, "Message": f.message, "RequestId": id}, "")
}

var (
	s3Words = map[string]string{
		"AccessDeniedException": "AccessDenied", "InvalidClientTokenId": "InvalidAccessKeyId", "SignatureExpired": "RequestTimeTooSkewed",
		"MissingAuthenticationToken": "AccessDenied", "IncompleteSignature": "AuthorizationHeaderMalformed", "Throttling": "SlowDown",
		"InvalidAction": "NotImplemented", "InternalFailure": "InternalError", "RequestEntityTooLarge": "EntityTooLarge",
	}
	s3Statuses = map[string]int{
		"InvalidAccessKeyId": http.StatusForbidden, "RequestTimeTooSkewed": http.StatusForbidden, "ExpiredToken": http.StatusBadRequest,
		"NoSuchBucket": http.StatusNotFound, "NoSuchKey": http.StatusNotFound, "NoSuchVersion": http.StatusNotFound, "NoSuchUpload": http.StatusNotFound,
		"NoSuchBucketPolicy": http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration": http.StatusNotFound,
		"BucketNotEmpty": http.StatusConflict, "PreconditionFailed": http.StatusPreconditionFailed, "NotModified": http.StatusNotModified,
		"MethodNotAllowed": http.StatusMethodNotAllowed, "InvalidRange": http.StatusRequestedRangeNotSatisfiable, "SlowDown": http.StatusServiceUnavailable,
		"NotImplemented": http.StatusNotImplemented, "EntityTooLarge": http.StatusBadRequest,
	}
)

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
