package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

var _ = operates("ecr", map[string]*operation{
	"PutImage":         {on: onRepository, run: putImage},
	"BatchGetImage":    {on: onRepository, run: reading(batchGetImage)},
	"DescribeImages":   {on: onRepository, run: reading(describeImages)},
	"ListImages":       {on: onRepository, run: reading(listImages)},
	"BatchDeleteImage": {on: onRepository, run: batchDeleteImage},
})

const defaultManifest = "application/vnd.docker.distribution.manifest.v2+json"

// manifest is what ECR reads of one: of an image, or of a list of images for several machines.
type manifest struct {
	MediaType string `json:"mediaType"`
	Config    *part  `json:"config"`
	Layers    []part `json:"layers"`
	Manifests []part `json:"manifests"`
}

type part struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// images are those of a repository, the oldest first.
func (t *Tx) images(repository string) []*Record {
	return slices.DeleteFunc(t.list(tokenImage), func(r *Record) bool { return str(r.State, "repository") != repository })
}

// image is the one that an id names, by digest, tag or both; nil = none.
func (t *Tx) image(repository string, id Props) *Record {
	digest, tag := str(id, "imageDigest"), str(id, "imageTag")
	for _, r := range t.images(repository) {
		if (digest == "" || str(r.State, "digest") == digest) && (tag == "" || slices.Contains(strs(r.State, "tags"), tag)) && digest+tag != "" {
			return r
		}
	}
	return nil
}

func imageItem(in *Call, r *Record, tag string) Props {
	return Props{
		"registryId": in.Account, "repositoryName": r.State["repository"], "imageId": Props{"imageDigest": r.State["digest"], "imageTag": some(tag)},
		"imageManifest": r.State["manifest"], "imageManifestMediaType": r.State["mediaType"],
	}
}

// putImage keeps a manifest whose parts are there. A tag moves to it, unless tags of the repository never move.
func putImage(_ context.Context, c *Cloud, in *Call) (out Props, err error) {
	name, text, tag := str(in.Params, "repositoryName"), str(in.Params, "imageManifest"), str(in.Params, "imageTag")
	digest := digestOf([]byte(text))
	var m manifest
	if json.Unmarshal([]byte(text), &m) != nil {
		return nil, fail("InvalidParameterException", "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'")
	}
	if given := str(in.Params, "imageDigest"); given != "" && given != digest {
		return nil, fail("ImageDigestDoesNotMatchException", "The calculated digest '%s' does not match the digest '%s' of the request", digest, given)
	}
	err = c.altered(tokenRepository, name, func(t *Tx) error {
		repository := in.repository(t)
		if repository == nil {
			return in.noRepository(name)
		}
		size, err := t.complete(name, m)
		if err != nil {
			return err
		}
		r, err := in.tagged(t, repository, digest, tag)
		if err != nil {
			return err
		}
		if r == nil {
			r = &Record{Kind: tokenImage, ID: name + "@" + digest, Region: in.Region, Owner: repository.Key(), State: Props{
				"repository": name, "digest": digest, "manifest": text, "mediaType": m.kind(in), "size": size + int64(len(text)), "pushedAt": time.Now().UTC().Format(time.RFC3339),
			}}
		}
		if tags := strs(r.State, "tags"); tag != "" && !slices.Contains(tags, tag) {
			r.State["tags"] = listOf(append(tags, tag))
		}
		t.put(r)
		out = Props{"image": imageItem(in, r, tag)}
		return nil
	})
	return out, err
}

// kind is the manifest's media type: as the caller, the manifest or nobody says.
func (m manifest) kind(in *Call) string {
	for _, kind := range []string{str(in.Params, "imageManifestMediaType"), m.MediaType} {
		if kind != "" {
			return kind
		}
	}
	return defaultManifest
}

// complete is the size of what a manifest names, if the repository has all of it.
func (t *Tx) complete(name string, m manifest) (size int64, err error) {
	layers := m.Layers
	if m.Config != nil {
		layers = append([]part{*m.Config}, layers...)
	}
	var missing []string
	for _, p := range layers {
		if l := t.peek(tokenLayer, name+"@"+p.Digest); l != nil {
			size += int64(num(l.State, "size", 0))
		} else {
			missing = append(missing, p.Digest)
		}
	}
	if len(missing) > 0 {
		return 0, fail("LayersNotFoundException", "The specified layers could not be found in the repository '%s': %s", name, strings.Join(missing, ", "))
	}
	for _, p := range m.Manifests {
		if t.peek(tokenImage, name+"@"+p.Digest) == nil {
			missing = append(missing, p.Digest)
		}
	}
	if len(missing) > 0 {
		return 0, fail("ReferencedImagesNotFoundException", "The images with digests '%s' referenced in the manifest list are not found in the repository '%s'", strings.Join(missing, ", "), name)
	}
	return size, nil
}

