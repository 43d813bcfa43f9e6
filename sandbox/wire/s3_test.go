package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// chunk is one of a body in chunks.
func chunk(text, signature string) string {
	head := fmt.Sprintf("%x", len(text))
	if signature != "" {
		head += ";chunk-signature=" + signature
	}
	if text == "" {
		return head + "\r\n"
	}
	return head + "\r\n" + text + "\r\n"
}

// chain signs chunks one after another, from the signature of the request on, as S3's reference has it.
func chain(c *credential, secret string, texts ...string) string {
	sum := func(key []byte, text string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	key := []byte("AWS4" + secret)
	for _, part := range []string{c.date, c.region, c.service, terminator} {
		key = sum(key, part)
	}
	last, out := c.signature, ""
	for _, text := range append(texts, "") {
		scope := c.date + "/" + c.region + "/" + c.service + "/" + terminator
		last = hex.EncodeToString(sum(key, "AWS4-HMAC-SHA256-PAYLOAD\n"+c.at.Format(amzDate)+"\n"+scope+"\n"+last+"\n"+hash("")+"\n"+hash(text)))
		out += chunk(text, last)
	}
	return out + "\r\n"
}

func TestBodiesInChunks(t *testing.T) {
	c := &credential{date: "20261125", region: "us-west-2", service: "s3", signature: strings.Repeat("a", 64)}
	unsigned, signed := "STREAMING-UNSIGNED-PAYLOAD-TRAILER", signedStream
	good := chain(c, "secret", "hello ", "world")
	for name, row := range map[string]struct {
		kind, body, length string
		want, code         string
	}{
		"with a checksum behind":    {unsigned, chunk("hello ", "") + chunk("world", "") + "0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", "11", "hello world", ""},
		"with another behind":       {unsigned, chunk("hello ", "") + chunk("there", "") + "0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n", "11", "", "BadDigest"},
		"signed one by one":         {signed, good, "11", "hello world", ""},
		"signed with another key":   {signed, chain(c, "other", "hello ", "world"), "11", "", "SignatureDoesNotMatch"},
		"a chunk exchanged":         {signed, strings.Replace(good, "world", "there", 1), "11", "", "SignatureDoesNotMatch"},
		"shorter than it says":      {unsigned, chunk("hello", "") + "0\r\n\r\n", "11", "", "IncompleteBody"},
		"cut off":                   {unsigned, "ff\r\nhello", "255", "", "IncompleteBody"},
		"no chunk":                  {unsigned, "hello", "5", "", "IncompleteBody"},
		"a size beyond all measure": {unsigned, "ffffffffffffffff\r\n", "5", "", "IncompleteBody"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{payloadHeader: {row.kind}, "X-Amz-Decoded-Content-Length": {row.length}}}
			got, err := c.s3Body(r, []byte(row.body), "secret")
			if row.code == "" && (err != nil || !bytes.Equal(got, []byte(row.want))) {
				t.Errorf("got %q, %v; want %q", got, err, row.want)
			}
			if row.code != "" && (err == nil || !strings.HasPrefix(err.Error(), row.code)) {
				t.Errorf("got %q, %v; want %s", got, err, row.code)
			}
		})
	}
}

func TestS3Actions(t *testing.T) {
	for line, want := range map[string]string{
		"GET /": "ListBuckets", "GET /b?list-type=2&prefix=x": "ListObjectsV2", "GET /b/": "", "HEAD /b": "HeadBucket", "PUT /b/k": "PutObject", "PUT /b/k/l": "PutObject",
		"GET /b/k?acl": "", "PUT /b": "", "POST /b?delete": "DeleteObjects", "PUT /b/k?partNumber=1&uploadId=x": "UploadPart", "DELETE /b/k?versionId=v": "DeleteObject",
		"GET /b?lifecycle": "", "GET /b?policy": "GetBucketPolicy",
	} {
		method, target, _ := strings.Cut(line, " ")
		r, err := http.NewRequest(method, "http://127.0.0.1"+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		got, err := s3Action(r, bucket, key)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", line, got, err, want)
		}
	}
}
