package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strconv"
	"strings"
)

const (
	awsChunked      = "aws-chunked"
	payloadHeader   = "X-Amz-Content-Sha256"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	streamPrefix    = "STREAMING-"
	signedStream    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
)

// s3Payload is what a request to S3 signs for its body: its hash, or a word that says how the body is signed by itself.
func s3Payload(r *http.Request, body []byte, presigned bool) (string, error) {
	said := r.Header.Get(payloadHeader)
	switch {
	case presigned && said == "":
		return unsignedPayload, nil
	case said == "":
		return "", refusal("MissingSecurityHeader", "Your request is missing a required header: x-amz-content-sha256")
	case said == unsignedPayload, strings.HasPrefix(said, streamPrefix):
		return said, nil
	}
	sum := sha256.Sum256(body)
	if said != hex.EncodeToString(sum[:]) {
		return "", refusal("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return said, nil
}

// s3Body is the body without what carries it, after its checksums have been compared. secret is the caller's, for chunks
// that are signed one by one.
func (c *credential) s3Body(r *http.Request, body []byte, secret string) ([]byte, error) {
	said := r.Header.Get(payloadHeader)
	sums := http.Header{}
	for name, values := range r.Header {
		if strings.HasPrefix(name, checksumPrefix) || name == "Content-Md5" {
			sums[name] = values
		}
	}
	if strings.HasPrefix(said, streamPrefix) {
		d := &dechunker{rest: body, credential: c, secret: secret, signed: strings.HasPrefix(said, signedStream), last: c.signature, trailer: sums}
		plain, err := d.all()
		if err != nil {
			return nil, err
		}
		if n, ok := decodedLength(r); !ok || n != len(plain) {
			return nil, refusal("IncompleteBody", "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header")
		}
		body = plain
	}
	return body, checkSums(body, sums)
}

const checksumPrefix = "X-Amz-Checksum-"

// nvme is the polynomial of CRC-64/NVME, reversed.
var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

var checksums = map[string]func() hash.Hash{
	"Content-Md5":                md5.New,
	checksumPrefix + "Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	checksumPrefix + "Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	checksumPrefix + "Crc64nvme": func() hash.Hash { return crc64.New(nvme) },
	checksumPrefix + "Sha1":      sha1.New,
	checksumPrefix + "Sha256":    sha256.New,
}

func checkSums(body []byte, sums http.Header) error {
	for name, make := range checksums {
		said := sums.Get(name)
		if said == "" {
			continue
		}
		if checksum(make(), body) != said {
			return refusal("BadDigest", "The %s you specified did not match the calculated checksum.", strings.ToLower(name))
		}
	}
	return nil
}

// checksum is that of a body as headers have it.
func checksum(h hash.Hash, body []byte) string {
	_, _ = h.Write(body) // a hash takes everything
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// dechunker reads a body in chunks, each with its size and, where they are signed, a signature that goes on from the one
// before; after the last stand trailers.
type dechunker struct {
	rest       []byte
	credential *credential
	secret     string
	signed     bool
	last       string // signature
	trailer    http.Header
}

func malformedChunk() error {
	return refusal("IncompleteBody", "The request body terminated unexpectedly")
}

func (d *dechunker) line() (string, error) {
	line, rest, found := bytes.Cut(d.rest, []byte("\r\n"))
	if !found {
		return "", malformedChunk()
	}
	d.rest = rest
	return string(line), nil
}

func (d *dechunker) all() ([]byte, error) {
	var plain []byte
	for {
		head, err := d.line()
		if err != nil {
			return nil, err
		}
		text, extension, _ := strings.Cut(head, ";")
		size, err := strconv.ParseUint(text, 16, 31)
		if err != nil || uint64(len(d.rest)) < size {
			return nil, malformedChunk()
		}
		chunk := d.rest[:size]
		d.rest = d.rest[size:]
		if d.signed && !d.right(chunk, strings.TrimPrefix(extension, "chunk-signature=")) {
			return nil, refusal("SignatureDoesNotMatch", "The signature of a chunk does not match the signature that was calculated.")
		}
		if size == 0 {
			return plain, d.trailers()
		}
		plain = append(plain, chunk...)
		if end, err := d.line(); err != nil || end != "" {
			return nil, malformedChunk()
		}
	}
}

// trailers reads checksums that come after the body.
func (d *dechunker) trailers() error {
	for len(d.rest) > 0 {
		line, err := d.line()
		if err != nil {
			return err
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			d.trailer.Set(name, strings.TrimSpace(value))
		}
	}
	return nil
}

// right says that a chunk's signature is that of the caller.
func (d *dechunker) right(chunk []byte, signature string) bool {
	c, empty, sum := d.credential, sha256.Sum256(nil), sha256.Sum256(chunk)
	scope := strings.Join([]string{c.date, c.region, c.service, terminator}, "/")
	text := strings.Join([]string{
		"AWS4-HMAC-SHA256-PAYLOAD", c.at.UTC().Format(amzDate), scope, d.last, hex.EncodeToString(empty[:]), hex.EncodeToString(sum[:]),
	}, "\n")
	key := []byte("AWS4" + d.secret)
	for _, part := range []string{c.date, c.region, c.service, terminator, text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	d.last = signature
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(signature)) == 1
}