// tagged is the image of the digest, if it is there already, after the tag was taken from the image that has it.
func (in *Call) tagged(t *Tx, repository *Record, digest, tag string) (*Record, error) {
	holder := t.image(repository.ID, Props{"imageTag": tag})
	same := t.get(tokenImage, repository.ID+"@"+digest)
	switch {
	case same != nil && (tag == "" || holder != nil && holder.ID == same.ID):
		return nil, fail("ImageAlreadyExistsException", "Image with digest '%s' and tag '%s' already exists in the repository with name '%s' in registry with id '%s'", digest, tag, repository.ID, in.Account)
	case holder == nil:
	case str(repository.State, "imageTagMutability") == "IMMUTABLE":
		return nil, fail("ImageTagAlreadyExistsException", "The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the repository is immutable.", tag, repository.ID)
	default:
		untag(t, holder, tag)
	}
	return same, nil
}

func untag(t *Tx, holder *Record, tag string) {
	r := t.get(holder.Kind, holder.ID)
	r.State["tags"] = listOf(slices.DeleteFunc(strs(r.State, "tags"), func(has string) bool { return has == tag }))
	t.put(r)
}

// noImage is one that was asked for among others.
func noImage(id Props) Props {
	return Props{"imageId": id, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
}

func batchGetImage(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	if in.repository(t) == nil {
		return nil, in.noRepository(name)
	}
	images, failures := []any{}, []any{}
	for _, id := range objs(in.Params, "imageIds") {
		if r := t.image(name, id); r != nil {
			images = append(images, imageItem(in, r, str(id, "imageTag")))
		} else {
			failures = append(failures, noImage(id))
		}
	}
	return Props{"images": images, "failures": failures}, nil
}

func describeImages(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	if in.repository(t) == nil {
		return nil, in.noRepository(name)
	}
	found := t.images(name)
	if ids := objs(in.Params, "imageIds"); len(ids) > 0 {
		found = nil
		for _, id := range ids {
			r := t.image(name, id)
			if r == nil {
				return nil, fail("ImageNotFoundException", "The image with imageId {imageDigest:'%s', imageTag:'%s'} does not exist within the repository with name '%s' in the registry with id '%s'",
					str(id, "imageDigest"), str(id, "imageTag"), name, in.Account)
			}
			found = append(found, r)
		}
	}
	list := []any{}
	for _, r := range found {
		tags := strs(r.State, "tags")
		if !in.wantsTagged(len(tags) > 0) {
			continue
		}
		item := Props{
			"registryId": in.Account, "repositoryName": name, "imageDigest": r.State["digest"], "imageSizeInBytes": r.State["size"],
			"imagePushedAt": moment(r.State, "pushedAt"), "imageManifestMediaType": r.State["mediaType"],
		}
		if len(tags) > 0 {
			item["imageTags"] = listOf(tags)
		}
		list = append(list, item)
	}
	return ecrPages.page(in, "imageDetails", list)
}

// wantsTagged says that the call's filter lets an image through.
func (in *Call) wantsTagged(has bool) bool {
	switch str(in.Params, "filter.tagStatus") {
	case "TAGGED":
		return has
	case "UNTAGGED":
		return !has
	}
	return true
}

func listImages(t *Tx, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	if in.repository(t) == nil {
		return nil, in.noRepository(name)
	}
	list := []any{}
	for _, r := range t.images(name) {
		tags := strs(r.State, "tags")
		if !in.wantsTagged(len(tags) > 0) {
			continue
		}
		if len(tags) == 0 {
			list = append(list, Props{"imageDigest": r.State["digest"]})
		}
		for _, tag := range tags {
			list = append(list, Props{"imageDigest": r.State["digest"], "imageTag": tag})
		}
	}
	return ecrPages.page(in, "imageIds", list)
}

// batchDeleteImage takes tags away, and images that have lost their last one or are named by digest.
func batchDeleteImage(_ context.Context, c *Cloud, in *Call) (Props, error) {
	name := str(in.Params, "repositoryName")
	gone, failures := []any{}, []any{}
	err := c.altered(tokenRepository, name, func(t *Tx) error {
		if in.repository(t) == nil {
			return in.noRepository(name)
		}
		for _, id := range objs(in.Params, "imageIds") {
			r := t.image(name, id)
			if r == nil {
				failures = append(failures, noImage(id))
				continue
			}
			tags, tag := strs(r.State, "tags"), str(id, "imageTag")
			switch {
			case tag != "" && len(tags) > 1:
				untag(t, r, tag)
				gone = append(gone, Props{"imageDigest": r.State["digest"], "imageTag": tag})
				continue
			case len(tags) == 0:
				gone = append(gone, Props{"imageDigest": r.State["digest"]})
			}
			for _, tag := range tags {
				gone = append(gone, Props{"imageDigest": r.State["digest"], "imageTag": tag})
			}
			t.drop(r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return Props{"imageIds": gone, "failures": failures}, nil
}
