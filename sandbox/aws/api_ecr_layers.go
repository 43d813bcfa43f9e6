package aws

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"sync"
)

var _ = operates("ecr", map[string]*operation{
	"BatchCheckLayerAvailability": {on: onRepository, run: reading(checkLayers)},
	"InitiateLayerUpload":         {on: onRepository, run: beginLayer},
	"UploadLayerPart":             {on: onRepository, run: uploadLayer},
	"CompleteLayerUpload":         {on: onRepository, run: completeLayer},
})

// layerPart is the size of a part that ECR tells clients to send, bytes.
const layerPart = 20 << 20

// uploads are layers on their way. Of a layer only digest and size are kept; what is on its way ends with the stand-in.
type uploads struct {
	mu   sync.Mutex
	byID map[string]*upload
}

type upload struct {
	repository string
	size       int64
	sum        hash.Hash
}

func checkLayers(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	if in.repository(t) == nil {
		return nil, in.noRepository(name)
	}
	layers := []any{}
	for _, digest := range strs(in.Params, "layerDigests") {
		item := Props{"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}
		if l := t.peek(tokenLayer, name+"@"+digest); l != nil {
			item["layerAvailability"], item["layerSize"] = "AVAILABLE", l.State["size"]
		}
		layers = append(layers, item)
	}
	return Props{"layers": layers, "failures": []any{}}, nil
}

func beginLayer(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name, there := str(in.Params, "repositoryName"), false
	c.store.view(func(t *Tx) { there = in.repository(t) != nil })
	if !there {
		return nil, in.noRepository(name)
	}
	id := uuid()
	c.uploads.mu.Lock()
	defer c.uploads.mu.Unlock()
	if c.uploads.byID == nil {
		c.uploads.byID = map[string]*upload{}
	}
	c.uploads.byID[id] = &upload{repository: name, sum: sha256.New()}
	return Props{"uploadId": id, "partSize": layerPart}, nil
}

// upload is the one that a call goes on with; mu is held.
func (c *Cloud) upload(in *Call) (*upload, error) {
	name, id := str(in.Params, "repositoryName"), str(in.Params, "uploadId")
	if u := c.uploads.byID[id]; u != nil && u.repository == name {
		return u, nil
	}
	return nil, fail("UploadNotFoundException", "The upload '%s' does not exist in the repository '%s' in the registry '%s'", id, name, in.Account)
}

func uploadLayer(_ context.Context, c *Cloud, in *Call) (Props, error) {
	blob, err := base64.StdEncoding.DecodeString(str(in.Params, "layerPartBlob"))
	if err != nil {
		return nil, fail("InvalidParameterException", "Invalid parameter at 'layerPartBlob' failed to satisfy constraint: 'must be base64'")
	}
	c.uploads.mu.Lock()
	defer c.uploads.mu.Unlock()
	u, err := c.upload(in)
	if err != nil {
		return nil, err
	}
	first, _ := paramInt(in, "partFirstByte", -1)
	last, _ := paramInt(in, "partLastByte", -1)
	if int64(first) != u.size || last-first+1 != len(blob) || len(blob) == 0 {
		return nil, fail("InvalidLayerPartException", "The layer part is not valid: the upload has %d bytes, and the part of %d is for bytes %d to %d", u.size, len(blob), first, last)
	}
	_, _ = u.sum.Write(blob) // a hash takes everything
	u.size += int64(len(blob))
	return Props{"registryId": in.Account, "repositoryName": u.repository, "uploadId": in.Params["uploadId"], "lastByteReceived": u.size - 1}, nil
}

func completeLayer(_ context.Context, c *Cloud, in *Call) (Props, error) {
	c.uploads.mu.Lock()
	defer c.uploads.mu.Unlock()
	u, err := c.upload(in)
	if err != nil {
		return nil, err
	}
	if u.size == 0 {
		return nil, fail("EmptyUploadException", "The upload '%s' has no layer parts", in.Params["uploadId"])
	}
	digest, asked := "sha256:"+hex.EncodeToString(u.sum.Sum(nil)), strs(in.Params, "layerDigests")
	if !slices.Contains(asked, digest) {
		return nil, fail("InvalidLayerException", "The layer's digest is '%s', and not '%s'", digest, strings.Join(asked, ", "))
	}
	err = c.altered(tokenRepository, u.repository, func(t *Tx) error {
		repository := in.repository(t)
		if repository == nil {
			return in.noRepository(u.repository)
		}
		id := u.repository + "@" + digest
		if t.peek(tokenLayer, id) != nil {
			return fail("LayerAlreadyExistsException", "The layer with digest '%s' already exists in the repository with name '%s' in registry with id '%s'", digest, u.repository, in.Account)
		}
		t.put(&Record{Kind: tokenLayer, ID: id, Region: in.Region, Owner: repository.Key(), State: Props{"repository": u.repository, "digest": digest, "size": u.size}})
		return nil
	})
	if err != nil {
		return nil, err
	}
	delete(c.uploads.byID, str(in.Params, "uploadId"))
	return Props{"registryId": in.Account, "repositoryName": u.repository, "uploadId": in.Params["uploadId"], "layerDigest": digest}, nil
}
