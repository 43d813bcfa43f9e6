package aws

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

var _ = operates("s3", map[string]*operation{
	"PutObject":     {asks: (*Tx).writesObject, run: putObject},
	"GetObject":     {asks: asksObject, run: getObject},
	"HeadObject":    {asks: asksObject, run: getObject}, // the wire leaves the body out
	"CopyObject":    {asks: asksCopy, run: copyObject},
	"DeleteObject":  {asks: asksDelete, run: deleteObject},
	"DeleteObjects": {asks: asksDeletes, run: deleteObjects},
})

// bucket is the one that a call names; its requests are signed for the region that it is in.
func (in *Call) bucket(t *Tx) (*Record, error) {
	b := t.peek(tokenBucket, str(in.Params, "Bucket"))
	if b == nil {
		return nil, noBucket()
	}
	if b.Region != in.Region {
		return nil, fail("AuthorizationHeaderMalformed", "The authorization header is malformed; the region '%s' is wrong; expecting '%s'", in.Region, b.Region)
	}
	return b, nil
}

func asksObject(t *Tx, in *Call) []ask {
	return t.readsObject(in, str(in.Params, "Bucket"), str(in.Params, "Key"), str(in.Params, "VersionId"))
}

// described are the headers of an object that S3 gives back as they came.
var described = []string{"ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Metadata"}

func etag(body []byte) string {
	sum := md5.Sum(body) // it is how S3 marks objects
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func putObject(_ context.Context, c *Cloud, in *Call) (Props, error) {
	body, _ := in.Params["Body"].([]byte)
	state := Props{}
	for _, name := range described {
		state[name] = in.Params[name]
	}
	return c.storeObject(in, body, etag(body), state)
}

// storeObject keeps an object under the call's bucket and key. The file is there before the record is.
func (c *Cloud) storeObject(in *Call, body []byte, tag string, state Props) (out Props, err error) {
	blob, err := c.keepBlob(body)
	if err != nil {
		return nil, err
	}
	key := str(in.Params, "Key")
	if len(key) > 1024 {
		return nil, fail("KeyTooLongError", "Your key is too long")
	}
	var gone []string
	err = c.altered(tokenObject, objectID(str(in.Params, "Bucket"), key), func(t *Tx) error {
		b, err := in.bucket(t)
		if err != nil {
			return err
		}
		if err := in.precondition(t.object(b.ID, key)); err != nil {
			return err
		}
		algorithm, keyARN := t.encryptsObject(in)
		if err := t.keyWorks(keyARN); err != nil {
			return err
		}
		state["blob"], state["size"], state["etag"], state["sse"], state["keyArn"] = blob, len(body), tag, algorithm, keyARN
		gone = t.putVersion(b, key, state)
		out = versionAnswer(b, state)
		out["ETag"] = tag
		return nil
	})
	if err != nil {
		gone = []string{blob}
	}
	c.dropBlobs(gone...)
	return out, err
}

// versionAnswer tells how a version is kept.
func versionAnswer(b *Record, state Props) Props {
	out := Props{"ServerSideEncryption": state["sse"], "SSEKMSKeyId": some(str(state, "keyArn"))}
	if str(b.Private, "versioning") != "" {
		out["VersionId"] = state["version"]
	}
	return out
}

// precondition holds a put to what its headers want of the object that is there.
func (in *Call) precondition(old *Record) error {
	there := old != nil && !yes(old.State, "marker", false)
	none, match := str(in.Params, "IfNoneMatch"), str(in.Params, "IfMatch")
	switch {
	case none == "*" && there:
		return fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	case match != "" && !there:
		return noKey()
	case match != "" && match != str(old.State, "etag") && match != "*":
		return fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	}
	return nil
}

func noKey() error { return fail("NoSuchKey", "The specified key does not exist.") }

// found is the version of an object that a call may read.
func (in *Call) found(t *Tx, key, version string) (*Record, error) {
	b, err := in.bucket(t)
	if err != nil {
		return nil, err
	}
	r := t.objectVersion(b.ID, key, version)
	switch {
	case r == nil && version != "":
		return nil, fail("NoSuchVersion", "The specified version does not exist.")
	case r == nil:
		return nil, noKey()
	case yes(r.State, "marker", false) && version != "":
		return nil, fail("MethodNotAllowed", "The specified method is not allowed against this resource.")
	case yes(r.State, "marker", false):
		return nil, noKey()
	}
	return r, t.keyWorks(str(r.State, "keyArn"))
}

func modifiedAt(r *Record) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, str(r.State, "modified")) // it was written in that form
	return at.Truncate(time.Second)
}

