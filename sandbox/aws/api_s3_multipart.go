package aws

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
)

var _ = operates("s3", map[string]*operation{
	"CreateMultipartUpload":   {asks: (*Tx).writesObject, run: beginParts},
	"UploadPart":              {asks: (*Tx).writesObject, run: uploadPart},
	"CompleteMultipartUpload": {asks: (*Tx).writesObject, run: completeParts},
	"AbortMultipartUpload":    {asks: asksAbort, run: abortParts},
})

// parted are objects that come in parts. Clients send large ones so; what is on its way ends with the stand-in.
type parted struct {
	mu   sync.Mutex
	byID map[string]*partedObject
}

type partedObject struct {
	call  Call // that began it: its headers are the object's
	parts map[int][]byte
}

func asksAbort(t *Tx, in *Call) []ask {
	return []ask{t.inBucket(in, "s3:AbortMultipartUpload", str(in.Params, "Bucket"), str(in.Params, "Key"))}
}

func beginParts(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
	c.store.view(func(t *Tx) {
		_, keyARN := t.encryptsObject(in)
		if _, err = in.bucket(t); err == nil {
			err = t.keyWorks(keyARN)
		}
	})
	if err != nil {
		return nil, err
	}
	id := letters("", 64)
	c.parted.mu.Lock()
	defer c.parted.mu.Unlock()
	if c.parted.byID == nil {
		c.parted.byID = map[string]*partedObject{}
	}
	c.parted.byID[id] = &partedObject{call: *in, parts: map[int][]byte{}}
	return Props{"Bucket": in.Params["Bucket"], "Key": in.Params["Key"], "UploadId": id}, nil
}

// partedBy is the upload that a call goes on with; mu is held.
func (c *Cloud) partedBy(in *Call) (*partedObject, error) {
	u := c.parted.byID[str(in.Params, "UploadId")]
	if u == nil || str(u.call.Params, "Bucket") != str(in.Params, "Bucket") || str(u.call.Params, "Key") != str(in.Params, "Key") {
		return nil, fail("NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	}
	return u, nil
}

func uploadPart(_ context.Context, c *Cloud, in *Call) (Props, error) {
	n, ok := paramInt(in, "PartNumber", 0)
	if !ok || n < 1 || n > 10000 {
		return nil, fail("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	body, _ := in.Params["Body"].([]byte)
	c.parted.mu.Lock()
	defer c.parted.mu.Unlock()
	u, err := c.partedBy(in)
	if err != nil {
		return nil, err
	}
	u.parts[n] = body
	return Props{"ETag": etag(body)}, nil
}

func completeParts(_ context.Context, c *Cloud, in *Call) (Props, error) {
	c.parted.mu.Lock()
	defer c.parted.mu.Unlock()
	u, err := c.partedBy(in)
	if err != nil {
		return nil, err
	}
	var body, sums []byte
	last, parts := 0, objs(in.Params, "Parts")
	for _, p := range parts {
		n, _ := paramInt(&Call{Params: p}, "PartNumber", 0)
		part, there := u.parts[n]
		if !there || strings.Trim(str(p, "ETag"), `"`) != strings.Trim(etag(part), `"`) {
			return nil, fail("InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
		}
		if n <= last {
			return nil, fail("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
		last = n
		sum := md5.Sum(part) //nolint:gosec // it is how S3 marks parts
		body, sums = append(body, part...), append(sums, sum[:]...)
	}
	if len(parts) == 0 {
		return nil, malformedXML()
	}
	whole, state := u.call, Props{}
	for _, name := range described {
		state[name] = whole.Params[name]
	}
	whole.Params = merge(whole.Params, Props{"IfNoneMatch": in.Params["IfNoneMatch"], "IfMatch": in.Params["IfMatch"]})
	sum := md5.Sum(sums) //nolint:gosec // likewise
	out, err := c.storeObject(&whole, body, fmt.Sprintf("\"%s-%d\"", hex.EncodeToString(sum[:]), len(parts)), state)
	if err != nil {
		return nil, err
	}
	delete(c.parted.byID, str(in.Params, "UploadId"))
	out["Bucket"], out["Key"], out["Location"] = in.Params["Bucket"], in.Params["Key"], "/"+str(in.Params, "Bucket")+"/"+str(in.Params, "Key")
	return out, nil
}

func abortParts(_ context.Context, c *Cloud, in *Call) (Props, error) {
	c.parted.mu.Lock()
	defer c.parted.mu.Unlock()
	if _, err := c.partedBy(in); err != nil {
		return nil, err
	}
	delete(c.parted.byID, str(in.Params, "UploadId"))
	return Props{}, nil
}
