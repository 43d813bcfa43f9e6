package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"paddock/sandbox/aws"
)

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