func getObject(_ context.Context, c *Cloud, in *Call) (Props, error) {
	var out Props
	var body []byte
	var err error
	c.store.view(func(t *Tx) { // with the record in view, so that its file is not removed from under it
		var r *Record
		if r, err = in.found(t, str(in.Params, "Key"), str(in.Params, "VersionId")); err != nil {
			return
		}
		tag := str(r.State, "etag")
		if none := str(in.Params, "IfNoneMatch"); none != "" && (none == tag || none == "*") {
			err = fail("NotModified", "Not Modified")
			return
		}
		if match := str(in.Params, "IfMatch"); match != "" && match != tag {
			err = fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
			return
		}
		out = versionAnswer(t.peek(tokenBucket, str(r.State, "bucket")), r.State)
		out["ETag"], out["LastModified"], out["AcceptRanges"] = tag, modifiedAt(r), "bytes"
		for _, name := range described {
			out[name] = r.State[name]
		}
		if str(out, "ContentType") == "" {
			out["ContentType"] = "binary/octet-stream"
		}
		body, err = c.blob(r)
	})
	if err != nil {
		return nil, err
	}
	return out, in.ranged(out, body)
}

// ranged adds the part of the body that the call asks for.
func (in *Call) ranged(out Props, body []byte) error {
	text, asked := strings.CutPrefix(str(in.Params, "Range"), "bytes=")
	first, last := 0, len(body)-1
	from, to, _ := strings.Cut(text, "-")
	var errs [2]error
	if asked && from == "" {
		var n int
		n, errs[0] = strconv.Atoi(to)
		first = max(0, len(body)-n)
	} else if asked {
		first, errs[0] = strconv.Atoi(from)
		if to != "" {
			last, errs[1] = strconv.Atoi(to)
		}
	}
	if asked && errors.Join(errs[:]...) == nil && (first >= len(body) || last < first) {
		return fail("InvalidRange", "The requested range is not satisfiable")
	}
	if last = min(last, len(body)-1); asked && errors.Join(errs[:]...) == nil {
		out["ContentRange"] = fmt.Sprintf("bytes %d-%d/%d", first, last, len(body))
		body = body[first : last+1]
	}
	out["Body"], out["ContentLength"] = body, len(body)
	return nil
}

// source is what a copy is of: bucket, key and version.
func (in *Call) source() (bucket, key, version string) {
	text, query, _ := strings.Cut(strings.TrimPrefix(str(in.Params, "CopySource"), "/"), "?")
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	bucket, key, _ = strings.Cut(text, "/")
	return bucket, key, strings.TrimPrefix(query, "versionId=")
}

func asksCopy(t *Tx, in *Call) []ask {
	bucket, key, version := in.source()
	return append(t.readsObject(in, bucket, key, version), t.writesObject(in)...)
}

func copyObject(_ context.Context, c *Cloud, in *Call) (Props, error) {
	bucket, key, version := in.source()
	var body []byte
	state := Props{}
	var err error
	c.store.view(func(t *Tx) {
		var r *Record
		of := &Call{Env: in.Env, Params: Props{"Bucket": bucket}}
		if r, err = of.found(t, key, version); err != nil {
			return
		}
		for _, name := range described {
			state[name] = r.State[name]
			if str(in.Params, "MetadataDirective") == "REPLACE" {
				state[name] = in.Params[name]
			}
		}
		body, err = c.blob(r)
	})
	if err != nil {
		return nil, err
	}
	out, err := c.storeObject(in, body, etag(body), state)
	if err != nil {
		return nil, err
	}
	out["CopyObjectResult"] = Props{"ETag": out["ETag"], "LastModified": time.Now().UTC().Truncate(time.Second)}
	delete(out, "ETag")
	return out, nil
}
